"""What differs between the readings of OVO's SNAP product, and what we take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import InvalidValue

_PATH = re.compile(r"/[A-Za-z0-9._~/-]{1,200}", re.ASCII)
_SERVICE = re.compile(r"[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OvoSnapDialect:
    """Paths and versions; `status_service` is the serviceCode of a status question.

    Sources: OVO's Linking & Payments tech doc 1.0.7 (v2.0; research notes of 2026 print v3.0);
    serviceCode "54" by the standard, while one SDK wants "55".
    """

    token_b2b: str = "/OVOSNAP/v1.0/access-token/b2b"  # noqa: S105 - a path
    token_b2b2c: str = "/OVOSNAP/v2.0/access-token/b2b2c"  # noqa: S105 - a path
    look_up: str = "/user/v2/account/lookup"
    bind: str = "/OVOSNAP/v2.0/oauth/account/registration-account-binding"
    unbind: str = "/OVOSNAP/v2.0/oauth/account/registration-account-unbinding"
    balance: str = "/OVOSNAP/v2.0/balance-inquiry"
    debit: str = "/OVOSNAP/v2.0/debit/payment-host-to-host"
    status: str = "/OVOSNAP/v2.0/debit/status"
    refund: str = "/OVOSNAP/v2.0/debit/refund"
    status_service: str = "54"

    @classmethod
    def of(cls, options: Mapping[str, str]) -> "OvoSnapDialect":
        """From settings: `version` (as v3.0), `path_<name>`, `status_service`.

        Raises InvalidValue naming the setting.
        """
        version = options.get("version", "v2.0")
        usual = cls()
        values = {"status_service": options.get("status_service", usual.status_service)}
        for name in PATHS:
            path: str = getattr(usual, name)
            values[name] = options.get(f"path_{name}", path.replace("/v2.0/", f"/{version}/"))
            if not _PATH.fullmatch(values[name]):
                raise InvalidValue(f"path_{name}", "must be a path, as /OVOSNAP/v2.0/debit/status")
        if not _SERVICE.fullmatch(values["status_service"]):
            raise InvalidValue("status_service", "must be two digits")
        return cls(**values)


PATHS = (
    *("token_b2b", "token_b2b2c", "look_up", "bind", "unbind"),
    *("balance", "debit", "status", "refund"),
)
