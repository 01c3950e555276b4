"""`pytest tests/unit/domain/test_any_order.py --hypothesis-profile more` looks much longer."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "more",
    max_examples=4_000,
    stateful_step_count=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
