"""`python -m tests.integration.told_api`: `lunas serve` whose wallet sends notifications too."""

import os
from wsgiref.types import WSGIApplication

from bootstrap import house, serve, wsgi
from bootstrap.metrics import share_metrics
from bootstrap.settings import read_settings
from tests.hmac_provider import told_by_ovo


def create() -> WSGIApplication:
    """What granian loads."""
    house.readers = told_by_ovo
    return wsgi.create()


def main() -> None:
    """Become the server."""
    settings = read_settings()
    share_metrics(settings)
    command = serve.command(settings)[:-1]
    os.execv(command[0], [*command, f"{__spec__.name}:create"])  # a fixed command of ours


if __name__ == "__main__":
    main()
