"""A signal that is always lost: whatever is written sets the workers' alarms itself."""

from typing import final

from application.ports import WorkSignal


@final
class Wake(WorkSignal):
    """Lost on purpose (House.schedule)."""

    def wake(self, payment_id: str | None = None) -> None:
        pass
