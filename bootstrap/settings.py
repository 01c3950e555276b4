"""Every setting, read here and nowhere else: `LUNAS_*` variables over one TOML file."""

import re
from contextlib import suppress
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from application.ports import RatePolicy
from bootstrap.sources import (
    PREFIX,
    ProviderOptions,
    SecretFiles,
    SettingsRefused,
    Toml,
    config_file,
)
from domain.moment import AttemptClocks
from domain.rules import LateSuccess, Rules

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|)")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
API_KEY, URL, SANDBOX_URL = "LUNAS_API_KEY", "LUNAS_URL", "LUNAS_SANDBOX_URL"
DEV_ENV = "dev.env"


def _duration(value: object) -> object:
    """`55`, `55s`, `500ms`, `2m`, `1h` or `6d`; anything else is left for pydantic to refuse."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(gt=timedelta(0))]


def _durations(value: object) -> object:
    """Durations with commas between."""
    if isinstance(value, str):
        return tuple(_duration(part) for part in value.split(",") if part.strip())
    return value


Durations = Annotated[tuple[timedelta, ...], NoDecode, BeforeValidator(_durations)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class StoreKind(StrEnum):
    """What the house is kept in: a file of this machine, or a database that many share."""

    SQLITE = "sqlite"
    MONGODB = "mongodb"


class Settings(BaseSettings):
    """The house's settings with their defaults; names in the environment begin with `LUNAS_`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True
    )

    data_dir: Path = Field(Path("var"), description="Everything that is kept lives here.")
    key_file: Path | None = Field(None, description="Encryption keys; `key` in the data folder.")
    store: StoreKind = Field(
        StoreKind.SQLITE, description="What payments are kept in: `sqlite` or `mongodb`."
    )
    mongodb_url: str | None = Field(
        None,
        repr=False,
        description="The production store, with its database: `mongodb://…/lunas`.",
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: Port = Field(8080, description="Port of the API.")
    worker_port: Port | None = Field(
        None, description="Port of the worker's own /healthz, /readyz and /metrics; none."
    )
    public_url: str | None = Field(
        None, description="How others reach this house; the API's own address."
    )
    url: str | None = Field(None, description="Where the command line finds the API.")
    api_key: str | None = Field(
        None, repr=False, description="The command line's key; the one in `dev.env`."
    )
    actor: str | None = Field(
        None, description="Who decides on the command line; the machine's user."
    )
    listen_secret: str | None = Field(
        None, repr=False, description="What `lunas listen` signs with, in place of its own."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important lines that are logged."
    )

    api_threads: int = Field(32, ge=4, le=256, description="Requests served at once.")
    api_waiters: int = Field(24, ge=0, le=252, description="Of these, how many may `?wait=`.")
    api_rate: float = Field(
        0,
        ge=0,
        allow_inf_nan=False,
        description="Requests a second for each API client; 0 is no limit.",
    )
    api_burst: int | None = Field(
        None, ge=1, description="Requests at once after a rest; two seconds' worth."
    )
    redis_url: str | None = Field(
        None, repr=False, description="Redis of a production house (redis://, rediss://, unix://)."
    )

    sandbox_host: str = Field("127.0.0.1", description="Address that the sandbox listens on.")
    sandbox_port: Port = Field(8090, description="Port of the sandbox.")
    sandbox_url: str | None = Field(None, description="The wallet of test accounts, elsewhere.")
    sandbox_auto_approve: str | None = Field(
        None, description="Simulated customers approve after this time (`make run`: 2s)."
    )
    sandbox_window: str | None = Field(None, description="How long a simulated customer has; 55s.")
    ovo_live_url: str = Field(
        "https://apigw.ovo.id/pos", description="The wallet of live accounts."
    )
    ovo_minimum: int = Field(1_000, ge=1, description="Smallest payment in rupiah.")
    ovo_hmac_includes_body: bool = Field(
        False, description="Sign the body too: OVO's prose says so, its example does not."
    )
    ovo_require_invoice: bool = Field(
        False, description="Believe an approval only if it carries the invoice."
    )
    ovo_require_batch: bool = Field(
        False, description="Believe an approval only if it carries the batch number."
    )
    ovo_reference_block: int = Field(
        100, ge=1, le=10_000, description="Reference numbers that a worker takes at a time."
    )

    ovo_send_within: Duration = Field(
        timedelta(seconds=10), description="A push leaves within this of its claim, or never."
    )
    ovo_customer_window: Duration = Field(
        timedelta(seconds=55), description="How long the customer has."
    )
    ovo_wallet_answers_within: Duration = Field(
        timedelta(seconds=70), description="When the wallet has answered, if it answers."
    )
    ovo_read_within: Duration = Field(
        timedelta(seconds=75), description="How long a push is held; longer than the wallet's."
    )
    ovo_ask_within: Duration = Field(
        timedelta(seconds=15), description="How long a question that moves nothing may take."
    )
    ovo_on_the_wire: Duration = Field(
        timedelta(seconds=10), description="How long the kernel may still deliver what was sent."
    )
    ovo_status_lag: Duration = Field(
        timedelta(seconds=10), description="How far the wallet's status may lag its ledger."
    )
    skew: Duration = Field(
        timedelta(seconds=5), description="How far two processes' clocks may be apart."
    )

    ovo_check_every: Duration = Field(
        timedelta(seconds=15), description="Between two checks of an unknown payment."
    )
    ovo_believe_404_after: Duration = Field(
        timedelta(seconds=50), description="An empty 404 this late is the wallet's own time-out."
    )
    ovo_reverse_after_404: Duration = Field(
        timedelta(seconds=5), description="First reversal after such a 404."
    )
    ovo_approvals_apart: Duration = Field(
        timedelta(seconds=60), description="Two approvals this far apart: a reversal did not take."
    )
    ovo_slow_checks: Durations = Field(
        Rules().slow_checks, description="Delays of the checks once reversals are spent."
    )
    ovo_daily: Duration = Field(timedelta(days=1), description="Between the checks after those.")
    ovo_told_after: Duration = Field(
        timedelta(days=6), description="An unknown payment this old becomes an exception."
    )
    ovo_asked_until: Duration = Field(
        timedelta(days=7), description="How long the wallet answers for a push."
    )
    ovo_watch_after: Durations = Field(
        Rules().watch_after, description="When a concluded attempt is asked about again."
    )
    ovo_void_until: time = Field(
        time(23, 55), description="Until when (WIB) a charge of the day may be voided."
    )
    most_attempts: int = Field(5, ge=1, le=20, description="Pushes that may reach one customer.")
    resend_after: Duration = Field(
        timedelta(seconds=15), description="Before a push may be asked for again."
    )
    late_success: LateSuccess = Field(
        LateSuccess.REVIEW, description="What becomes of a late success: honour, reverse, review."
    )
    check_pace: int = Field(
        300, ge=1, le=10_000, description="Questions to the wallet in a second, at most."
    )
    check_width: int = Field(256, ge=1, le=10_000, description="Questions under way at once.")

    providers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("ovo",), description="By whom can be charged: names with commas between, `ovo` first."
    )
    provider_options: dict[str, dict[str, str]] = Field(
        {},
        description="A provider's own settings: LUNAS_PROVIDER_<NAME>_<SETTING>, or a TOML table.",
    )
    routes: str = Field(
        "",
        description="Who charges what: `METHOD [FROM-TO] = PROVIDER[:SHARE] …; …`; the first fits.",
    )
    push_width: int = Field(10_000, ge=1, le=100_000, description="Pushes held at once.")
    delivery_width: int = Field(256, ge=1, le=10_000, description="Webhooks under way at once.")
    delivery_width_per_endpoint: int = Field(
        64, ge=1, le=1_000, description="Of these, how many to one endpoint."
    )
    webhook_answer_within: Duration = Field(
        timedelta(seconds=15), description="How long an endpoint may take to answer."
    )
    webhook_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Private networks that webhooks may go to (CIDR, commas between)."
    )
    scan_every: Duration = Field(
        timedelta(milliseconds=500), description="How often due work is looked for unasked."
    )
    upkeep_every: Duration = Field(
        timedelta(seconds=2), description="How often expiry, lost workers and probes are looked at."
    )
    search_url: str | None = Field(
        None, description="Elasticsearch, for searches; without it a file in the data folder."
    )
    search_api_key: str | None = Field(
        None, repr=False, description="API key at Elasticsearch (its base64 form)."
    )
    search_ca_file: Path | None = Field(
        None, description="Certificates that Elasticsearch is known by."
    )
    search_name: str = Field(
        "lunas-payments",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="Begins the names of this house's indexes at Elasticsearch.",
    )
    search_shards: int = Field(
        1, ge=1, le=64, description="Shards of a new index at Elasticsearch."
    )
    search_description: bool = Field(
        False, description="Whether descriptions of payments are searched (and held in the index)."
    )
    search_within: Duration = Field(
        timedelta(seconds=2), description="How long a search may take before the store answers."
    )
    search_gather: Duration = Field(
        timedelta(milliseconds=500), description="After a change, before copies go to the index."
    )

    drain: Duration | None = Field(
        None, description="How long SIGTERM waits for held pushes; `up` 3s, `worker` 80s."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then the environment, secrets' files, and the TOML file."""
        file = config_file()
        toml = Toml(settings_cls, toml_file=file) if file else None
        files = SecretFiles(settings_cls)
        options = ProviderOptions(settings_cls)
        return (init_settings, env_settings, files, options, *([toml] if toml else []))

    @field_validator("webhook_networks", "providers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        self.rules()
        if self.providers[:1] != ("ovo",) or len(set(self.providers)) < len(self.providers):
            raise ValueError("LUNAS_PROVIDERS names each provider once, ovo first")
        if self.store is StoreKind.MONGODB and not self.mongodb_url:
            raise ValueError("LUNAS_STORE=mongodb needs LUNAS_MONGODB_URL (or …_FILE)")
        if self.store is StoreKind.SQLITE and self.mongodb_url:
            raise ValueError("LUNAS_MONGODB_URL is given, but LUNAS_STORE is not mongodb")
        if self.api_waiters > self.api_threads - 4:
            raise ValueError("api_waiters must leave at least 4 of api_threads for other requests")
        return self

    def changed(self) -> dict[str, str]:
        """The settings that differ from their defaults, as they would be spelled; no secrets."""
        told = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.default:
                told[PREFIX + name.upper()] = spelled(value) if field.repr else "(set)"
        return told

    def rules(self) -> Rules:
        """By which rules a payment's truth is found out; raises ValueError like `clocks`."""
        return Rules(
            clocks=self.clocks(),
            most_attempts=self.most_attempts,
            resend_after=self.resend_after,
            late_success=self.late_success,
            check_every=self.ovo_check_every,
            believe_404_after=self.ovo_believe_404_after,
            reverse_after_404=self.ovo_reverse_after_404,
            approvals_apart=self.ovo_approvals_apart,
            slow_checks=self.ovo_slow_checks,
            daily=self.ovo_daily,
            told_after=self.ovo_told_after,
            asked_until=self.ovo_asked_until,
            watch_after=self.ovo_watch_after,
            void_until=self.ovo_void_until,
        )

    def clocks(self) -> AttemptClocks:
        """OVO's clocks; raises ValueError when their order cannot keep the promises."""
        return AttemptClocks(
            send_within=self.ovo_send_within,
            customer_window=self.ovo_customer_window,
            wallet_answers_within=self.ovo_wallet_answers_within,
            read_within=self.ovo_read_within,
            ask_within=self.ovo_ask_within,
            on_the_wire=self.ovo_on_the_wire,
            status_lag=self.ovo_status_lag,
            skew=self.skew,
        )

    def rate_policy(self) -> RatePolicy | None:
        """How often each API client may ask; None where there is no limit."""
        if not self.api_rate:
            return None
        return RatePolicy(self.api_rate, self.api_burst or max(1, round(2 * self.api_rate)))

    @property
    def database(self) -> Path:
        """The embedded store's file."""
        return self.data_dir / "lunas.db"

    @property
    def keys(self) -> Path:
        """The file of encryption keys."""
        return self.key_file or self.data_dir / "key"

    @property
    def bells(self) -> Path:
        """Where the processes leave their pipes."""
        return self.data_dir / "bells"

    @property
    def metrics_dir(self) -> Path:
        """Where the processes share their counters."""
        return self.data_dir / "metrics"

    @property
    def api_url(self) -> str:
        """Where the API is reached from this machine."""
        return self.url or f"http://{self.host}:{self.port}"

    @property
    def command_key(self) -> str | None:
        """The command line's API key: the one that is set, else the one of `make run`."""
        return self.api_key or dev_value(self.data_dir, API_KEY)

    @property
    def command_url(self) -> str:
        """Where the command line finds the API: as set, else where `make run` has it."""
        said = self.url or self.api_key or self.model_fields_set & {"host", "port"}
        return (not said and dev_value(self.data_dir, URL)) or self.api_url

    @property
    def command_sandbox(self) -> str:
        """Where the command line finds the sandbox: as set, else where `make run` has it."""
        own = self.model_fields_set & {"sandbox_url", "sandbox_host", "sandbox_port"}
        there = None if own else dev_value(self.data_dir, SANDBOX_URL)
        return there or self.wallet_url.removesuffix("/pos")

    @property
    def shown_url(self) -> str:
        """The URL that others see."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def wallet_url(self) -> str:
        """The sandbox's wallet."""
        base = self.sandbox_url or f"http://{self.sandbox_host}:{self.sandbox_port}"
        return f"{base}/pos"


def spelled(value: object) -> str:
    """A setting's value as it is written in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return f"{value.total_seconds():g}s"
        case tuple():
            return ",".join(spelled(part) for part in value)
        case dict():
            return ",".join(value)
        case _:
            return str(value)


def dev_value(data_dir: Path, name: str) -> str | None:
    """What the data folder's dev.env says, which `lunas up` writes."""
    with suppress(OSError):
        for line in (data_dir / DEV_ENV).read_text().splitlines():
            if line.startswith(f"{name}="):
                return line.partition("=")[2]
    return None


def read_settings() -> Settings:
    """The settings of this process; raises SettingsRefused."""
    try:
        return Settings()
    except ValidationError as wrong:
        lines = []
        for error in wrong.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in error["loc"][:1]).upper()
            lines.append(f"setting {PREFIX}{name}: {error['msg']}" if name else error["msg"])
        raise SettingsRefused("\n".join(lines)) from None
