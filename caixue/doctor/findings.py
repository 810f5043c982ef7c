"""What a check finds, and how checks are run: whatever goes wrong inside one is a finding, never a traceback, and never OK."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from caixue.errors import CaixueError
from caixue.lang import tr


class State(StrEnum):
    """How a check ended; unknown is never good."""

    OK = "OK"
    WARN = "WARN"
    CRIT = "CRIT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    check: str
    state: State
    text: str
    hint: str = ""  # what to do

    def data(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {"check": self.check, "state": self.state.value, "text": self.text, "hint": self.hint}


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, and what finds."""

    name: str
    look: Callable[[], Iterable[Finding]]


def examine(checks: Iterable[Check]) -> Findings:
    """Every finding of these checks, in order; a check that finds nothing is unknown."""
    for check in checks:
        try:
            found = list(check.look())
        except CaixueError as error:
            found = [Finding(check.name, State.CRIT, str(error))]
        except Exception as error:
            found = [Finding(check.name, State.UNKNOWN, f"{type(error).__name__}: {error}"[:300])]
        yield from found or [Finding(check.name, State.UNKNOWN, tr("没有可查的", "nothing to look at"))]


def worst(findings: Iterable[Finding]) -> State:
    """The gravest of them; unknown counts between a warning and a critical one."""
    order = (State.OK, State.WARN, State.UNKNOWN, State.CRIT)
    return max((finding.state for finding in findings), key=order.index, default=State.UNKNOWN)
