"""Which language people read: Chinese unless CAIXUE_LANG says otherwise."""

from __future__ import annotations

import os


def english() -> bool:
    """True when the user asked for English with CAIXUE_LANG=en."""
    return os.environ.get("CAIXUE_LANG", "zh").lower().startswith("en")


def tr(zh: str, en: str) -> str:
    """The text in the user's language."""
    return en if english() else zh
