"""`python -m tests.integration.telling HOW [WORD…]`: tells what it was given, and ends as asked."""

import atexit
import json
import os
import random
import sys
import time
from pathlib import Path
from threading import Timer


def main() -> None:
    """`HOW`: an exit status, `raises`, `lingers`, or `waits` for whatever comes."""
    how = sys.argv[1]
    told = {
        "arguments": sys.argv[2:],
        "variables": dict(os.environ),
        "folder": str(Path.cwd()),
        "typed": sys.stdin.read(),
        "files": sorted(int(file.name) for file in Path("/proc/self/fd").iterdir()),
        "leads": os.getsid(0) == os.getpid(),
        "pid": os.getpid(),
        "parent": os.getppid(),
        "chance": random.random(),
    }
    print(json.dumps(told))
    print("a remark", file=sys.stderr)
    if how == "raises":
        raise ValueError("as asked")
    if how == "waits":
        sys.stdout.flush()
        time.sleep(600)
    if how == "lingers":
        atexit.register(print, "at the end")
        Timer(0.3, print, ["a thread"]).start()
        return
    sys.exit(int(how))


if __name__ == "__main__":
    main()
