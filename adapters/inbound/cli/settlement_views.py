"""Settlement files for people and for programs: phones are masked wherever they may have got in."""

from collections import Counter
from collections.abc import Mapping, Sequence

from adapters.inbound.cli.show import NONE, Mark, mode, rfc3339, say, show_table, text_of, wib
from application.compare_settlement import Agreement, Compared
from domain.money import Money
from domain.msisdn import without_numbers
from domain.settlement import LineKind, SettlementFile, SettlementLine, Sums

TOGETHER = 1_000
"""Lines in one table: a longer file is shown in several, so that the first is there soon."""
_SIGNS: Mapping[Agreement, tuple[str, str]] = {
    Agreement.AGREES: ("✓", "green"),
    Agreement.NOT_KNOWN: ("?", "yellow"),
    Agreement.REFERENCE_DIFFERS: ("✗", "red"),
    Agreement.AMOUNT_DIFFERS: ("✗", "bold red"),
    Agreement.STATUS_DIFFERS: ("✗", "red"),
    Agreement.DUPLICATE: ("✗", "red"),
}


def view(file: SettlementFile, compared: Sequence[Compared]) -> None:
    """The lines, what they add up to, and each bad line."""
    columns = ("Line", "When", "Kind", "Reference", "Gross", "Fee", "PPN", "Net", "Here", "Payment")
    for start in range(0, len(compared), TOGETHER):
        show_table(columns, [_row(each) for each in compared[start : start + TOGETHER]])
        say("")
    back = file.sums_of(LineKind.REFUND, LineKind.VOID)
    sums = [("payments", file.sums_of(LineKind.PAYMENT)), ("given back", back), ("sum", file.sums)]
    if file.told is not None:
        sums.append(("the file's own total", file.told))
    show_table(("Of", "Lines", "Gross", "Fee", "PPN", "Net"), [_sum(*each) for each in sums])
    if file.bad:
        say("")
        show_table(
            ("Line", "Column", "What is wrong", "What to do"),
            [(str(bad.number), text_of(bad.column), bad.problem, bad.fix) for bad in file.bad],
        )


def verdict(file: SettlementFile, compared: Sequence[Compared]) -> None:
    """All of it in one line, and by what the same file is known again."""
    counts = Counter(each.agreement for each in compared)
    told = ", ".join(f"{counts[word]} {_words(word)}" for word in Agreement if counts[word])
    say("")
    say(
        f"{file.provider}: rows {file.rows}, lines {len(file.lines)} ({told or 'none'}), "
        f"bad lines {len(file.bad)}; digest {file.digest[:16]}."
    )


def as_plain(file: SettlementFile, compared: Sequence[Compared]) -> dict[str, object]:
    """The same as JSON; amounts are whole rupiah of any size, below zero where money went back."""
    counts = Counter(each.agreement for each in compared)
    return {
        "provider": file.provider,
        "digest": file.digest,
        "rows": file.rows,
        "sums": _plain_sums(file.sums),
        "total_row": None if file.told is None else _plain_sums(file.told),
        "agreement": {word.value: counts[word] for word in Agreement},
        "bad_lines": [
            {"line": bad.number, "column": bad.column, "problem": bad.problem, "fix": bad.fix}
            for bad in file.bad
        ],
        "lines": [_plain(each) for each in compared],
    }


def _row(each: Compared) -> tuple[str | Mark, ...]:
    line = each.line
    sign, style = _SIGNS[each.agreement]
    return (
        str(line.number),
        wib(line.at),
        line.kind.value,
        text_of(_safe(line.reference)),
        *(signed(amount) for amount in (line.gross, line.fee, line.vat, line.net)),
        Mark(f"{sign} {_words(each.agreement)}", style),
        _payment(each),
    )


def _payment(each: Compared) -> str:
    """Its payment as it is here, and of which mode."""
    if each.payment_id is None:
        return NONE
    return f"{mode(each.livemode).text} {each.payment_id} ({each.status}, {each.amount})"


def _sum(name: str, sums: Sums) -> tuple[str, ...]:
    amounts = (sums.gross, sums.fee, sums.vat, sums.net)
    return name, str(sums.count), *(signed(amount) for amount in amounts)


def signed(amount: int) -> str:
    """`Rp 50.000`, `-Rp 50.000`."""
    return f"-{Money(-amount)}" if amount < 0 else str(Money(amount))


def _words(agreement: Agreement) -> str:
    return agreement.value.replace("_", " ")


def _safe(text: str | None) -> str | None:
    return None if text is None else without_numbers(text)


def _plain(each: Compared) -> dict[str, object]:
    line: SettlementLine = each.line
    return {
        "line": line.number,
        "kind": line.kind.value,
        "at": rfc3339(line.at),
        "reference": _safe(line.reference),
        "batch_no": line.batch_no,
        "reference_no": line.reference_no,
        "approval_code": _safe(line.approval_code),
        "provider_reference": _safe(line.provider_reference),
        "refund": _safe(line.refund),
        "gross": line.gross,
        "fee": line.fee,
        "vat": line.vat,
        "net": line.net,
        "customer": line.customer,
        "agreement": each.agreement.value,
        "payment_id": each.payment_id,
        "livemode": each.livemode,
        "payment_status": None if each.status is None else each.status.value,
        "payment_amount": None if each.amount is None else each.amount.rupiah,
    }


def _plain_sums(sums: Sums) -> dict[str, int]:
    return {
        "count": sums.count,
        "gross": sums.gross,
        "fee": sums.fee,
        "vat": sums.vat,
        "net": sums.net,
    }
