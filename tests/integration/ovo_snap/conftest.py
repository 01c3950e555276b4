"""Every test of the SNAP wire runs on both event loops."""

from tests.integration.wire.servers import run

__all__ = ["run"]
