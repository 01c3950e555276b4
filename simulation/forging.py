"""Notifications that nobody meant: by whom they are signed, and what is not true of them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, final

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.provider import Letter, Telling
from sandbox.acquirer.wire import Post
from simulation.dice import Dice
from simulation.mixing import TOLD_AT, Mixture

if TYPE_CHECKING:
    from simulation.house import House

Bring = Callable[[Post, str, str, str], None]
"""Takes a notification, its provider, the charge that it tells of, and how it was forged."""
NOBODYS_KEY = "nobodys-key"
WRONG_KEY, OTHER_MERCHANT, WRONG_AMOUNT = "wrong_key", "other_merchant", "wrong_amount"
CHANGED_AMOUNT, OTHER_REFERENCE, CHANGED_STATUS = (
    "changed_amount",
    "other_reference",
    "changed_status",
)
_ANYWHERE = (WRONG_KEY, OTHER_MERCHANT, WRONG_AMOUNT)
_SIGNED = (*_ANYWHERE, CHANGED_AMOUNT, OTHER_REFERENCE)
KINDS = {
    "ovo_qris": _SIGNED,
    "doku": _SIGNED,
    "midtrans": (*_SIGNED, CHANGED_STATUS),
    # A token vouches for them and nothing signs their bodies: whoever has it writes what they like.
    "xendit": _ANYWHERE,
}


@final
class Forger:
    """Writes of a charge that its customer may still pay that it is paid."""

    def __init__(self, house: "House", mix: Mixture, bring: Bring) -> None:
        self._house = house
        self._mix = mix
        self._bring = bring

    def opened(self, charge: Charge) -> None:
        """There is a charge to lie about."""
        house = self._house
        dice = house.dice_of(charge.reference.encode().hex(), 71)
        if charge.provider in KINDS and dice.chance(house.switches.notice_forged):
            kind = dice.one_of(KINDS[charge.provider])
            when = dice.seconds(0, 240)
            house.world.after(when, partial(self._forge, charge, kind, dice))

    def _forge(self, charge: Charge, kind: str, dice: Dice) -> None:
        letter = self._letter(charge, kind, dice)
        if letter is not None:
            post = Post(0, TOLD_AT + charge.provider, letter.headers, letter.body)
            self._bring(post, charge.provider, charge.id, kind)

    def _letter(self, charge: Charge, kind: str, dice: Dice) -> Letter | None:
        told = partial(self._told, charge)
        match kind:
            case "wrong_key":
                return told(secret=NOBODYS_KEY)
            case "other_merchant":
                return told(other=True)
            case "wrong_amount":
                return told(more=1 + dice.number(1_000))
            case "changed_amount":
                more = 1 + dice.number(1_000)
                amounts = charge.amount + more, charge.amount
                return _changed(told(more=more), *(b"%d" % amount for amount in amounts))
            case "other_reference":
                of_another = charge.reference[:-1] + ("0" if charge.reference[-1] != "0" else "1")
                references = of_another.encode(), charge.reference.encode()
                return _changed(self._of(charge, of_another), *references)
            case _:
                return _changed(told(state=State.WAITING), b'"pending"', b'"settlement"')

    def _told(
        self,
        charge: Charge,
        *,
        state: State = State.PAID,
        more: int = 0,
        secret: str | None = None,
        other: bool = False,
    ) -> Letter:
        provider = self._mix.roads.exchange.providers[charge.provider]
        partner = provider.partners.beside(charge.partner) if other else charge.partner
        return provider.letter(
            Telling(
                charge=charge,
                state=state,
                amount=charge.amount + more,
                partner=partner,
                secret=secret or provider.secret_of(partner),
                at=self._house.world.now,
                url=TOLD_AT + charge.provider,
            )
        )

    def _of(self, charge: Charge, reference: str) -> Letter:
        """A true one of a charge of the same amount, by another name."""
        mine, charge.reference = charge.reference, reference
        try:
            return self._told(charge)
        finally:
            charge.reference = mine


def _changed(letter: Letter, before: bytes, after: bytes) -> Letter | None:
    """The letter with something changed after it was signed; None where that is not in it."""
    if before not in letter.body:
        return None
    return Letter(letter.headers, letter.body.replace(before, after))
