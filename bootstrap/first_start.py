"""What a developer's first start makes: a demo merchant, its test account and an API key."""

import os
from contextlib import suppress
from pathlib import Path

from application.open_house import key_sha256
from application.ports import NotFound
from bootstrap.embedded import OVO, House
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import API_KEY, DEV_ENV, Settings, dev_key

DEMO_MERCHANT = "Klinik Lunas"


def demo_key(house: House) -> str:
    """The demo merchant's test key: the one in dev.env if it still opens, else a fresh one."""
    known = dev_key(house.settings.data_dir)
    if known and _opens(house, known):
        return known
    open_house = house.core.open_house()
    merchants = house.store.directory.merchants()
    demo = next((m for m in merchants if m.name == DEMO_MERCHANT), None)
    if demo is None:
        demo = open_house.merchant(DEMO_MERCHANT)
        open_house.account(demo.id, OVO, livemode=False, credentials=CREDENTIALS)
    _, key = open_house.client(demo.id, "make run", livemode=False)
    return key


def write_dev_env(settings: Settings, key: str) -> Path:
    """Write what a developer's shell needs, whole or not at all, for its owner only."""
    sandbox = f"http://{settings.sandbox_host}:{settings.sandbox_port}"
    text = f"LUNAS_URL={settings.api_url}\n{API_KEY}={key}\nLUNAS_SANDBOX_URL={sandbox}\n"
    path = settings.data_dir / DEV_ENV
    fresh = path.with_suffix(".new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.rename(path)
    return path


def _opens(house: House, key: str) -> bool:
    try:
        return house.store.directory.client_by_key(key_sha256(key)).revoked_at is None
    except NotFound:
        return False
