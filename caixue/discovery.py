"""Finding classes by walking a package and by entry points: a new device is a new file, here or in somebody else's package.

A third party names its driver module in the entry-point group `caixue.drivers` and its model module in `caixue.models`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from types import ModuleType
from typing import TypeVar

from caixue.errors import UsageError

Class = TypeVar("Class")


def modules(package: ModuleType, group: str) -> Iterator[ModuleType]:
    """All modules of `package` by name, then those that installed packages name in the entry-point group `group`.

    Raises UsageError that names the package whose module cannot be loaded.
    """
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        yield importlib.import_module(f"{package.__name__}.{name}")
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            loaded = entry.load()
        except Exception as error:
            owner = entry.dist.name if entry.dist is not None else "?"
            raise UsageError(f"package {owner}: entry point {group}: {entry.name} = {entry.value} cannot be loaded: {error}") from error
        if not isinstance(loaded, ModuleType):
            raise UsageError(f"entry point {group}: {entry.name} = {entry.value} must name a module")
        yield loaded


def classes_by_kind(package: ModuleType, group: str, base: type[Class]) -> Mapping[str, type[Class]]:
    """Every subclass of `base` that has a card, by the kind on it. Raises UsageError when two classes claim one kind."""
    found: dict[str, type[Class]] = {}
    for module in modules(package, group):
        for value in vars(module).values():
            own = isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
            if own and hasattr(value, "card"):
                known = found.setdefault(value.card.kind, value)
                if known is not value:
                    raise UsageError(f"two classes for kind {value.card.kind!r}: {known.__module__} and {value.__module__}")
    return found
