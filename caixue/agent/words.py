"""Words of a device or of an error as the ledger can take them: what steers a terminal is written out, what is endless is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST = 500  # characters of one text
_SPACES = "\t\n\u3000\xa0"


def plain(text: str, longest: int = LONGEST) -> str:
    """The text with its control characters written as `\\x1b`, at most `longest` characters of it."""
    text = text[:longest]
    return "".join(each if each.isprintable() or each in _SPACES else ascii(each)[1:-1] for each in text)[:longest]


def plain_data(data: Any) -> Any:
    """The data of an event with every text in it made plain."""
    if isinstance(data, str):
        return plain(data)
    if isinstance(data, Mapping):
        return {key: plain_data(value) for key, value in data.items()}
    return [plain_data(value) for value in data] if isinstance(data, list | tuple) else data
