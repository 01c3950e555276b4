"""The wallet's client as it is usually written: one POST, a time-out, no status check.

Typical of public OVO clients: it has push alone, or push and a reversal that nobody calls.
"""

import hashlib
import hmac
import http.client
import itertools
import json
import os
import time
from datetime import datetime, timedelta, timezone

from bootstrap.sandbox_account import CREDENTIALS

JAKARTA = timezone(timedelta(hours=7))
_numbers = itertools.count(int(time.time()) % 500_000)


class NoAnswer(Exception):
    """The call failed: no connection, a time-out, or nothing that can be read."""


def push(invoice: str, amount: int, phone: str, *, port: int, timeout: float) -> str:
    """Ask the customer's wallet for the money; returns the response code, or raises NoAnswer."""
    account = CREDENTIALS
    number = next(_numbers)
    body = json.dumps(
        {
            "type": "0200",
            "processingCode": "040000",
            "date": datetime.now(JAKARTA).isoformat(sep=" ", timespec="milliseconds")[:23],
            "amount": amount,
            "referenceNumber": f"{number % 1_000_000:06d}",
            "tid": account["tid"],
            "mid": account["mid"],
            "merchantId": account["merchant_id"],
            "storeCode": account["store_code"],
            "appSource": "POS",
            "transactionRequestData": {
                "batchNo": f"{os.getpid() % 1_000_000:06d}",
                "merchantInvoice": invoice,
                "phone": phone,
            },
        }
    )
    random = str(int(time.time()))
    sign = hmac.new(
        account["app_key"].encode(), (account["app_id"] + random).encode(), hashlib.sha256
    )
    headers = {
        "Content-Type": "application/json",
        "app-id": account["app_id"],
        "random": random,
        "hmac": sign.hexdigest(),
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", "/pos", body, headers)
        answer = json.loads(connection.getresponse().read())
        return str(answer["responseCode"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as failed:
        raise NoAnswer(str(failed)) from failed
    finally:
        connection.close()
