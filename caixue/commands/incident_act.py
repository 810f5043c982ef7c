"""One act on one incident, from the command line: looked up, done once for each operation id, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caixue.commands.common import noted

if TYPE_CHECKING:
    from caixue.commands.incident_desk import IncidentDesk
    from caixue.events import Event
    from caixue.ops.register import Incident

Doing = Callable[["IncidentDesk", "Incident"], "list[Event]"]


@dataclass(frozen=True, slots=True)
class Act:
    """What every command that changes an incident is given."""

    number: str
    site: str | None
    ledger: str | None
    by: str | None
    op: str
    as_json: bool

    def do(self, doing: Doing) -> None:
        """Do it, unless the same operation has been noted before, and say where the incident stands."""
        from caixue.commands.incident_desk import at_desk

        with at_desk(self.site, self.ledger, self.by) as desk:
            incident = desk.incidents.named(self.number)
            events = desk.desk.done_before(self.op) or doing(desk, incident)
            told = desk.told(incident)
        noted(events, as_json=self.as_json, say=lambda: told)


def step(state: str, op: str, **data: str) -> Doing:
    """The next step of an incident."""
    return lambda desk, incident: desk.incidents.advance(incident, state, by=desk.desk.person, op=op, **data)
