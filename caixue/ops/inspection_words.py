"""What people call the states of an inspection (contract C1, C6.1); OK, WARN, CRIT and UNKNOWN are the ledger's own words."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.lang import tr

STATES: Mapping[str, str] = {"OK": "正常", "WARN": "注意", "CRIT": "严重", "UNKNOWN": "未知", "skipped": "跳过"}


def state_text(state: str) -> str:
    """A state in the user's language."""
    return tr(STATES.get(state, state), state)
