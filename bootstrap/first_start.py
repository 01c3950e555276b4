"""What a developer's first start makes: a demo merchant, its test account and an API key."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from application.open_house import key_sha256
from application.ports import NotFound
from bootstrap.house import OVO, House
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import API_KEY, DEV_ENV, SANDBOX_URL, URL, Settings

DEMO_MERCHANT = "Klinik Lunas"
DEV_KEY = "dev.key"


def demo_key(house: House) -> str:
    """The demo merchant's test key: the one of the last start if it still opens, else a new one."""
    kept = house.settings.data_dir / DEV_KEY
    known = _known_key(kept)
    if known and _opens(house, known):
        return known
    open_house = house.core.open_house()
    merchants = house.store.directory.merchants()
    demo = next((m for m in merchants if m.name == DEMO_MERCHANT), None)
    if demo is None:
        demo = open_house.merchant(DEMO_MERCHANT)
        open_house.account(demo.id, OVO, livemode=False, credentials=CREDENTIALS)
    _, key = open_house.client(demo.id, "make run", livemode=False)
    _write_secret(kept, f"{key}\n")
    return key


@dataclass(frozen=True, slots=True)
class DevEnv:
    """What a developer's shell needs, in a file that is there only while the house is ready."""

    settings: Settings
    key: str = field(repr=False)

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.settings.data_dir / DEV_ENV

    def put_away(self) -> None:
        """The house is not ready, or no more."""
        self.path.unlink(missing_ok=True)

    def write(self) -> None:
        """The house is ready."""
        settings = self.settings
        sandbox = f"http://{settings.sandbox_host}:{settings.sandbox_port}"
        _write_secret(
            self.path,
            f"{URL}={settings.api_url}\n{API_KEY}={self.key}\n{SANDBOX_URL}={sandbox}\n",
        )


def _write_secret(path: Path, text: str) -> None:
    """Write it whole or not at all, for its owner only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.rename(path)


def _known_key(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _opens(house: House, key: str) -> bool:
    try:
        return house.store.directory.client_by_key(key_sha256(key)).revoked_at is None
    except NotFound:
        return False
