"""`lunas up`, `demo`, `serve`, `worker`, `sandbox` and `simulate`: the processes."""

import click

from adapters.inbound.cli.exits import Verb, end
from adapters.inbound.cli.tools import Tools


@click.command(cls=Verb)
@click.pass_obj
def up(tools: Tools) -> None:
    """Run everything: the API, the dispatcher and the OVO sandbox.

    It stays in the foreground; Ctrl-C or SIGTERM stops it cleanly.
    """
    end(tools.up())


@click.command(cls=Verb)
@click.pass_obj
def demo(tools: Tools) -> None:
    """Run the example chat and everything it needs.

    It prints its links and stays in the foreground; Ctrl-C or SIGTERM stops it cleanly.
    """
    end(tools.demo())


@click.command(cls=Verb)
@click.pass_obj
def serve(tools: Tools) -> None:
    """Run the API."""
    end(tools.serve())


@click.command(cls=Verb)
@click.pass_obj
def worker(tools: Tools) -> None:
    """Run the dispatcher: pushes, checks, expiry, webhooks."""
    end(tools.worker())


@click.command(cls=Verb, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def sandbox(tools: Tools, arguments: tuple[str, ...]) -> None:
    """Run the OVO sandbox: a wallet that moves no money.

    ARGUMENTS go to the sandbox as they are; `lunas sandbox -- --help` lists them.
    """
    end(tools.sandbox(arguments))


@click.command(cls=Verb, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def simulate(tools: Tools, arguments: tuple[str, ...]) -> None:
    """Let seeded worlds of payments go wrong, and judge what Lunas makes of them.

    `--seed 7` is one world, `--seeds 1-500` are many, on all cores. ARGUMENTS go to the simulation
    as they are; `lunas simulate -- --help` lists them. Ends with 1 when an invariant is broken.
    """
    end(tools.simulate(arguments))
