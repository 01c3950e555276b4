"""The command line `lunas`: everything that a person does with it, one group of commands each."""

import click

from adapters.inbound.cli.check import check
from adapters.inbound.cli.clients import clients
from adapters.inbound.cli.copying import copy
from adapters.inbound.cli.doctor import doctor
from adapters.inbound.cli.events import events
from adapters.inbound.cli.exceptions import exceptions
from adapters.inbound.cli.exits import Noun
from adapters.inbound.cli.inbox import inbox
from adapters.inbound.cli.listen import listen
from adapters.inbound.cli.merchants import merchants
from adapters.inbound.cli.migrate import migrate
from adapters.inbound.cli.payments import pay
from adapters.inbound.cli.processes import demo, sandbox, serve, simulate, up, worker
from adapters.inbound.cli.provider import provider
from adapters.inbound.cli.refunds import refunds
from adapters.inbound.cli.reviews import check as check_payment
from adapters.inbound.cli.reviews import dossier, refund, resolve
from adapters.inbound.cli.search import search
from adapters.inbound.cli.settlement import settlement
from adapters.inbound.cli.trigger import trigger


@click.group(cls=Noun, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lunas-pay", prog_name="lunas")
def cli() -> None:
    """Lunas takes OVO payments, and always knows what happened to the money.

    `pay`, `refunds`, `exceptions`, `events`, `search find`, `listen` and `trigger` speak to the API
    at LUNAS_URL with LUNAS_API_KEY; `merchants`, `clients`, `inbox`, `settlement`, `migrate`,
    `copy`, `check`, `doctor` and `search rebuild` open the store. `provider` works in a clone of
    the repository.
    """


for _processes in (up, demo, serve, worker, sandbox, simulate):
    cli.add_command(_processes)
for _step in (check_payment, refund, resolve, dossier):
    pay.add_command(_step)
for _command in (doctor, check, migrate, merchants, clients, pay, refunds, exceptions):
    cli.add_command(_command)
for _command in (copy, events, inbox, settlement, search, listen, trigger, provider):
    cli.add_command(_command)
