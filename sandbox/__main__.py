"""`python -m sandbox`: the simulated wallet as a process of its own."""

import asyncio
import resource
import signal
from pathlib import Path

import click
import orjson
import uvloop

from sandbox.accounts import Account, AccountError, parse_accounts
from sandbox.scenario import Scenario, ScenarioError, changed
from sandbox.server import serving


@click.command(context_settings={"auto_envvar_prefix": "LUNAS_SANDBOX", "show_default": True})
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
    "--accounts",
    default=None,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON list of further accounts.",
)
@click.option("--seed", default=0, help="Of the accidents that a scenario draws.")
def main(
    host: str, port: int, accounts: Path | None, seed: int, **choices: str | int | None
) -> None:
    """Run a strict simulator of OVO Push to Pay. No real money moves."""
    try:
        scenario = changed(Scenario(), choices)
        known = () if accounts is None else _accounts_in(accounts)
    except ScenarioError as error:
        raise click.UsageError(str(error).replace("_", "-")) from None
    except (AccountError, orjson.JSONDecodeError) as error:
        raise click.UsageError(f"accounts: {error}") from None
    _raise_open_file_limit()
    try:
        uvloop.run(_serve(scenario, host=host, port=port, accounts=known, seed=seed))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None


async def _serve(
    scenario: Scenario, *, host: str, port: int, accounts: tuple[Account, ...], seed: int
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(scenario, host=host, port=port, accounts=accounts, seed=seed) as running:
        click.echo(f"sandbox ready {running.url}")
        await stop.wait()


def _accounts_in(path: Path) -> tuple[Account, ...]:
    return tuple(parse_accounts(orjson.loads(path.read_bytes())))


def _raise_open_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main(prog_name="python -m sandbox")
