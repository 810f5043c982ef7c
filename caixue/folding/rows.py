"""What the parts of the fold share: a row being filled, and how rows become columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.day import NEVER
from caixue.events import Event

Row = dict[str, Any]
Takers = Mapping[str, Callable[[Event], None]]


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """The rows turned into columns; no columns where there are no rows."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def time_us(event: Event, key: str) -> int:
    """A time inside the event's data, or NEVER."""
    value = event.data.get(key)
    return NEVER if value is None else int(value)


def word(event: Event, key: str, default: str = "") -> str:
    """A word inside the event's data, or the default where it is missing or empty."""
    return str(event.data.get(key) or default)
