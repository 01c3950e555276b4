"""Which providers this sandbox speaks for, and what a file may say of each before the start."""

from collections.abc import Mapping
from random import Random

from sandbox.acquirer.exchange import Exchange, MakeProvider
from sandbox.acquirer.plan import Plan, changed
from sandbox.doku.plan import DokuPlan
from sandbox.doku.provider import Doku
from sandbox.midtrans.plan import MidtransPlan
from sandbox.midtrans.provider import Midtrans
from sandbox.ovo_qris.plan import QrisPlan
from sandbox.ovo_qris.provider import OvoQris
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.ovo_snap.provider import OvoSnap
from sandbox.scenario import ScenarioError
from sandbox.xendit.plan import XenditPlan
from sandbox.xendit.provider import Xendit

MAKERS: Mapping[str, MakeProvider] = {
    "ovo_snap": OvoSnap,
    "ovo_qris": OvoQris,
    "midtrans": Midtrans,
    "xendit": Xendit,
    "doku": Doku,
}
BOOT_PLANS: Mapping[str, Plan] = {
    "ovo_snap": LinkedPlan(),
    "ovo_qris": QrisPlan(),
    "midtrans": MidtransPlan(),
    "xendit": XenditPlan(),
    "doku": DokuPlan(),
}
assert set(MAKERS) == set(BOOT_PLANS)


def exchange_of(plans: Mapping[str, Plan], *, seed: int = 0) -> Exchange:
    """All providers, in one machine without clock and socket."""
    return Exchange(
        list(MAKERS.values()),
        random=Random(seed),  # noqa: S311 # accidents that can be repeated, not secrets
        plans=plans,
    )


def plans_of(value: object, *, notify_url: str | None = None) -> dict[str, Plan]:
    """The plans that an object of providers and their keys describes. Raises ScenarioError.

    `notify_url` may have `{provider}` in it, and is what those have that name no other.
    """
    if not isinstance(value, dict):
        raise ScenarioError({"providers": "an object of providers and their scenarios"})
    if strange := sorted(str(name)[:40] for name in value if name not in BOOT_PLANS):
        raise ScenarioError({name: f"one of {', '.join(BOOT_PLANS)}" for name in strange})
    plans: dict[str, Plan] = {}
    for name, plan in BOOT_PLANS.items():
        given = value.get(name, {})
        if notify_url is not None and isinstance(given, dict):
            given = {"notify_url": notify_url.replace("{provider}", name)} | given
        plans[name] = changed(plan, given)
    return plans
