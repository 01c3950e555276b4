"""`python -m bootstrap.health URL…`: ends with 0 if each answers 200; for health checks.

It imports next to nothing, so that it may run every few seconds in a container that has no curl.
"""

import sys
from http.client import OK, HTTPConnection, HTTPException
from urllib.parse import urlsplit

PATIENCE_SECONDS = 2.0


def healthy(url: str) -> bool:
    """Whether that answers 200 to a GET."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        if answer.status == OK:
            return True
        print(f"{url}: {answer.status} {answer.read(500)!r}", file=sys.stderr)
    except (OSError, HTTPException) as away:
        print(f"{url}: {away}", file=sys.stderr)
    finally:
        connection.close()
    return False


if __name__ == "__main__":
    sys.exit(0 if all(healthy(url) for url in sys.argv[1:]) else 1)
