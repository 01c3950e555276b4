"""Joins the wallet of `POST /pos` to its open connections and to the clock."""

from datetime import timedelta

from sandbox.clock import VirtualClock
from sandbox.gate import Call
from sandbox.lines import Lines
from sandbox.scenario import Scenario
from sandbox.taps import Tap
from sandbox.timers import Effect
from sandbox.wallet import Wallet

HELD_CALLS = 15_000


class Switchboard:
    """The only place where the wallet meets the event loop and the clock."""

    def __init__(
        self, wallet: Wallet, clock: VirtualClock, *, held_calls: int = HELD_CALLS
    ) -> None:
        self.wallet = wallet
        self.clock = clock
        self._lines = Lines(wallet, clock, most=held_calls)

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return self._lines.is_full

    @property
    def held(self) -> int:
        """How many calls are open."""
        return self._lines.held

    async def ask(
        self, *, app_id: str, random: str, hmac: str, body: bytes, is_json: bool
    ) -> Effect:
        """Hand a message to the wallet and wait for what becomes of the call."""

        def begin(number: int) -> list[Effect]:
            return self.wallet.hear(Call(number, app_id, random, hmac, body, is_json), self.clock())

        return await self._lines.hold(begin)

    def tap(self, push_id: str, tap: Tap) -> None:
        """Let a person act. Raises UnknownPushError or EndedPushError."""
        self._lines.carry_out(self.wallet.tap(push_id, tap, self.clock()))

    def advance(self, by: timedelta) -> None:
        """Move the virtual clock, and let happen what falls due by it. Raises ValueError."""
        self.clock.advance(by)
        self._lines.wake()

    def change(self, scenario: Scenario) -> None:
        """Do as this scenario says from now on."""
        self.wallet.change(scenario, self.clock())
        self._lines.arm()

    def reset(self, scenario: Scenario) -> None:
        """Cut every held call and forget every push."""
        self._lines.cut_all()
        self.clock.restore()
        self.wallet.reset(scenario, self.clock())
        self._lines.arm()

    def close(self) -> None:
        """Cut every held call, and those that come yet."""
        self._lines.close()
