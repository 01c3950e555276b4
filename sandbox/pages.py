"""The pages for people: a customer's phone, and the index. Plain HTML that needs no script."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from math import ceil

from aiohttp import web

from sandbox.answers import JAKARTA
from sandbox.behaviour import BEHAVIOURS
from sandbox.icons import CROSS, RECEIPT, TICK, WALLET
from sandbox.magic import AMOUNTS, PHONES
from sandbox.phones import masked
from sandbox.push import Push, State
from sandbox.sheet import Sheet, rupiah
from sandbox.templates import CARD, EMPTY, HANDSET, INDEX

SHOWN_PUSHES = 5
SHOWN_HISTORY = 8
SHOWN_PHONES = 50
_RESULT_STAYS = timedelta(seconds=8)

_WORDS = {
    State.PAID: ("Berhasil", "Paid", "good"),
    State.FAILED: ("Gagal", "Failed", "bad"),
    State.ENDED: ("Tidak dijawab", "Not answered", ""),
    State.REVERSED: ("Dibatalkan", "Reversed", ""),
    State.VOIDED: ("Dikembalikan", "Returned", ""),
}


class Pages:
    """Builds whole pages."""

    def __init__(self) -> None:
        self._sheet = Sheet()

    def phone(self, phone: str, pushes: Sequence[Push], now: datetime) -> web.Response:
        """The customer's phone: what waits, what just happened, and what came before."""
        waiting = [push for push in pushes if push.state is State.WAITING]
        ended = sorted(
            (push for push in pushes if push.ended_at is not None),
            key=lambda push: push.ended_at or now,
            reverse=True,
        )
        cards = "".join(_card(push, phone, now) for push in waiting[:SHOWN_PUSHES])
        if not waiting:
            cards = _result(ended[0]) if ended and _is_fresh(ended[0], now) else ""
            cards += EMPTY
        if len(waiting) > SHOWN_PUSHES:
            more = len(waiting) - SHOWN_PUSHES
            cards += f'<p class="center">+{more} lagi <span class="en" lang="en">more</span></p>'
        body = HANDSET.format(
            wallet=WALLET,
            phone=masked(phone),
            cards=cards,
            history=_history(ended[:SHOWN_HISTORY]),
        )
        return self._sheet.page("Dompet Uji", body, "handset", refresh=True)

    def index(self, pushes: Sequence[Push], held: int, scenario: str) -> web.Response:
        """The first page: open pushes, a way to any phone, and the magic tables."""
        rows = "".join(
            f'<tr><td class="n">{masked(push.phone)}</td><td>{escape(push.account.store_name)}</td>'
            f'<td class="n">{rupiah(push.request.amount)}</td><td>{push.state.value}</td>'
            f'<td><a href="/open/{push.id}">Buka / Open</a></td></tr>'
            for push in pushes[:SHOWN_PHONES]
        )
        body = INDEX.format(
            pushes=rows or '<tr><td colspan="5">Belum ada tagihan · No pushes yet</td></tr>',
            held=held,
            scenario=escape(scenario),
            phones=_magic_rows(PHONES),
            amounts=_magic_rows({rupiah(amount): name for amount, name in AMOUNTS.items()}),
        )
        return self._sheet.page("Lunas sandbox", body, "", refresh=False)

    def missing(self, indonesian: str, english: str) -> web.Response:
        """A page that says that there is no such thing."""
        body = (
            f'<main class="wide"><div class="card center">{CROSS}<h2>{indonesian}</h2>'
            f'<span class="en" lang="en">{english}</span><p><a href="/">Lunas sandbox</a></p>'
            "</div></main>"
        )
        return self._sheet.page("Tidak ada", body, "", refresh=False, status=404)


def _card(push: Push, phone: str, now: datetime) -> str:
    seconds = max(0.0, (push.window_ends_at - now).total_seconds())
    window = max(0.001, (push.window_ends_at - push.heard_at).total_seconds())
    shop, amount = escape(push.account.store_name), rupiah(push.request.amount)
    return CARD.format(
        shop=shop,
        initial=escape(push.account.store_name[:1].upper()),
        invoice=escape(push.request.invoice),
        amount=amount,
        seconds=ceil(seconds),
        window=f"{window:.3f}",
        gone=f"{window - seconds:.3f}",
        lasts=f"{seconds:.3f}",
        action=f"/phones/{phone}/{push.id}",
    )


def _is_fresh(push: Push, now: datetime) -> bool:
    return push.ended_at is not None and now - push.ended_at < _RESULT_STAYS


def _result(push: Push) -> str:
    indonesian, english, kind = _WORDS[push.state]
    icon = {"good": TICK, "bad": CROSS}.get(kind, RECEIPT)
    return (
        f'<section class="card result {kind}" role="status">{icon}<div><b>{indonesian}: '
        f'{rupiah(push.request.amount)}</b><span class="en" lang="en">{english} · '
        f"{escape(push.account.store_name)}</span></div></section>"
    )


def _history(ended: Sequence[Push]) -> str:
    if not ended:
        return ""
    rows = "".join(_history_row(push) for push in ended)
    return f'<h3>Riwayat<span class="en" lang="en">History</span></h3><ul class="card">{rows}</ul>'


def _history_row(push: Push) -> str:
    indonesian, english, kind = _WORDS[push.state]
    assert push.ended_at is not None
    return (
        f'<li><span>{escape(push.account.store_name)}</span><span class="sum">'
        f"{rupiah(push.request.amount)}</span><small>"
        f"{push.ended_at.astimezone(JAKARTA):%H.%M.%S} WIB</small>"
        f'<span class="chip {kind}">{indonesian} · <span lang="en">{english}</span></span></li>'
    )


def _magic_rows(table: dict[str, str]) -> str:
    return "".join(
        f'<tr><td class="n">{key}</td><td>{name}</td>'
        f"<td>{escape(BEHAVIOURS[name].meaning)}</td></tr>"
        for key, name in table.items()
    )
