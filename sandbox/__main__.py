"""`python -m sandbox`: the simulated wallet as a process of its own."""

import asyncio
import gc
import resource
import signal
from collections.abc import Mapping
from pathlib import Path

import click
import orjson
import uvloop
from click.core import ParameterSource

from sandbox.accounts import (
    DEMO_APP_ID,
    DEMO_APP_KEY,
    DEMO_MERCHANT_ID,
    DEMO_MID,
    DEMO_STORE_CODE,
    DEMO_TID,
    Account,
    AccountError,
    parse_accounts,
)
from sandbox.acquirer.plan import Plan
from sandbox.providers import plans_of
from sandbox.scenario import Scenario, ScenarioError, changed
from sandbox.server import serving

_COLLECTED_AFTER = (10_000, 10, 1_000)  # young, middle and full collections of garbage
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EPILOG = f"""\b
A merchant's client sends every operation to POST http://HOST:PORT/pos as
  app-id {DEMO_APP_ID}   merchantId {DEMO_MERCHANT_ID}   storeCode {DEMO_STORE_CODE}
  tid {DEMO_TID}       mid {DEMO_MID}
  app key {DEMO_APP_KEY[:32]}
          {DEMO_APP_KEY[32:]}   (one text of 64)

\b
A person opens      http://HOST:PORT/ or /phones/081234567890
A program uses      http://HOST:PORT/control/ledger, /control/scenario, /control/clock,
                    /control/pushes/ID/approve, /control/settlement.csv, /control/magic
Other roads to OVO  http://HOST:PORT/ovo-snap, /ovo-qris, /midtrans, /xendit, /doku;
                    /control/credentials/midtrans tells what a client of one needs
Phone 081200000001 always pays, 081200000002 declines, 081200000005 pays and
cuts the connection; /control/magic lists all of them.

Every flag is also an environment variable: --auto-approve is
LUNAS_SANDBOX_AUTO_APPROVE. A duration is 2s, 500ms, 15m, 25h or 8d. What has no
flag is a key of --scenario; GET /control/scenario shows every key with its value.
"""


@click.command(
    context_settings={"auto_envvar_prefix": "LUNAS_SANDBOX", "show_default": True}, epilog=_EPILOG
)
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8090, type=click.IntRange(0, 65535), help="0 picks a free one.")
@click.option("--window", default="55s", help="How long a customer has to answer.")
@click.option("--wallet-limit", default="70s", help="When the wallet itself answers 68.")
@click.option("--late-after", default="72s", help="When a late answer leaves, from the push on.")
@click.option("--silence-bound", default="120s", help="When a call that gets no answer is cut.")
@click.option("--auto-approve", default=None, help="Approve waiting pushes after this time.")
@click.option("--minimum-amount", default=1, help="Rupiah; less gets 67.")
@click.option("--hmac-mode", default="app_random", help="app_random, app_random_body or either.")
@click.option("--duplicate-code", default="94", help="94 or 40.")
@click.option("--failure-http-status", default=400, help="HTTP status of answers that are not 00.")
@click.option(
    "--scenario",
    default=None,
    type=_FILE,
    help="JSON object of any scenario keys; flags that are given outrank it.",
)
@click.option("--accounts", default=None, type=_FILE, help="JSON list of further accounts.")
@click.option(
    "--providers",
    default=None,
    type=_FILE,
    help="JSON object of the other providers and their scenario keys.",
)
@click.option(
    "--notify-url",
    default=None,
    help="Where providers send notifications; {provider} in it is the provider's name.",
)
@click.option("--seed", default=0, help="Of the accidents that a scenario draws.")
@click.pass_context
def main(
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    scenario: Path | None,
    accounts: Path | None,
    providers: Path | None,
    notify_url: str | None,
    seed: int,
    **flags: str | int | None,
) -> None:
    """Run a strict simulator of OVO Push to Pay and of other roads to OVO. No real money moves."""
    given = {
        name: value
        for name, value in flags.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    try:
        kept = {} if scenario is None else _json_in(scenario)
        if not isinstance(kept, dict):
            raise click.UsageError("scenario: a JSON object")
        chosen = changed(Scenario(), kept | given)
        known = () if accounts is None else tuple(parse_accounts(_json_in(accounts)))
        told = {} if providers is None else _json_in(providers)
        plans = plans_of(told, notify_url=notify_url)
    except ScenarioError as error:
        raise click.UsageError(str(error).replace("_", "-")) from None
    except AccountError as error:
        raise click.UsageError(f"accounts: {error}") from None
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"not JSON: {error}") from None
    _raise_open_file_limit()
    _collect_rarely()
    try:
        uvloop.run(_serve(chosen, host=host, port=port, accounts=known, plans=plans, seed=seed))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None


async def _serve(
    scenario: Scenario,
    *,
    host: str,
    port: int,
    accounts: tuple[Account, ...],
    plans: Mapping[str, Plan],
    seed: int,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(
        scenario, host=host, port=port, accounts=accounts, plans=plans, seed=seed
    ) as running:
        click.echo(f"sandbox ready {running.url}")
        await stop.wait()


def _json_in(path: Path) -> object:
    value: object = orjson.loads(path.read_bytes())
    return value


def _collect_rarely() -> None:
    """Spare held calls the walks over every remembered push, up to a second each."""
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def _raise_open_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main(prog_name="python -m sandbox")
