"""The route that asks a wallet about a number."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.inbound.http.answers import InquiryAnswer
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.models import InquiryRequest
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply, json_reply
from application.start_payment import AccountStopped
from domain.merchant import OVO_PUSH
from domain.msisdn import Msisdn


@dataclass(frozen=True, slots=True)
class PhoneRoutes:
    """A bounded question that moves nothing."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """The operation with its view."""
        return ((INQUIRE, self.inquire),)

    def inquire(self, environ: Environ) -> Reply:
        """POST /v1/phone_inquiries"""
        call = self.desk.plain_call(environ)
        phone = Msisdn.parse(call.body(InquiryRequest).phone)
        provider = self.desk.providers_by_method.get(OVO_PUSH)
        if provider is None:
            raise AccountStopped
        question = self.desk.door.inquire_phone(call.caller, provider, phone)
        return json_reply({"registered": self.desk.inquiries.ask(question)})


INQUIRE = Operation(
    name="inquire_phone",
    method="POST",
    path="/v1/phone_inquiries",
    tag="Phones",
    summary="Ask whether a number has a wallet; nothing moves",
    body=InquiryRequest,
    answers={200: InquiryAnswer},
    refusals=(
        Code.PROVIDER_REJECTED,
        Code.PROVIDER_MISCONFIGURED,
        Code.PROVIDER_UNAVAILABLE,
        Code.QUEUE_FULL,
    ),
)
