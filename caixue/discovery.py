"""Finding classes by walking a package: a new device is a new file, and no list of devices is kept anywhere."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import TypeVar

Class = TypeVar("Class")


def classes_by_kind(package: ModuleType, base: type[Class]) -> Mapping[str, type[Class]]:
    """Every subclass of `base` that has a card, by the kind on it, from all modules of `package`."""
    found: dict[str, type[Class]] = {}
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        module = importlib.import_module(f"{package.__name__}.{name}")
        for value in vars(module).values():
            own = isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
            if own and hasattr(value, "card"):
                found[value.card.kind] = value
    return found
