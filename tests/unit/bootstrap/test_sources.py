"""One TOML file, the environment, and a file for each secret."""

import os
from pathlib import Path

import pytest

from bootstrap.settings import Settings, StoreKind, read_settings
from bootstrap.sources import SettingsRefused, secrets_of

URL = "mongodb://lunas:s3cret@db.example/lunas"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("LUNAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def a_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("secret", sorted(secrets_of(Settings)))
def test_every_secret_may_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str
) -> None:
    monkeypatch.setenv("LUNAS_STORE", "mongodb")
    monkeypatch.setenv("LUNAS_MONGODB_URL", URL)
    monkeypatch.delenv(f"LUNAS_{secret.upper()}", raising=False)
    file = a_file(tmp_path, "secret", f"{URL}\n")
    monkeypatch.setenv(f"LUNAS_{secret.upper()}_FILE", str(file))
    assert getattr(read_settings(), secret) == URL
    assert URL not in repr(read_settings())
    assert URL not in str(read_settings().changed())


def test_the_toml_file_may_name_a_secrets_file(tmp_path: Path) -> None:
    file = a_file(tmp_path, "secret", URL)
    a_file(tmp_path, "lunas.toml", f'store = "mongodb"\nmongodb_url_file = "{file}"\n')
    settings = read_settings()
    assert (settings.store, settings.mongodb_url) == (StoreKind.MONGODB, URL)


def test_the_named_file_is_read_instead_of_the_folders_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_file(tmp_path, "lunas.toml", "port = 1\n")
    assert read_settings().port == 1
    monkeypatch.setenv("LUNAS_CONFIG", str(a_file(tmp_path, "other.toml", "port = 2\n")))
    assert read_settings().port == 2


def test_a_secret_and_a_file_for_it_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LUNAS_API_KEY", "key-of-mine")
    monkeypatch.setenv("LUNAS_API_KEY_FILE", str(a_file(tmp_path, "secret", "x")))
    with pytest.raises(SettingsRefused, match="choose one") as refused:
        read_settings()
    assert "key-of-mine" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNAS_API_KEY_FILE", "/nowhere/key")
    with pytest.raises(SettingsRefused, match="LUNAS_API_KEY: /nowhere/key cannot be read"):
        read_settings()


@pytest.mark.parametrize(
    "given", [{"LUNAS_STORE": "mongodb"}, {"LUNAS_MONGODB_URL": URL}], ids=["no url", "no store"]
)
def test_a_house_that_is_named_by_half_does_not_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused, match="LUNAS_MONGODB_URL") as refused:
        read_settings()
    assert "s3cret" not in str(refused.value)
