"""No file of the store's holds personal data or a secret in the clear."""

from dataclasses import replace
from pathlib import Path

from adapters.outbound.sqlite.store import SqliteStore
from application.ports import KeptToken
from domain.wallet_link import LinkChange
from domain.webhook import Secret
from tests.builders import (
    PHONE,
    a_codec,
    a_decline,
    a_kept,
    a_link,
    a_notice,
    a_story,
    after,
    an_account,
    an_active_link,
    an_approval,
    an_endpoint,
    an_endpoint_event,
)
from tests.contracts.payments import saved
from tests.contracts.tokens import KEY, TOKEN

CANARIES = (
    *(PHONE.digits[2:], "Siti", "Rahayu", "credential-canary", "whsec_Y2Fu", "canary"),
    *("access-canary", "refresh-canary"),
    *("told-canary", "callback-canary", "path-canary"),
)


def test_raw_files_hold_no_canary(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    endpoint = an_endpoint(secrets=(Secret("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnk="),))
    with SqliteStore.open(path, a_codec(), create=True) as store:
        payment = saved(store, *a_story(a_decline(), an_approval()))
        assert payment.payer_name == "Siti Rahayu"
        store.accounts.save(an_account())
        store.tokens.put(KeptToken(KEY, 1, TOKEN))
        store.endpoints.save(endpoint, a_kept(body=b"body-canary", secret=True))
        store.events.add(an_endpoint_event(endpoint))
        headers = {"x-callback-token": "callback-canary"}
        notice = a_notice(body=b"told-canary", headers=headers, path="/path-canary")
        store.inbox.add(notice)
        assert store.inbox.get(notice.id).notice == notice
        link = a_link().claim("canary-code", after(1)).link
        store.links.save(LinkChange(a_link()))
        store.links.save(LinkChange(replace(link, version=1, id="wl_2")))
        store.links.save(LinkChange(an_active_link(id="wl_3")))
        open_files = read_all(tmp_path)
        assert (tmp_path / "lunas.db-wal").stat().st_size > 0
    closed_file = read_all(tmp_path)
    for content in (open_files, closed_file):
        assert payment.id.encode() in content
        assert [canary for canary in CANARIES if canary.encode() in content] == []


def read_all(directory: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in directory.iterdir())
