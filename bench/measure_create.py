"""Creates: Lunas against the bare floor, a bare Flask view, and django-payments."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench import floor
from bench.figures import Bound, Figure, Measured, ratios
from bench.house import House, a_folder_house, a_house
from bench.load import Load
from bench.rounds import Rounds, arrive, cpu_of, p99_of, rate_of, saturate

SHARE_OF_SATURATION = 0.5


@contextmanager
def bare_server(rounds: Rounds, name: str, target: str) -> Iterator[House]:
    """A floor that serves."""
    with a_folder_house(rounds.folder / name) as house:
        path = house.folder / "lunas.db"
        floor.lay(path)
        house.environment[floor.DATABASE] = str(path)
        house.start_api(target)
        yield house


@contextmanager
def lunas_server(rounds: Rounds, name: str = "lunas") -> Iterator[House]:
    """`lunas serve` alone: no worker runs, so that only creates are measured."""
    with a_house(rounds.folder / name) as house:
        house.start_api()
        yield house


async def create(rounds: Rounds) -> Measured:
    """Durable POST /v1/payments ÷ one durable insert behind the same server."""
    with (
        lunas_server(rounds) as lunas,
        bare_server(rounds, "floor", "bench.floor:bare") as bare,
        bare_server(rounds, "flask", "bench.floor:bare_flask") as flask,
    ):
        houses = {"lunas": lunas, "floor": bare, "flask": flask}
        fast: dict[str, list[Load]] = {name: [] for name in houses}
        calm: dict[str, list[Load]] = {name: [] for name in houses}
        rounds.step("create: warm-up")
        slowest = min([(await saturate(house, 2.0)).rate for house in houses.values()])
        for number in range(rounds.count):
            for name, house in houses.items():
                rounds.step(f"create: {name} at saturation, round {number + 1}")
                fast[name].append(await saturate(house, rounds.seconds))
            slowest = min(loads[-1].rate for loads in fast.values())
            for name, house in houses.items():
                rounds.step(f"create: {name} at {SHARE_OF_SATURATION:.0%}, round {number + 1}")
                rate = SHARE_OF_SATURATION * slowest
                calm[name].append(await arrive(house, rate, rounds.seconds))
    rates = {name: [load.rate for load in loads] for name, loads in fast.items()}
    p99s = {name: [load.p(0.99) for load in loads] for name, loads in calm.items()}
    return Measured(
        [
            Figure(
                "create ÷ bare floor",
                ratios(rates["lunas"], rates["floor"]),
                bound=Bound(least=0.5, goal=0.8),
                note="plain WSGI function, one insert; 64 clients, closed model",
            ),
            Figure("create ÷ bare Flask view", ratios(rates["lunas"], rates["flask"])),
            Figure(
                "create p99 ÷ floor's p99",
                ratios(p99s["lunas"], p99s["floor"]),
                bound=Bound(most=2.5),
                note="open model, both at half of what the slower one can do",
            ),
            Figure("create p99 ÷ Flask view's p99", ratios(p99s["lunas"], p99s["flask"])),
            rate_of("create", fast["lunas"]),
            rate_of("floor", fast["floor"]),
            rate_of("Flask view", fast["flask"]),
            cpu_of("server's CPU for a create", fast["lunas"]),
            cpu_of("server's CPU at the floor", fast["floor"]),
            cpu_of("server's CPU for the Flask view", fast["flask"]),
            p99_of("create p99 at saturation", fast["lunas"]),
            p99_of("create p99 in the open model", calm["lunas"]),
            p99_of("floor p99 in the open model", calm["floor"]),
            p99_of("Flask view p99 in the open model", calm["flask"]),
        ]
    )


async def django(rounds: Rounds) -> Measured:
    """A durable create ÷ django-payments' create."""
    with (
        lunas_server(rounds) as lunas,
        a_folder_house(rounds.folder / "django") as peer,
    ):
        peer.environment[floor.DATABASE] = str(peer.folder / "django.db")
        peer.start_api("bench.django_payments:create")
        ours: list[Load] = []
        theirs: list[Load] = []
        rounds.step("django: warm-up")
        for house in (lunas, peer):
            await saturate(house, 2.0)
        for number in range(rounds.count):
            rounds.step(f"django: lunas, round {number + 1}")
            ours.append(await saturate(lunas, rounds.seconds))
            rounds.step(f"django: django-payments, round {number + 1}")
            theirs.append(await saturate(peer, rounds.seconds))
    rates = [[load.rate for load in loads] for loads in (ours, theirs)]
    return Measured(
        [
            Figure("create ÷ django-payments' create", ratios(*rates), bound=Bound(least=10)),
            rate_of("create", ours),
            rate_of("django-payments create", theirs),
            p99_of("create p99", ours),
            p99_of("django-payments create p99", theirs),
        ]
    )
