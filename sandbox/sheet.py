"""A whole page for people: the frame, the style sheet inside it, and what a browser may do."""

import base64
import hashlib
from importlib.resources import files

from aiohttp import web

from sandbox.templates import FRAME

_REFRESH_SECONDS = 3
_SELF = "'self'"


class Sheet:
    """Builds whole pages; the style sheet is read once and travels inside each page."""

    def __init__(self) -> None:
        self._style = (files("sandbox") / "pages.css").read_text("utf-8")

    def page(
        self,
        title: str,
        body: str,
        kind: str,
        *,
        refresh: bool,
        status: int = 200,
        leads_to: str = "",
    ) -> web.Response:
        """A page; `leads_to` is the other origin to which one of its buttons may lead."""
        again = f'<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">' if refresh else ""
        text = FRAME.format(title=title, again=again, style=self._style, kind=kind, body=body)
        forms = f"{_SELF} {leads_to}".rstrip()
        return web.Response(
            text=text, content_type="text/html", status=status, headers=self._headers(forms)
        )

    def _headers(self, forms: str) -> dict[str, str]:
        digest = hashlib.sha256(self._style.encode()).digest()
        allowed = f"'sha256-{base64.b64encode(digest).decode()}'"
        # Attributes may hold style because each countdown has its own length; they hold numbers.
        return {
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src-elem {allowed}; style-src-attr 'unsafe-inline'; "
                f"form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
            ),
            "Referrer-Policy": "same-origin",  # with no-referrer the buttons' Origin is null
            "X-Content-Type-Options": "nosniff",
        }


def rupiah(amount: int) -> str:
    """The amount as Indonesians write it: `Rp 50.000`."""
    return f"Rp {amount:,}".replace(",", ".")
