"""`python -m tests.servers.elasticsearch FOLDER [--compiled]`: a node in the foreground.

It prints its address.
"""

import signal
import sys
from pathlib import Path

from tests.servers.elasticsearch import install
from tests.servers.elasticsearch.node import Node

lacking = install.why_not()
if lacking is not None:
    sys.exit(f"Elasticsearch cannot be installed here: {lacking}")
node = Node(Path(sys.argv[1]), compiled=sys.argv[2:] == ["--compiled"])
node.start()
print(node.url, flush=True)
signal.sigwait({signal.SIGINT, signal.SIGTERM})
node.stop()
