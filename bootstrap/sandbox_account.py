"""The sandbox's published test credentials: they open nothing but a sandbox."""

CREDENTIALS = {
    "app_id": "lunas-sandbox",
    "app_key": "5eed" * 16,
    "merchant_id": "1000001",
    "store_code": "LUNAS01",
    "tid": "00300001",
    "mid": "0010000000LN001",
}
