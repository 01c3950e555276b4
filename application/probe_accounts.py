"""Find out whether a provider takes a merchant's account again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.confirm_payment import PROBE_EVERY
from application.ports import AccountRepository, Charge, Clock, NotFound, PaymentRepository
from application.push_payments import charge_of
from domain.merchant import ProviderAccount
from domain.outcome import Doubt, NotSent, Outcome, Unknown
from domain.provider import Provider

_NO_ANSWER = frozenset({Doubt.SILENCE, Doubt.CUT, Doubt.EMPTY_404, Doubt.GARBAGE})


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that moves nothing: what became of the attempt that the provider refused."""

    account: ProviderAccount
    charge: Charge


@dataclass(frozen=True, slots=True)
class ProbeAccounts:
    """Say which stopped accounts to probe now, and let one go on once it is answered again."""

    payments: PaymentRepository
    accounts: AccountRepository
    provider: Provider
    clock: Clock

    def due(self) -> Sequence[Probe]:
        """The probes whose time has come; each is put off by a minute first."""
        now = self.clock().at
        probes = []
        for account in self.accounts.stopped(self.provider.name):
            stop = account.stopped
            if stop is None or stop.probe_at > now:
                continue
            later = replace(stop, probe_at=now + PROBE_EVERY)
            if not self.accounts.set_stop(account, later):
                continue  # it was given other credentials just now
            try:
                payment = self.payments.get(stop.payment_id)
            except NotFound:
                continue
            if payment.attempts:
                attempt = payment.attempts[-1]
                charge = charge_of(payment, attempt, account, self.provider, since=attempt.claimed)
                probes.append(Probe(account, charge))
        return probes

    def record(self, probe: Probe, answer: Outcome) -> bool:
        """Any answer but a refusal of the account itself lets it go on; tells whether it does.

        An account that was given other credentials meanwhile is left as it is.
        """
        match answer:
            case NotSent():
                return False
            case Unknown(doubt=doubt, stops_account=stops):
                if stops or doubt in _NO_ANSWER:
                    return False
            case _:
                pass
        asked = probe.account
        account = self.accounts.get(asked.merchant_id, asked.provider, livemode=asked.livemode)
        return account.stopped is not None and self.accounts.set_stop(asked, None)
