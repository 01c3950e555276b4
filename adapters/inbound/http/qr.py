"""The routes of a payment's QR code, drawn for the patient's screen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adapters.inbound.http import drawing
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.problems import Code, Refusal
from adapters.inbound.http.replies import Reply, reply
from application.edit_payment import owned
from domain.payment import Payment

SVG, PNG = "image/svg+xml", "image/png"
_HEADERS = {
    # A code is good for a minute; a picture of it is no page, and loads nothing.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_TAG = "Payments"


@dataclass(frozen=True, slots=True)
class QrRoutes:
    """What `next_action.qr` says, as a picture."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return ((AS_SVG, self.svg), (AS_PNG, self.png))

    def svg(self, environ: Environ, payment_id: str) -> Reply:
        """GET /v1/payments/{payment_id}/qr.svg"""
        return self._drawn(environ, payment_id, drawing.svg, SVG)

    def png(self, environ: Environ, payment_id: str) -> Reply:
        """GET /v1/payments/{payment_id}/qr.png"""
        return self._drawn(environ, payment_id, drawing.png, PNG)

    def _drawn(
        self, environ: Environ, payment_id: str, draw: Callable[[str], bytes], kind: str
    ) -> Reply:
        call = self.desk.call(environ)
        call.payment_id(payment_id)
        payment = owned(self.desk.door.payments, call.caller, payment_id)
        return reply(draw(self._shown(payment)), kind=kind, headers=_HEADERS)

    def _shown(self, payment: Payment) -> str:
        """What is to be scanned now; raises Refusal where there is nothing."""
        step = payment.shown(self.desk.door.clock().at)
        if step is None or step.qr is None:
            raise Refusal(Code.NOT_FOUND)
        return step.qr


AS_SVG = Operation(
    name="draw_qr_svg",
    method="GET",
    path="/v1/payments/<payment_id>/qr.svg",
    tag=_TAG,
    summary="The QR code that the customer scans now, as SVG; 404 where there is none",
    answers={200: SVG},
    refusals=(Code.NOT_FOUND,),
)
AS_PNG = Operation(
    name="draw_qr_png",
    method="GET",
    path="/v1/payments/<payment_id>/qr.png",
    tag=_TAG,
    summary="The QR code that the customer scans now, as PNG; 404 where there is none",
    answers={200: PNG},
    refusals=(Code.NOT_FOUND,),
)
