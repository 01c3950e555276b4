"""The files of `deploy/`, run as they stand: commands, environment, probes and graceful ends."""

import re
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bootstrap.settings import Settings
from bootstrap.worker import DRAIN
from tests.integration.house import ROOT, call, until
from tests.integration.production.deployed import (
    BIN,
    DEPLOY,
    Machine,
    a_machine,
    compose,
    manifest,
    manifests,
    unit,
)
from tests.integration.production.servers import Servers
from tests.servers.ports import listens

LONG = 120.0
APIS, WORKERS = ("api-1", "api-2"), ("worker-1", "worker-2")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Machine]:
    """Where the compose file's services run, once `migrate` has ended well."""
    folder = tmp_path_factory.mktemp("deploy")
    secrets = folder / "secrets"
    secrets.mkdir()
    (folder / "keys").mkdir()
    (secrets / "mongodb_url").write_text(servers.mongo.uri("deployed") + "\n")
    (secrets / "redis_url").write_text(servers.redis.url + "\n")
    places = {
        "/run/secrets": str(secrets),
        "/var/lib/lunas-keys": str(folder / "keys"),
        "http://elasticsearch:9200": "http://127.0.0.1:9",
    }
    with a_machine(folder, places) as machine:
        machine.places = places | {
            "http://sandbox:8090": f"http://127.0.0.1:{machine.port('sandbox')}"
        }
        yield machine


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def environment_of(machine: Machine, name: str) -> dict[str, str]:
    """A service's own, with the ports that it has here."""
    ports = {
        "LUNAS_PORT": machine.port(name),
        "LUNAS_WORKER_PORT": machine.port(name),
        "LUNAS_SANDBOX_PORT": machine.port("sandbox"),
    }
    told = {k: v for k, v in service(name)["environment"].items() if k not in ports}
    told.pop("LUNAS_SANDBOX_HOST", None)
    return machine.environment(told, ports)


def run(machine: Machine, name: str, *command: str) -> str:
    """A command in a container of that service."""
    done = subprocess.run(
        [str(BIN / "lunas"), *command],
        env=environment_of(machine, name) | {"LUNAS_DATA_DIR": str(machine.folder / name)},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
        cwd=machine.folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def running(machine: Machine) -> Machine:
    """Every service of ours, started as the compose file says and found healthy by its checks."""
    for name in ("migrate", "sandbox", *WORKERS, *APIS):
        (machine.folder / name).mkdir(exist_ok=True)
    told = run(machine, "migrate", *service("migrate")["command"])
    assert "done: key file" in told
    for name in ("sandbox", *WORKERS, *APIS):
        machine.start(name, ["lunas", *service(name)["command"]], environment_of(machine, name))
    for name in ("sandbox", *WORKERS, *APIS):
        check, port = service(name)["healthcheck"]["test"], machine.port(name)
        until(partial(listens, port), machine.logs, LONG)
        until(partial(machine.probe, check, port, name), machine.logs, LONG, every=0.5)
    return machine


@pytest.mark.timeout(400)
def test_the_compose_files_house_takes_a_payment_at_each_api(running: Machine) -> None:
    run(running, "api-1", "merchants", "add", "Klinik Lunas")
    told = run(running, "api-1", "clients", "create", "Klinik Lunas", "--name", "chat")
    (key,) = set(re.findall(r"lunas_test_[\w-]+", told))
    headers = {"Authorization": f"Bearer {key}"}
    for api in APIS:
        url = f"http://127.0.0.1:{running.port(api)}"
        until(partial(is_ok, f"{url}/readyz"), running.logs, LONG)
        body = {"order_id": api, "amount": 50_000, "phone": "081200000001"}
        started = call(
            "POST", f"{url}/v1/payments", body=body, headers=headers | {"Idempotency-Key": api}
        )
        assert started.status == 202, started.body
        path = f"/v1/payments/{started.json['id']}"
        other = f"http://127.0.0.1:{running.port(APIS[api == APIS[0]])}"

        def paid(where: str = other + path) -> bool:
            return bool(call("GET", where, headers=headers).json["status"] == "succeeded")

        until(paid, running.logs, LONG)


@pytest.mark.timeout(300)
def test_kubernetes_probes_are_answered_by_the_processes_that_it_starts(running: Machine) -> None:
    settings = manifest("ConfigMap", "lunas")["data"]
    for part, ours in (("api", APIS[0]), ("worker", WORKERS[0])):
        (container,) = manifest("Deployment", f"lunas-{part}")["spec"]["template"]["spec"][
            "containers"
        ]
        assert container["args"] == service(ours)["command"]
        known = {f"LUNAS_{name.upper()}" for name in Settings.model_fields}
        assert {name.removesuffix("_FILE") for name in settings} <= known | {"LUNAS_KEY"}
        (port,) = container["ports"]
        expected = "8080" if part == "api" else settings["LUNAS_WORKER_PORT"]
        assert str(port["containerPort"]) == expected
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            get = container[probe]["httpGet"]
            assert get["port"] == port["name"]
            answer = call("GET", f"http://127.0.0.1:{running.port(ours)}{get['path']}")
            assert answer.status == 200, answer.body
    numbers = call("GET", f"http://127.0.0.1:{running.port(WORKERS[0])}/metrics")
    assert b"lunas_pushes_claimed_total" in numbers.body


@pytest.mark.timeout(300)
def test_a_worker_that_is_told_to_stop_ends_well_within_its_grace(running: Machine) -> None:
    process = running.processes["worker-2"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    (running.folder / "worker-2.log").read_text().index("worker stopped")


def is_ok(url: str) -> bool:
    return call("GET", url).status == 200


def seconds(text: object) -> float:
    found = re.fullmatch(r"(\d+)s?", str(text))
    assert found is not None, text
    return float(found[1])


def test_every_grace_is_longer_than_the_drain() -> None:
    assert seconds(service("worker-1")["environment"]["LUNAS_DRAIN"]) == DRAIN.total_seconds()
    graces = [
        seconds(service("worker-1")["stop_grace_period"]),
        seconds(
            manifest("Deployment", "lunas-worker")["spec"]["template"]["spec"][
                "terminationGracePeriodSeconds"
            ]
        ),
        seconds(unit("lunas-worker@.service")["TimeoutStopSec"][0]),
    ]
    assert min(graces) > DRAIN.total_seconds() + 10


def test_every_pod_is_no_root_and_writes_to_its_volumes_alone() -> None:
    pods = [m["spec"]["template"]["spec"] for m in manifests() if "template" in m.get("spec", {})]
    assert len(pods) == 3
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10_001
        for container in pod["containers"]:
            inside = container["securityContext"]
            assert inside["readOnlyRootFilesystem"]
            assert not inside["allowPrivilegeEscalation"]
            assert inside["capabilities"] == {"drop": ["ALL"]}
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in pod["volumes"]}
    for name in (*APIS, *WORKERS):
        assert service(name)["read_only"]
        assert service(name)["cap_drop"] == ["ALL"]


def test_a_budget_keeps_one_of_each_part() -> None:
    for part in ("api", "worker"):
        budget = manifest("PodDisruptionBudget", f"lunas-{part}")["spec"]
        deployment = manifest("Deployment", f"lunas-{part}")["spec"]
        assert budget["selector"]["matchLabels"] == deployment["selector"]["matchLabels"]
        assert budget["selector"]["matchLabels"] == deployment["template"]["metadata"]["labels"]
        assert budget["minAvailable"] < deployment["replicas"]


@pytest.mark.parametrize("name", ["lunas-api@", "lunas-worker@", "lunas-migrate"])
def test_the_units_start_what_there_is(name: str, tmp_path: Path) -> None:
    said = unit(f"{name}.service")
    program, *arguments = said["ExecStart"][0].split()
    assert program.endswith("/.venv/bin/lunas")
    helped = subprocess.run(
        [str(BIN / "lunas"), *arguments, "--help"], cwd=tmp_path, capture_output=True, check=False
    )
    assert helped.returncode == 0
    known = {f"LUNAS_{field.upper()}" for field in Settings.model_fields}
    named = re.findall(r"(LUNAS_\w+)=", " ".join(said["Environment"]))
    lines = (DEPLOY / "systemd" / "lunas.env").read_text()
    named += re.findall(r"^(LUNAS_\w+)=", lines, re.M)
    assert named
    assert {word.removesuffix("_FILE") for word in named} <= known | {"LUNAS_KEY"}


def test_the_unit_that_migrates_may_make_the_key_file() -> None:
    said = unit("lunas-migrate.service")
    lines = (DEPLOY / "systemd" / "lunas.env").read_text()
    (key_file,) = re.findall(r"^LUNAS_KEY_FILE=(.+)$", lines, re.M)
    assert said["ProtectSystem"] == ["strict"]
    assert said["ReadWritePaths"] == [str(Path(key_file).parent)]


def test_the_image_has_what_the_lock_pins_no_root_and_a_health_check() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages = text.split("\nFROM ")
    assert len(stages) == 3
    assert re.search(r"^USER 10001:10001$", stages[2], re.M)
    copied = set(re.findall(r"^COPY (\w+) \w+$", stages[1], re.M))
    packages = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert packages is not None
    assert copied == set(re.findall(r'"(\w+)"', packages[1]))
    version = re.search(r"^UV_VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert version is not None
    assert f"uv=={version[1]}" in text
    assert text.count("uv sync --locked --no-dev") == 2
    assert "bootstrap.health" in text.partition("HEALTHCHECK")[2]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)
