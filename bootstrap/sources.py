"""Where settings come from: the environment, one TOML file, and files with one secret each."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, final

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

PREFIX = "LUNAS_"
CONFIG_FILE = "LUNAS_CONFIG"
OWN_FILE = Path("lunas.toml")
"""Read from the working directory where LUNAS_CONFIG names no other."""
TWIN = "_file"
_OF_A_PROVIDER = f"{PREFIX}PROVIDER_"
_MOST_BYTES = 64 * 1024


class SettingsRefused(Exception):
    """Settings that cannot be used; the message has a line for each, without its value."""


def config_file() -> Path | None:
    """The TOML file that is read, if there is one."""
    named = os.environ.get(CONFIG_FILE)
    if named:
        return Path(named)
    return OWN_FILE if OWN_FILE.is_file() else None


def secrets_of(settings: type[BaseSettings]) -> Collection[str]:
    """The settings that are never shown; each may come from a file too."""
    return [name for name, field in settings.model_fields.items() if not field.repr]


@final
class Toml(TomlConfigSettingsSource):
    """The TOML file; a secret in it may be named by its twin: `mongodb_url_file = "/run/…"`."""

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        for name in secrets_of(self.settings_cls):
            path = values.pop(name + TWIN, None)
            if path is not None:
                values[name] = _read(name, Path(str(path)), given=name in values)
        return values


@final
class SecretFiles(PydanticBaseSettingsSource):
    """`LUNAS_MONGODB_URL_FILE` and the like: the setting is the file's text."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the file that the environment names for this setting."""
        variable = PREFIX + field_name.upper()
        path = os.environ.get(variable + TWIN.upper())
        if field.repr or not path:
            return None, field_name, False
        return _read(field_name, Path(path), given=variable in os.environ), field_name, False

    def __call__(self) -> dict[str, Any]:
        found: Mapping[str, Any] = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


@final
class ProviderOptions(PydanticBaseSettingsSource):
    """`LUNAS_PROVIDER_XENDIT_LIVE_URL` and the like: each provider's own settings, by its name.

    Only those of providers that the environment switches on: their names tell where a setting's
    own name begins. A provider that the TOML file switches on has its settings there.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked for: all of them are one setting."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        switched_on = os.environ.get(PREFIX + "PROVIDERS", "").split(",")
        found: dict[str, dict[str, str]] = {}
        for name in switched_on:
            before = f"{_OF_A_PROVIDER}{name.strip().upper()}_"
            own = {
                variable.removeprefix(before).lower(): value
                for variable, value in os.environ.items()
                if variable.startswith(before)
            }
            if name.strip() and own:
                found[name.strip()] = own
        return {"provider_options": found} if found else {}


def _read(name: str, path: Path, *, given: bool) -> str:
    """The file's text without the line's end; raises SettingsRefused."""
    setting = f"setting {PREFIX}{name.upper()}"
    if given:
        raise SettingsRefused(f"{setting}: it is given, and a file for it too: choose one")
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not text"
        raise SettingsRefused(f"{setting}: {path} cannot be read: {why}") from None
