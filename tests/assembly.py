"""Whether a house is whole: every port is one, and every use case has every field."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from dependency_injector import providers

from bootstrap.container import Core


def use_cases(core: Core) -> Mapping[str, object]:
    """Everything that the container makes of the ports, by name."""
    made = {
        name: provider()
        for name, provider in core.providers.items()
        if isinstance(provider, providers.Singleton)
    }
    return {name: thing for name, thing in made.items() if is_dataclass(thing)}


def assert_whole(core: Core) -> None:
    """Every dependency is of its kind, and no field of a use case was forgotten."""
    core.check_dependencies()
    for name, provider in core.providers.items():
        if isinstance(provider, providers.Dependency):
            given = provider()
            assert isinstance(given, provider.instance_of), f"{name} is a {type(given).__name__}"
            assert given is not None, f"{name} was not given"
    made = use_cases(core)
    assert len(made) >= 20
    for name, use_case in made.items():
        assert is_dataclass(use_case)
        for field in fields(use_case):
            assert getattr(use_case, field.name) is not None, f"{name}.{field.name}"
