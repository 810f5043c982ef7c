"""Engineers who are not on site (contract R2): they answer the telephone, guide a nurse through what she can do, or come."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from caixue.ops.incidents import SYMPTOMS, Incident, Incidents, Report
from caixue.ops.telephone import Telephone, call_out
from caixue.units import duration_us
from twin.engineer import Engineers
from twin.faults.catalogue import GENERAL, Fault
from twin.position import Steps
from twin.world import World

GUIDED_WITHIN_S = 300.0  # a repair that usually takes no longer can be done by a nurse who is told how; docs/assumptions.md A-63
GUIDED_FACTOR = 2  # and takes her so many times as long; docs/assumptions.md A-63


class OffSite:
    """These engineers, as a fault can send them away. The first of them has the telephone."""

    def __init__(self, world: World, engineers: Engineers, incidents: Incidents, target: str, names: Sequence[str]) -> None:
        self._world = world
        self._engineers = engineers
        self._incidents = incidents
        self._target = target  # what the fault calls them
        self._names = names
        self._telephone = Telephone(incidents)
        self._answers_us = self._travel_us = 0
        self._arrival: Any = None  # of those who have set out

    def stop(self, reason: str, **detail: Any) -> None:
        """They are off site from now on; who works at something finishes it first."""
        self._answers_us, self._travel_us = duration_us(detail["answers_after"]), duration_us(detail["travel"])
        self._arrival = None
        self._engineers.away.update(self._names)
        self._engineers.by_phone = self.ring

    def resume(self, *, by_itself: bool) -> None:
        """They are back, called or not."""
        self._engineers.away.difference_update(self._names)
        self._engineers.come()

    def ring(self, incident: Incident) -> None:
        """Somebody in the room telephones because of `incident`."""
        self._world.process(self._call(incident))

    def _call(self, incident: Incident) -> Steps:
        rang_us, name, caller = self._world.now_us, self._names[0], f"nurse at {incident.window}" if incident.window else "nurse"
        yield self._world.kernel.timeout(self._answers_us)
        report = Report(incident.device, incident.symptom, incident.window, 0, caller)
        said = f"{incident.window or incident.device} {SYMPTOMS[incident.symptom].zh if incident.symptom in SYMPTOMS else incident.symptom}"
        self._telephone.receive(said, caller=caller, report=report, rang_us=rang_us, answered_us=self._world.now_us, by=name)
        self._incidents.advance(incident, "acknowledged", by=name)
        device, found = self._engineers.look(incident)
        if found is not None and _can_be_guided(found):
            done = yield from self._guide(incident, device, found, caller)
            if done:
                return
        if "on-site" not in incident.steps:
            call_out(self._incidents, incident, person=name, by=caller)
        yield self._on_the_way()
        if "on-site" not in incident.steps:
            self._incidents.advance(incident, "on-site", by=name)
        self._engineers.see_to(incident)

    def _guide(self, incident: Incident, device: str, found: Fault, nurse: str) -> Generator[Any, Any, bool]:
        """The nurse does what she is told; gives whether it works again."""
        self._incidents.advance(incident, "on-site", by=nurse)
        self._incidents.advance(incident, "diagnosed", by=self._names[0], found=found.en)
        yield self._world.kernel.timeout(GUIDED_FACTOR * self._engineers.repair_time(found, incident.device))
        self._engineers.injector.repair(device)
        works = yield from self._engineers.works_again(incident)
        if works:
            self._incidents.advance(
                incident, "restored", by=nurse, part="", action="set right by a nurse, guided by telephone", verified_by=nurse
            )
            self._engineers.give_back(incident)
            self._incidents.advance(incident, "closed", by=self._names[0])
        return works

    def _on_the_way(self) -> Any:
        """The event of their arrival; they set out at the first call that needs them."""
        if self._arrival is None:
            self._arrival = self._world.kernel.timeout(self._travel_us)
            self._arrival.callbacks.append(lambda _event: self._arrive())
        return self._arrival

    def _arrive(self) -> None:
        self._engineers.injector.repair(self._target)
        self.resume(by_itself=False)


def _can_be_guided(found: Fault) -> bool:
    return found.severity == GENERAL and not found.part and found.repair_mean_s <= GUIDED_WITHIN_S
