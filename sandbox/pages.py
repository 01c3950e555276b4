"""The pages for people: a customer's phone, and the index. Plain HTML that needs no script."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from math import ceil

from aiohttp import web

from sandbox.answers import JAKARTA
from sandbox.behaviour import BEHAVIOURS
from sandbox.bills import Bill
from sandbox.icons import CROSS, RECEIPT, TICK, WALLET
from sandbox.magic import AMOUNTS, PHONES
from sandbox.phones import masked
from sandbox.sheet import Sheet, rupiah
from sandbox.templates import CARD, EMPTY, HANDSET, INDEX

SHOWN_PUSHES = 5
SHOWN_HISTORY = 8
SHOWN_PHONES = 50
_RESULT_STAYS = timedelta(seconds=8)


class Pages:
    """Builds whole pages."""

    def __init__(self) -> None:
        self._sheet = Sheet()

    def phone(self, phone: str, bills: Sequence[Bill], now: datetime) -> web.Response:
        """The customer's phone: what waits, what just happened, and what came before."""
        waiting = [bill for bill in bills if bill.waits]
        ended = sorted(
            (bill for bill in bills if not bill.waits),
            key=lambda bill: bill.ended_at or now,
            reverse=True,
        )
        cards = "".join(_card(bill, phone, now) for bill in waiting[:SHOWN_PUSHES])
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

    def index(self, bills: Sequence[Bill], held: int, scenario: str) -> web.Response:
        """The first page: open pushes, a way to any phone, and the magic tables."""
        rows = "".join(_index_row(bill) for bill in bills[:SHOWN_PHONES])
        body = INDEX.format(
            pushes=rows or '<tr><td colspan="6">Belum ada tagihan · No pushes yet</td></tr>',
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


def _card(bill: Bill, phone: str, now: datetime) -> str:
    seconds = max(0.0, (bill.window_ends_at - now).total_seconds())
    window = max(0.001, (bill.window_ends_at - bill.heard_at).total_seconds())
    shop, amount = escape(bill.shop), rupiah(bill.amount)
    return CARD.format(
        shop=shop,
        initial=escape(bill.shop[:1].upper()),
        invoice=escape(bill.invoice),
        amount=amount,
        seconds=ceil(seconds),
        window=f"{window:.3f}",
        gone=f"{window - seconds:.3f}",
        lasts=f"{seconds:.3f}",
        action=f"/phones/{phone}/{bill.id}",
    )


def _index_row(bill: Bill) -> str:
    phone = "-" if bill.phone is None else masked(bill.phone)
    target = bill.open_at or (None if bill.phone is None else f"/open/{bill.id}")
    opens = "" if target is None else f'<a href="{escape(target)}">Buka / Open</a>'
    return (
        f'<tr><td class="n">{phone}</td><td>{bill.provider}</td><td>{escape(bill.shop)}</td>'
        f'<td class="n">{rupiah(bill.amount)}</td><td>{bill.state}</td><td>{opens}</td></tr>'
    )


def _is_fresh(bill: Bill, now: datetime) -> bool:
    return bill.ended_at is not None and now - bill.ended_at < _RESULT_STAYS


def _result(bill: Bill) -> str:
    indonesian, english, kind = bill.words
    icon = {"good": TICK, "bad": CROSS}.get(kind, RECEIPT)
    return (
        f'<section class="card result {kind}" role="status">{icon}<div><b>{indonesian}: '
        f'{rupiah(bill.amount)}</b><span class="en" lang="en">{english} · '
        f"{escape(bill.shop)}</span></div></section>"
    )


def _history(ended: Sequence[Bill]) -> str:
    if not ended:
        return ""
    rows = "".join(_history_row(bill) for bill in ended)
    return f'<h3>Riwayat<span class="en" lang="en">History</span></h3><ul class="card">{rows}</ul>'


def _history_row(bill: Bill) -> str:
    indonesian, english, kind = bill.words
    assert bill.ended_at is not None
    return (
        f'<li><span>{escape(bill.shop)}</span><span class="sum">'
        f"{rupiah(bill.amount)}</span><small>"
        f"{bill.ended_at.astimezone(JAKARTA):%H.%M.%S} WIB</small>"
        f'<span class="chip {kind}">{indonesian} · <span lang="en">{english}</span></span></li>'
    )


def _magic_rows(table: dict[str, str]) -> str:
    return "".join(
        f'<tr><td class="n">{key}</td><td>{name}</td>'
        f"<td>{escape(BEHAVIOURS[name].meaning)}</td></tr>"
        for key, name in table.items()
    )
