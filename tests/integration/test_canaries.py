"""Secrets and personal data are planted, and then searched for wherever they must not be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bootstrap.house import OVO
from bootstrap.sandbox_account import CREDENTIALS
from tests.integration.house import PATIENT, Answer, RunningHouse, a_house, call, until

GOOD, BAD, ODD = "081298765431", "081297531864", "081291827364"
"""Phones of a payment that is paid, of one that is not, and of requests that are refused."""
NAME = "PELANGGAN UJI 5431"
"""What the wallet calls the one who paid."""
APP_KEY = "c0ffee5ec2e7" * 5 + "abcd"
STRANGER = "lunas_test_kenari-yang-tidak-pernah-dibuat-0001"
"""A key that nobody has."""
KEPT_PLAIN = {"dev.env", "key"}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """A house whose processes have ended, what it had told, and what was planted."""

    house: RunningHouse
    told: Mapping[str, bytes]
    canaries: Mapping[str, bytes]


def spellings(phone: str) -> dict[str, bytes]:
    """The number as a log, a URL or a form might spell it."""
    rest = phone[1:]
    grouped = f"{phone[:4]} {phone[4:8]} {phone[8:]}"
    return {
        f"phone {phone}": rest.encode(),
        f"phone {grouped}": grouped.encode(),
        f"phone {grouped} with dashes": grouped.replace(" ", "-").encode(),
    }


def push(house: RunningHouse, payment_id: str, body: object) -> Answer:
    return house.call("POST", f"/v1/payments/{payment_id}/push", body)


def cause_trouble(house: RunningHouse, payment_id: str) -> list[Answer]:
    """Requests that are refused, with what must not be repeated in every place."""
    order = {"order_id": "trouble", "amount": 50_000}
    grouped = f"+62 {ODD[1:4]}-{ODD[4:8]}-{ODD[8:]}"
    wrong_key = {"Authorization": f"Bearer {STRANGER}"}
    return [
        house.call("POST", "/v1/payments", order | {"phone": f"{ODD}00000"}),
        house.call("POST", "/v1/payments", order | {"phone": f"{grouped} x"}),
        house.call("POST", "/v1/payments", order | {"phone": [ODD]}),
        house.call("POST", "/v1/payments", order | {ODD: "unknown field"}),
        house.call("POST", "/v1/payments", order | {"amount": ODD}),
        house.call("POST", "/v1/payments", f'{{"phone": "{ODD}", '.encode()),
        house.call("POST", "/v1/payments", f'{{"{ODD}": 1, "{ODD}": 1}}'.encode()),
        house.call("GET", f"/v1/payments?phone={ODD}"),
        house.call("GET", f"/v1/payments?{ODD}=1&{ODD}=2"),
        house.call("GET", f"/v1/payments/{ODD}"),
        house.call("GET", f"/v1/{ODD}"),
        house.call("GET", "/v1/payments", X_Request_Id=ODD),
        house.call("POST", "/v1/webhook_endpoints", {"url": f"http://x:{ODD}@host/"}),
        call("GET", f"{house.url}/v1/payments", headers=wrong_key),
        house.call("POST", f"/v1/payments/{payment_id}/refunds", {"amount": ODD, ODD: ODD}),
        house.call("POST", f"/v1/payments/{payment_id}/resolve", {"outcome": ODD}),
        house.call("GET", f"/v1/refunds/{ODD}"),
        house.call("POST", f"/v1/exceptions/{ODD}/resolve", {"action": ODD}),
        push(house, payment_id, {"phone": ODD, "more": ODD}),
        push(house, payment_id, {"phone": ODD}),
    ]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    with a_house(tmp_path_factory.mktemp("canaries"), PATIENT, log_level="debug") as house:
        house.anew = True  # their command lines are looked at
        house.start("sandbox")
        account = {
            **CREDENTIALS,
            "app_id": "kenari-app-id",
            "app_key": APP_KEY,
            "tid": "00300077",
            "mid": "0010000000LN077",
        }
        answer = call("POST", f"{house.sandbox_url}/control/accounts", body=account)
        assert answer.status == 200, answer.body
        with house.inside() as inside:
            open_house = inside.core.open_house()
            open_house.account(house.merchant, OVO, livemode=False, credentials=account)
        house.start("worker", "serve")
        told: dict[str, bytes] = {}
        with house.hooked() as chat:
            secret = chat.endpoint["secret"]
            endpoint = f"/v1/webhook_endpoints/{chat.endpoint['id']}"
            rotated = house.call("POST", f"{endpoint}/rotate_secret").json["secret"]
            paid, unpaid = house.started("good", GOOD), house.started("bad", BAD)
            house.tap(house.shown_push(GOOD)["id"], "approve")
            house.tap(house.shown_push(BAD)["id"], "decline")
            house.until_status(paid, "succeeded")
            house.until_status(unpaid, "requires_retry")
            drop = house.started("dropped", f"0812{GOOD[4:8]}0001")
            house.tap(house.shown_push(f"0812{GOOD[4:8]}0001")["id"], "drop")
            house.until_status(drop, "succeeded")
            chat.until_heard(drop, "payment.unknown")
            grouped = f"+62 {GOOD[1:4]}-{GOOD[4:8]}-{GOOD[8:]}"
            part = {"amount": 1_000, "reason": f"{grouped} wants it back", "actor": GOOD}
            refund = house.call("POST", f"/v1/payments/{paid}/refunds", part).json["id"]
            verdict = {"actor": GOOD, "reason": f"sent to {GOOD}", "evidence": f"slip of {grouped}"}
            closed = house.call("POST", f"/v1/refunds/{refund}/close", verdict)
            assert (closed.status, closed.json["actor"]) == (200, f"08••••••{GOOD[-4:]}")
            chat.status = 500
            until(lambda: len(chat.of(paid)) >= 3, "the events")
            for number, body in enumerate(post for _, post in chat.heard):
                told[f"webhook {number}"] = body
            troubles = cause_trouble(house, paid)
            assert all(a.status >= 400 or a.status == 200 for a in troubles)
            told |= {f"answer {n}: {a.status}": a.body for n, a in enumerate(troubles)}
            told |= {f"header {n}": repr(dict(a.headers)).encode() for n, a in enumerate(troubles)}
            for path in (
                *("/metrics", "/v1/payments", "/v1/events", endpoint, "/readyz"),
                *(f"/v1/payments/{each}/dossier" for each in (paid, unpaid, drop)),
                *(f"/v1/payments/{paid}/refunds", f"/v1/refunds/{refund}", "/v1/exceptions"),
            ):
                answer = house.call("GET", path)
                assert answer.status == 200, path
                told[path] = answer.body
        for pid in house.pids():
            told[f"command line {pid}"] = Path(f"/proc/{pid}/cmdline").read_bytes()
        told["doctor"] = house.run("doctor").stdout.encode()
        with house.inside() as inside:  # the name came, and is kept for those who may read it
            assert inside.store.payments.get(paid).payer_name == NAME
        house.kill("worker")  # its log is not closed in good order
        house.stop("serve")
        canaries = {
            **spellings(GOOD),
            **spellings(BAD),
            **spellings(ODD),
            "payer's name": NAME.encode(),
            "API key": house.key.removeprefix("lunas_test_").encode(),
            "a stranger's key": STRANGER.removeprefix("lunas_test_").encode(),
            "webhook secret": secret.removeprefix("whsec_").encode(),
            "fresh webhook secret": rotated.removeprefix("whsec_").encode(),
            "provider's app key": APP_KEY.encode(),
            "the key file": (house.data / "key").read_bytes().split()[-1][-24:],
        }
        yield Aftermath(house, told, canaries)


def found(place: str, content: bytes, canaries: Mapping[str, bytes]) -> list[str]:
    return [f"{name} in {place}" for name, canary in canaries.items() if canary in content]


def test_nothing_told_holds_a_secret_or_a_person(aftermath: Aftermath) -> None:
    assert [
        line
        for place, content in aftermath.told.items()
        for line in found(place, content, aftermath.canaries)
    ] == []


def test_no_log_line_holds_a_secret_or_a_person(aftermath: Aftermath) -> None:
    logs = sorted(aftermath.house.folder.glob("*.log"))
    assert len(logs) == 3
    assert b"push answered" in (aftermath.house.folder / "worker.log").read_bytes()
    assert [
        line for log in logs for line in found(log.name, log.read_bytes(), aftermath.canaries)
    ] == []


def test_no_file_of_the_data_folder_holds_a_secret_or_a_person(aftermath: Aftermath) -> None:
    files = [
        path
        for path in aftermath.house.data.rglob("*")
        if path.is_file() and path.name not in KEPT_PLAIN
    ]
    names = {path.name for path in files}
    assert {"lunas.db", "lunas.db-wal"} <= names
    assert any(b"Klinik Uji" in path.read_bytes() for path in files)  # so a search finds things
    assert [
        line for path in files for line in found(path.name, path.read_bytes(), aftermath.canaries)
    ] == []


def test_the_masked_number_is_all_that_a_reader_gets(aftermath: Aftermath) -> None:
    assert "08••••••5431".encode() in aftermath.told["/v1/payments"]


def test_what_is_the_owner_s_alone_cannot_be_read_by_others(aftermath: Aftermath) -> None:
    data = aftermath.house.data
    assert data.stat().st_mode & 0o077 == 0
    for name in ("key", "lunas.db", "lunas.db-wal", "lunas.db-shm"):
        assert (data / name).stat().st_mode & 0o077 == 0, name
