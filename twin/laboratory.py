"""The way to the laboratory, and what the laboratory finds when it scans the tubes that arrive."""

from __future__ import annotations

from caixue.events import Event
from caixue.journal import Recorder
from twin.chance import Chance
from twin.people import lognormal_parameters
from twin.position import Rank
from twin.things import TRANSPORT_SD_SHARE, Tube
from twin.workload import Patient
from twin.world import World

KINDS = ("label.created", "label.verified")  # what the laboratory system is told


class Laboratory:
    """Receives specimens and rejects those whose label is not what it should be, as a laboratory system does."""

    def __init__(self, world: World, recorder: Recorder, chance: Chance, mean_us: int) -> None:
        self._world = world
        self._recorder = recorder
        self._dice = chance.stream("transport")
        self._mean_us = mean_us
        self._parameters: dict[int, tuple[float, float]] = {}
        self._orders: dict[str, tuple[str, str]] = {}  # serial → patient, tube kind: what the system expects
        self._verified: set[str] = set()
        self._received: set[str] = set()
        self.under_way = 0

    def hear(self, event: Event) -> None:
        """Follow the label messages that the laboratory system gets."""
        if event.kind == "label.created":
            self._orders[event.subject] = (event.data["patient"], event.data["tube"])
        elif event.kind == "label.verified":
            self._verified.add(event.subject)

    def send(self, patient: Patient, tubes: list[Tube]) -> None:
        """Tubes with `patient`'s blood leave the window now and go the whole way on foot."""
        if tubes:
            self.expect(patient, tubes, self.way_us(self._mean_us))

    def way_us(self, mean_us: int) -> int:
        """How long a way takes this time that takes `mean_us` on average."""
        if mean_us not in self._parameters:
            self._parameters[mean_us] = lognormal_parameters(mean_us, TRANSPORT_SD_SHARE * mean_us)
        return round(self._dice.lognormvariate(*self._parameters[mean_us]))

    def expect(self, patient: Patient, tubes: list[Tube], after_us: int) -> None:
        """Tubes with `patient`'s blood will arrive `after_us` from now."""
        self.under_way += 1
        event = self._world.kernel.ranked(self._world.now_us + after_us, Rank.TRANSPORT, patient.ticket)
        event.callbacks.append(lambda _event: self._receive(patient.name, tubes))

    def _receive(self, patient: str, tubes: list[Tube]) -> None:
        self.under_way -= 1
        for tube in tubes:
            serial = next((label.readable for label in tube.labels if label.readable is not None), None)
            reason = self._objection(patient, tube, serial)
            subject = serial or f"unlabelled-{tube.number}"
            if reason:
                self._recorder.note("specimen.rejected", subject, actor="laboratory", reason=reason)
            else:
                self._recorder.note("specimen.received", subject, actor="laboratory")

    def _objection(self, patient: str, tube: Tube, serial: str | None) -> str:
        if serial is None or serial not in self._verified:
            return "unverified"
        if self._orders.get(serial) != (patient, tube.kind):
            return "crossed"
        if serial in self._received:
            return "duplicate"
        self._received.add(serial)
        return ""
