"""QR codes as pictures: the one door to the library that draws them."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

SCALE = 8
"""Pixels of a module's edge: a patient's telephone is held at an arm's length from a screen."""
QUIET_ZONE = 4
"""Modules of white around it, as the standard of QR codes asks for."""
LONGEST = 1_024
"""Signs at most: twice what a payment's code holds."""


def svg(text: str) -> bytes:
    """A picture of any size; raises ValueError for what is no code of a payment."""
    picture = BytesIO()
    _code(text).save(
        picture, kind="svg", scale=SCALE, border=QUIET_ZONE, omitsize=True, title="QRIS"
    )
    return picture.getvalue()


def png(text: str) -> bytes:
    """A picture in black and white; raises ValueError for what is no code of a payment."""
    picture = BytesIO()
    _code(text).save(picture, kind="png", scale=SCALE, border=QUIET_ZONE)
    return picture.getvalue()


def _code(text: str) -> "QRCode":
    # Most processes never draw.
    import segno  # noqa: PLC0415 - see above

    if not 0 < len(text) <= LONGEST:
        raise ValueError("no code of a payment is so long, or empty")
    # M bears 15 % of a screen's glare and scratches; more would make the modules smaller.
    return segno.make_qr(text, error="m", boost_error=False)
