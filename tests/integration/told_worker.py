"""`python -m tests.integration.told_worker`: `lunas worker` whose wallet sends notifications."""

import sys

from bootstrap.metrics import share_metrics
from bootstrap.settings import read_settings


def main() -> int:
    """Run until told to stop."""
    settings = read_settings()
    share_metrics(settings)
    from bootstrap import house, worker
    from tests.integration import told

    house.readers = told.readers  # the one name by which it finds them
    return worker.run(settings)


if __name__ == "__main__":
    sys.exit(main())
