"""What a check finds, and how checks are run: whatever goes wrong inside one is a finding, never a traceback, and never OK."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from caixue.errors import CaixueError
from caixue.lang import tr
from caixue.probes.reading import State as State
from caixue.probes.reading import gravest


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    check: str
    state: State
    text: str
    hint: str = ""  # what to do
    raised: str = ""  # the error's class where the check itself failed: `text` holds its words, whatever they say

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
            found = [Finding(check.name, State.CRIT, str(error), raised=type(error).__name__)]
        except Exception as error:
            found = [Finding(check.name, State.UNKNOWN, f"{type(error).__name__}: {error}"[:300], raised=type(error).__name__)]
        yield from found or [Finding(check.name, State.UNKNOWN, tr("没有可查的", "nothing to look at"))]


def worst(findings: Iterable[Finding]) -> State:
    """The gravest of them; unknown counts between a warning and a critical one."""
    return gravest(finding.state for finding in findings)
