"""Published and computed vectors of SNAP signatures; every key here was made to be shown."""

TOKEN = {
    "client_id": "testclient01",
    "timestamp": "2026-11-23T10:15:30.123+07:00",
    "signature": (
        "sXsuhp26X9oB17/VCeDBj5JmuMqqL5M+0ze3djkgY9YMI0hC6wBPxPabafTfKS/5cPtb331gBZnodyd75d7e2SmF"
        "ZaiMLgMS7S5VhZ/EaukcZq+/IluShKP+R3rF5wxlXOU1s43LFLe3OCZhFVVme5UhgLdxKMIF+k6Tdd6zo0sTmVfj"
        "qSUJrV4Jzg3sWWj+zdfKGVA2/TyGXcWudx7eTEWU8NCCzMBujV5+4+hmMlGRxNql9K1xuc5X1Jiwjo3ZAFk/L3lV"
        "krFy3AbIPp4jpXFms8si+dnJjfdsi/C9nf+kPX8n6l2/b/dgUJX3qtCFZNhnRrO+KEIs3KdlolP77g=="
    ),
}
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1MXCw1QcaFpSaeKbmO/H
pv0BBvpkDk5kgI0a/AensxMu9nJF2ywqhsy/QUSVWOPQJWZMRQneXm/KJU0ROKQy
WzbgnF70z4fx9/cBuXUail6u+CXnb9hfx9+zatdBvqeLGja7ODLRI9lEpLSZYLy4
sN9YVKaXHqJGPNUMOLS0OEoLVZeNVNZm8vPZtIYpvu15Nl4YZLNB9886brovDelJ
eXix1uPWlnthlZH9ZX2cyC6IIF7jTtnbQJos9EygfsirysXPhjzJRwjHacqeGdl+
Z01wxuLOgG2MnMw+AvtO8Y5omJdpMrg3x35Cuq+JXYO5tjNkum3FB5AwymonA3RC
gwIDAQAB
-----END PUBLIC KEY-----
"""
SYMMETRIC = {
    "secret": "test-client-secret-0001",
    "method": "POST",
    "path": "/OVOSNAP/v2.0/debit/payment-host-to-host",
    "token": "acctok123",
    "timestamp": "2026-11-23T10:15:30.123+07:00",
}
SYMMETRIC_BODY = (
    b'{"partnerReferenceNo":"TMC-20261123-000001","chargeToken":"OVO","merchantId":"100001",'
    b'"payOptionDetails":[{"payMethod":"CASH","payOption":"OVO","transAmount":{"value":"50000.00",'
    b'"currency":"IDR"}}],"additionalInfo":{"title":"Konsultasi dr. Sari - 30 menit"}}'
)
SYMMETRIC_BODY_SHA256 = "4c6be5619f5fac95196aa4b4ee7b0665036ac25f0adf1c9aa355bd4e25a16b47"
SYMMETRIC_SIGNATURE = (
    "c9rEeeL7tWInSV6VIgVhHxm5vUxi3KMASSGfn+l4pRk4FNQXY58W0r8+1VESGDTzAzN0bnTN6DtJ2Z9YzDVwfw=="
)
SPACES_STRIPPED_SIGNATURE = (
    "3zbgKyUkcoToXUUSmvlOPAOB4cLAl9+Imr97Z19OlCGS4J9HWxmAGDtUVIYUE+Km/hw3OuwaGZPvGDLQVwLtTw=="
)
"""What a public library makes of the same body: it takes the spaces out of strings too."""
NOTIFY = {
    "method": "POST",
    "path": "/v1.0/debit/notify",
    "timestamp": "2026-11-23T10:15:30.123+07:00",
}
NOTIFY_BODY = b'{"originalPartnerReferenceNo":"TMC-20261123-000001","latestTransactionStatus":"00"}'
NOTIFY_SIGNATURE = (
    "cEVwd6I8U1GYdHEWBuBDej6OXtaAsxsCLZtm92cEatyTQj0Ly572m/Z1JTdcrDbWp2IkT6rT4uQj0UU0Eoc6Bkk/dPEl"
    "D7hJZsoVeZCXba6c/TnFm8nKSEqJpNLlhdf0sP/SwDf0gKxjElW0bR+v7CInJWth7pEGv6+JAWotHy0Wl3QfQIsfIyws"
    "iaEKiEYAqddOA0xDToUHiUZNXsLyN6SHzjjHmz4dA7BvV9YfEMqZqTYhqUjXA0NU3s9pIp7gsn2UMGZBCyq9UE60VKwn"
    "tUvHSlikVDZPFgwTKQ5Up7IN3YKPsCowDIqYpqRPJv8YBYdt54ykEzZBR48nIL6NUQ=="
)

# -- published by Midtrans (SNAP-BI-Signature-Demo) -----------------------------------------------
MIDTRANS_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlWbtlh3eM+bW3n5AFj42
wddC4L7tQqbLiCFbTv8K67yng9iwK5mEn+UMXiRhvB2JVWFafCPPxFamsiVG3Mjn
eGjC0BYgmpmw4qXnAnyO3nCdCuPtmZ3ljhKvSTPdWZxrcLi1Xa9V/+Pzb8hrjb5i
wMn6SZFNeMmZYgFKiSeueo6TPln2PoTqXCzs1HtsM8eUVe8GAsjJe/3dYl992nyX
OpG21GgNu8o5T3WOptPg6GdDTWkTWUu483yRbVVy04Pz4L8DDZTDv+WcsAViDn1r
A/jB1Auj/UGKx2ovGcBH/a/hor5TbABbODU6cPTHT54K3sSZtvZNV4eFDB1f/4wd
fwIDAQAB
-----END PUBLIC KEY-----"""
MIDTRANS_TOKEN = {
    "client_id": "G1234325-SNAP",
    "timestamp": "2024-03-01T08:27:49.024Z",
    "signature": (
        "WzW49tYIgKIBmBi/gVBHGLAkhEaZlXM11zcZxAiyHji6TLPjPbwLu3Z45it25AIeG0XDItcdTSkds47zFEMh6IP0"
        "PXPIP1+Ey4RmX/o2fuYRF/xBHvfvKnMmANMTS1axsXBSW3EHqYpbVrkCcqNnB3u+wu63us9WIhRZaWgxgQ2PJLai"
        "VHIwgu9u7jxkWX7Bg4rerZH3RKdQfIJAAJsSN13efR7VdSAyzU7QaKjgislxrLqmesYNJkbD03XLjHdo6YWuzAVV"
        "7xdZRpLiGkIAkW7luXTBZYBO+4oENZAPQYzrLeN1qRY1Sr7BgLONCA2QA26BB6SYW4R7qofS9+RyOQ=="
    ),
}
MIDTRANS_SYMMETRIC = {
    "secret": "myclientsecret",
    "method": "POST",
    "path": "/v1.0/qr/qr-mpm-generate",
    "token": "myaccesstoken",
    "timestamp": "2024-03-05T10:37:16.196Z",
}
MIDTRANS_SYMMETRIC_BODY = b"""{
  "partnerReferenceNo": "2020102900000000000001",
  "amount": {
    "value": "12345678.00",
    "currency": "IDR"
  },
  "feeAmount": {
    "value": "12345678.00",
    "currency": "IDR"
  },
  "merchantId": "00007100010926",
  "terminalId": "213141251124",
  "validityPeriod": "2009-07-03T12:08:56-07:00"
}"""
MIDTRANS_SYMMETRIC_COMPACT = (
    b'{"partnerReferenceNo":"2020102900000000000001","amount":{"value":"12345678.00",'
    b'"currency":"IDR"},"feeAmount":{"value":"12345678.00","currency":"IDR"},'
    b'"merchantId":"00007100010926","terminalId":"213141251124",'
    b'"validityPeriod":"2009-07-03T12:08:56-07:00"}'
)
MIDTRANS_SYMMETRIC_SHA256 = "01463f60dbb6ca538581579dd95b31c8ba9fc6600eca750e4d8460ca4e402111"
MIDTRANS_SYMMETRIC_SIGNATURE = (
    "wmzT7yjg1SxxCsxNsFgCR9SYXiZGGbceF6fV8xe97sAMHxZ+7OEBMIBmvb6Sj6GcksGp3iv77DiomgSbcST3XQ=="
)
MIDTRANS_NOTIFY = {
    "method": "POST",
    "path": "/v1.0/debit/notify",
    "timestamp": "2024-05-02T14:43:08+07:00",
}
MIDTRANS_NOTIFY_BODY = (
    b'{"originalPartnerReferenceNo":"GP24043015193402809",'
    b'"originalReferenceNo":"A120240430081940S9vu8gSjaRID","merchantId":"G099333790",'
    b'"amount":{"value":"102800.00","currency":"IDR"},"latestTransactionStatus":"00",'
    b'"transactionStatusDesc":"SUCCESS","additionalInfo":{"refundHistory":[]}}'
)
MIDTRANS_NOTIFY_SIGNATURE = (
    "RoJnP2tH/YiOhHM/lMVBMSAuzRmS8VrWdIy04Qqyb56daV7oWFMFoMMzqnjQ+q0MIUalYgU094GWQnCx2c29xb1kkqHh"
    "v2+iJ9xl6NjGmFGYqyvcKvUDAV83Y1Mw9JnsEcjcupdGw9/MRv/mm2GMrQ+BCZGfc4a46JDyPZbcY294vDGqs5rFBN6i"
    "Yer5ro4cAQGo9hET2G82Y+j50vCyO/79GFE4vB1rvtu6PK2Bxi+vTYV8k7P7PS8tOPWM2O+kjiVWjwvLR99Botou+a8s"
    "xlQqZaihfWMKcByzV+Lgkr9cptpjys+1NIRWT1ad/sJBSLHyldzC3q2oRn5z5oZmyg=="
)
MIDTRANS_PRETTY_NOTIFY = {
    "method": "POST",
    "path": "/v1.0/debit/notify",
    "timestamp": "2024-03-05T10:37:16.196Z",
}
MIDTRANS_PRETTY_NOTIFY_BODY = b"""{
    "createdTime": "2020-01-01T00:00:00+07:00",
    "latestTransactionStatus": "00",
    "originalReferenceNo": "gopayOrderId",
    "finishedTime": "2020-01-02T00:00:00+07:00",
    "originalPartnerReferenceNo": "merchant-order-id",
    "transactionStatusDesc": "desc",
    "originalExternalId": "merchant-order-id",
    "additionalInfo": {
        "payOptionDetails": [{
            "payMethod": "GOPAY",
            "payOption": "GOPAY_WALLET"
        }],
        "fraudStatus": "accept",
        "refundHistory": [{
            "refundNo": "96194816941239812",
            "partnerReferenceNo": "239850918204981205970",
            "refundAmount": {
                "value": "12345678.00",
                "currency": "IDR"
            },
            "refundStatus": "00",
            "refundDate": "2020-12-23T07:44:16+07:00",
            "reason": "Customer Complain"
        }],
        "validUpTo": "2021-01-01T00:00:00+07:00"
    }
}"""
MIDTRANS_PRETTY_NOTIFY_SIGNATURE = (
    "eUGsomFLNsjWzehgGsa317MqcVOgscay/Hml8yNmOsFhmoBM7pso+UPDgSe34anXvecSQkf5NOr0fbr8k9qdyyoWiYX7"
    "DTq/Wnz8XC0cRCCbNZfyLIyF33HO9cnvxOcRQq9DuWlQtld+uEluuivVdN2TiaWLpUTmfB/H7noZnXWWDj6FYa4n5kSo"
    "4o3aTeFYAF9EmLp0Tcsl8CiHSQCrQnIbB8M2+puLwyJ1l2OocvZ5qgjf5f2DqlCbemsSMzYzjN+YMrb0kiDx0TiW5UTk"
    "+WZass43xIfb3vdrlX+U2JSk5YsJ8lFpp9F+7FId4cyncElNFEbt3zWuP4iDzXteCg=="
)
