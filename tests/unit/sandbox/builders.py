"""What the tests of the sandbox are built from: signed messages, a wallet with a hand-set clock."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from sandbox.accounts import DEMO_ACCOUNT, DEMO_APP_ID, DEMO_APP_KEY, Accounts
from sandbox.gate import Call
from sandbox.push import Push
from sandbox.scenario import Scenario, changed
from sandbox.signature import signature
from sandbox.taps import Tap
from sandbox.timers import Cut, Effect, Reply
from sandbox.wallet import Wallet

START = datetime(2026, 11, 23, 3, 15, 30, tzinfo=UTC)  # 10:15:30 in Jakarta
RANDOM = "1763871330"
SOMEBODY = "081298765432"

PUSH = ("0200", "040000")
REVERSAL = ("0400", "040000")
VOID = ("0200", "020040")
CHECK = ("0100", "040000")
CHECK_VOID = ("0100", "020040")
INQUIRY = ("0100", "050000")


def a_message(
    operation: tuple[str, str] = PUSH,
    *,
    number: int = 1,
    amount: object = 50_000,
    phone: str = SOMEBODY,
    **fields: object,
) -> dict[str, Any]:
    """A well-formed message; `fields` replace those of the same name, in the inner object too."""
    inner: dict[str, object] = {
        "batchNo": "000004",
        "merchantInvoice": f"TMC-{number:06}",
        "phone": phone,
    }
    message: dict[str, Any] = {
        "type": operation[0],
        "processingCode": operation[1],
        "amount": amount,
        "date": "2026-11-23 10:15:30.123",
        "referenceNumber": f"{number:06}",
        "tid": DEMO_ACCOUNT.tid,
        "mid": DEMO_ACCOUNT.mid,
        "merchantId": DEMO_ACCOUNT.merchant_id,
        "storeCode": DEMO_ACCOUNT.store_code,
        "appSource": "POS",
        "transactionRequestData": inner,
    }
    for name, value in fields.items():
        (inner if name in inner else message)[name] = value
    return message


def without(message: dict[str, Any], name: str) -> dict[str, Any]:
    """The message with one field less, wherever the field is."""
    inner = {k: v for k, v in message["transactionRequestData"].items() if k != name}
    outer = {k: v for k, v in message.items() if k != name}
    return outer | ({} if name == "transactionRequestData" else {"transactionRequestData": inner})


def headers_for(body: bytes = b"", *, signs_body: bool = False) -> dict[str, str]:
    """The headers of a right call."""
    signed = body if signs_body else b""
    mac = signature(app_key=DEMO_APP_KEY, app_id=DEMO_APP_ID, random=RANDOM, body=signed)
    return {"app-id": DEMO_APP_ID, "random": RANDOM, "hmac": mac}


class Bench:
    """A wallet, its clock, and everything that has left it."""

    def __init__(self, *, remembered: int = 1_000, **choices: object) -> None:
        self.now = START
        self.wallet = Wallet(
            accounts=Accounts(DEMO_ACCOUNT),
            scenario=changed(Scenario(), choices),
            random=Random(7),
            remembered=remembered,
        )
        self.left: dict[int, Effect] = {}
        self.left_at: dict[int, datetime] = {}
        self._calls = 0

    def send(self, message: Mapping[str, Any]) -> int:
        """Send a message rightly signed; the number of its call."""
        return self.send_raw(orjson.dumps(message), headers_for())

    def send_raw(self, body: bytes, headers: Mapping[str, str], *, is_json: bool = True) -> int:
        """Send any bytes under any headers."""
        self._calls += 1
        call = Call(
            self._calls, headers["app-id"], headers["random"], headers["hmac"], body, is_json
        )
        self._note(self.wallet.hear(call, self.now))
        return self._calls

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Send a message and read the answer that comes at once."""
        return self.answer(self.send(message))

    def code(self, message: Mapping[str, Any]) -> str:
        """The response code of the answer that comes at once."""
        return str(self.ask(message)["responseCode"])

    def tap(self, push_id: str, tap: Tap) -> None:
        self._note(self.wallet.tap(push_id, tap, self.now))

    def change(self, **choices: object) -> None:
        """Change the scenario as the control API does."""
        self.wallet.change(changed(self.wallet.scenario, choices), self.now)

    def leave(self, call: int) -> None:
        """Let a caller hang up."""
        self.wallet.leave(call, self.now)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking the wallet exactly when it asked for it."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.wallet.next_due()) is not None and due <= end:
            self.now = due
            self._note(self.wallet.tick(due))
        self.now = end

    def held(self, call: int) -> bool:
        return call not in self.left

    def is_cut(self, call: int) -> bool:
        return isinstance(self.left[call], Cut)

    def status(self, call: int) -> int:
        return self._reply(call).status

    def body(self, call: int) -> bytes:
        return self._reply(call).body

    def answer(self, call: int) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads(self.body(call))
        return answer

    def seconds_until_answer(self, call: int) -> float:
        return (self.left_at[call] - START).total_seconds()

    @property
    def push(self) -> Push:
        """The one push of this test, the latest."""
        return self.wallet.book.latest(1)[0]

    def _reply(self, call: int) -> Reply:
        effect = self.left[call]
        assert isinstance(effect, Reply)
        return effect

    def _note(self, effects: list[Effect]) -> None:
        for effect in effects:
            if effect.call not in self.left:  # a call ends once
                self.left[effect.call] = effect
                self.left_at[effect.call] = self.now
