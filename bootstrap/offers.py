"""The providers that can be switched on beside OVO Push to Pay: one line each."""

from collections.abc import Mapping, Sequence

from adapters.outbound.doku.offer import offer as doku
from adapters.outbound.midtrans.offer import offer as midtrans
from adapters.outbound.offer import MakeOffer, Offer
from adapters.outbound.ovo.settlement import SETTLEMENT as OVO_SETTLEMENT
from adapters.outbound.ovo_qris.offer import offer as ovo_qris
from adapters.outbound.ovo_snap.offer import offer as ovo_snap
from adapters.outbound.xendit.offer import offer as xendit
from application.ports import NotificationReader, SettlementReader
from bootstrap.settings import Settings

OVO = "ovo"
OFFERED: Mapping[str, MakeOffer] = {
    "doku": doku,
    "midtrans": midtrans,
    "ovo_qris": ovo_qris,
    "ovo_snap": ovo_snap,
    "xendit": xendit,
}


def offers(settings: Settings) -> Mapping[str, Offer]:
    """Those that the settings switch on; raises ValueError that names the provider."""
    made: dict[str, Offer] = {}
    for name in settings.providers:
        if name != OVO:
            made[name] = _made(name, settings)
    methods = [offer.provider.method for offer in made.values()]
    twice = sorted({method for method in methods if methods.count(method) > 1})
    if twice:
        raise ValueError(f"two providers offer {', '.join(twice)}: switch one off")
    return made


def readers(offered: Mapping[str, Offer]) -> Mapping[str, NotificationReader]:
    """Who reads the notifications of each provider that sends any; its name is its path."""
    told = {name: offer.notifications for name, offer in offered.items()}
    return {name: reader for name, reader in told.items() if reader is not None}


def settlement_reader(settings: Settings, name: str) -> SettlementReader:
    """Who reads that known provider's settlement files, be it switched on or not any more.

    Raises ValueError.
    """
    return OVO_SETTLEMENT if name == OVO else _made(name, settings).settlement


def known() -> Sequence[str]:
    """Every provider that can be switched on."""
    return (OVO, *sorted(OFFERED))


def _made(name: str, settings: Settings) -> Offer:
    make = OFFERED.get(name)
    if make is None:
        raise ValueError(f"LUNAS_PROVIDERS: {name} is none of {', '.join(known())}")
    sandbox = settings.wallet_url.removesuffix("/pos")
    try:
        return make(settings.provider_options.get(name, {}), sandbox)
    except ValueError as wrong:
        raise ValueError(f"LUNAS_PROVIDER_{name.upper()}_…: {wrong}") from None
