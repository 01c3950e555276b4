"""`python -m tests.integration.told_worker`: `lunas worker` whose wallet sends notifications."""

import sys

from bootstrap.metrics import share_metrics
from bootstrap.settings import read_settings


def main() -> int:
    """Run until told to stop."""
    settings = read_settings()
    share_metrics(settings)
    from bootstrap import house, worker
    from tests.hmac_provider import told_by_ovo

    house.readers = told_by_ovo
    return worker.run(settings)


if __name__ == "__main__":
    sys.exit(main())
