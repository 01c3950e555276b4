"""What only an interpreter of its own shows: what is imported, shared, completed and replaced."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.embedded import prepare
from bootstrap.settings import Settings

ROOT = Path(__file__).parents[2]
NOT_IN_THE_API = {"aiohttp", "flask_openapi", "httpx", "pygments", "rich", "yaml"}
"""Some 25 MB that neither a payment nor a read needs."""
API = """
import json, sys
from bootstrap.api import create
from werkzeug.test import Client
caller = Client(create())
said = [caller.get(path).status_code for path in ("/healthz", "/v1/payments", "/metrics")]
print(json.dumps({"said": said, "carried": sorted(sys.modules)}))
"""


def test_the_api_carries_nothing_that_a_payment_does_not_need(tmp_path: Path) -> None:
    prepare(Settings(data_dir=tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", API],
        env={"PATH": os.environ["PATH"], "LUNAS_DATA_DIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["said"] == [200, 401, 200]
    assert {"flask", "structlog", "bootstrap.wsgi"} <= set(told["carried"])
    assert NOT_IN_THE_API.isdisjoint(told["carried"])


def test_numbers_of_all_processes_are_shown_together(tmp_path: Path) -> None:
    script = """
from tests.unit.http.house import House, an_order
house = House()
house.client.post("/v1/payments", an_order())
print(house.client.get("/metrics").get_data(as_text=True))
"""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    pages = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for _ in range(2)
    ]
    line = 'lunas_http_requests_total{method="POST",route="/v1/payments",status="202"} '
    assert line + "1.0" in pages[0]
    assert line + "2.0" in pages[1]


def test_the_help_needs_neither_rich_nor_httpx() -> None:
    program = (
        "import sys; import adapters.inbound.cli.main; "
        "sys.exit(bool({'rich', 'httpx', 'asyncio', 'aiohttp'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("command", "code", "carried", "missing"),
    [
        # it has loaded what it speaks with when it sees that LUNAS_URL is none; a store is made
        ("pay list", 2, {"httpx"}, {"pygments", "dependency_injector", "sqlite3"}),
        ("migrate", 0, {"dependency_injector", "sqlite3"}, {"httpx", "werkzeug", "yaml"}),
    ],
)
def test_a_command_carries_nothing_that_only_happens_to_be_installed(
    tmp_path: Path, command: str, code: int, carried: set[str], missing: set[str]
) -> None:
    program = (
        "import sys; from bootstrap.__main__ import main\ntry: main()\nfinally: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        cwd=ROOT,
        env={
            "LUNAS_DATA_DIR": str(tmp_path),
            "LUNAS_URL": "nowhere",
            "LUNAS_API_KEY": "lunas_test_nobody",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    modules = set(done.stdout.splitlines()[-1].split())
    assert carried <= modules
    assert missing.isdisjoint(modules)


def test_completion_is_clicks_own() -> None:
    program = "from adapters.inbound.cli.main import cli; cli(prog_name='lunas')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"_LUNAS_COMPLETE": "bash_complete", "COMP_WORDS": "lunas pay st", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split(",")[1].strip() == "start"


def _demo(root: Path, here: Path) -> subprocess.CompletedProcess[str]:
    """The real demo of a Lunas that lies in `root`, when the command is given in `here`."""
    program = (
        "import sys; from pathlib import Path; import bootstrap.__main__ as lunas; "
        "lunas._ROOT = Path(sys.argv[1]); sys.exit(lunas._demo())"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(root)],
        cwd=here,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _examples(folder: Path, exit_code: int) -> Path:
    (folder / "examples").mkdir(parents=True)
    main = folder / "examples" / "__main__.py"
    (folder / "examples" / "__init__.py").touch()
    main.write_text(f"print(__file__); raise SystemExit({exit_code})")
    return main


def test_the_demo_becomes_the_examples_of_lunas_and_no_others(tmp_path: Path) -> None:
    main = _examples(tmp_path / "lunas", 7)
    _examples(tmp_path / "here", 8)
    done = _demo(tmp_path / "lunas", tmp_path / "here")
    assert done.returncode == 7, done.stderr
    assert done.stdout.strip() == str(main)


def test_an_installed_lunas_has_no_demo_and_says_so(tmp_path: Path) -> None:
    done = _demo(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "clone of its repository" in done.stderr


@pytest.mark.parametrize(
    ("names", "absent"),
    [(("django",), {"django", "payments"}), ((), {"payments"})],
    ids=["all of it", "a part of it"],
)
def test_a_bench_without_its_peer_says_what_to_do_before_it_starts_anything(
    tmp_path: Path, names: tuple[str, ...], absent: set[str]
) -> None:
    program = (
        f"import sys; sys.modules |= dict.fromkeys({absent}); "
        "from bench.__main__ import main; main(prog_name='bench')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "django-payments" in done.stderr
    assert "`make bench`, or `uv sync --group bench`" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
