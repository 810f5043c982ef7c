"""The way of drawn tubes out of the room: into a tray beside the belt, over the belt and the sorter to the laboratory.

While the belt stands, trays fill: at half a tray a porter is called, and a window whose tray is full calls no more patients.
"""

from __future__ import annotations

from collections.abc import Callable

from caixue.drivers.sorter import REJECT
from caixue.journal import Recorder
from caixue.site import Transport
from twin.devices.conveyor import ConveyorModel
from twin.devices.sorter import SorterModel
from twin.laboratory import Laboratory
from twin.position import Position, Rank
from twin.room import Room
from twin.things import Tube
from twin.workload import Patient
from twin.world import World

TRAY_FULL = "tray-full"
CALL_SHARE = 0.5  # of a full tray, when the porter is called; docs/assumptions.md A-83
BY_HAND_US = 600_000_000  # until a tube in a wrong lane, or in that for unread ones, has been found and put right; docs/assumptions.md A-82


class Belt:
    """Joins the windows, the conveyor and the sorter (if there is one) to the laboratory."""

    def __init__(
        self,
        world: World,
        room: Room,
        recorder: Recorder,
        laboratory: Laboratory,
        transport: Transport,
        conveyor: ConveyorModel,
        sorter: SorterModel | None,
    ) -> None:
        self.name = conveyor.name
        self._world = world
        self._room = room
        self._recorder = recorder
        self._laboratory = laboratory
        self._transport = transport
        self._conveyor = conveyor
        self._owners: dict[int, Patient] = {}  # tube number → patient, for every tube in a tray, on the belt or at the sorter
        self._places = {self._at_mm(position): position for position in room.positions}
        self._full: list[Position] = []
        self._calls: list[Position] = []
        self._porter_away = False
        conveyor.on_loaded = self._taken
        conveyor.exit = sorter.take if sorter is not None else self._leave
        if sorter is not None:
            sorter.deliver = self._deliver

    @property
    def under_way(self) -> int:
        """How many tubes are in trays, on the belt or at the sorter."""
        return len(self._owners)

    def windows_stopped(self) -> int:
        """How many windows call no patients because their tray is full."""
        return sum(not position.fallback for position in self._full)

    def send(self, position: Position, patient: Patient, tubes: list[Tube]) -> None:
        """Tubes with `patient`'s blood come into the tray of `position`."""
        if tubes:
            self._owners.update(dict.fromkeys((tube.number for tube in tubes), patient))
            self._conveyor.place(self._at_mm(position), tubes)
            self._check(position)

    def _at_mm(self, position: Position) -> float:
        return position.index * self._transport.window_spacing_mm

    # trays

    def _taken(self, at_mm: float) -> None:
        """The belt has taken a tube out of the tray there."""
        if self._full:
            self._check(self._places[at_mm])

    def _check(self, position: Position) -> None:
        """After a tray has changed: call the porter, stop the window, or let it go on."""
        waiting, most = self._conveyor.waiting(self._at_mm(position)), self._transport.tray_tubes
        if position in self._full:
            if waiting < most:
                self._go_on(position)
        elif not self._conveyor.speed_mm_s:
            if waiting >= CALL_SHARE * most and position not in self._calls:
                self._call_porter(position, waiting)
            if waiting >= most:
                self._stop(position)

    def _stop(self, position: Position) -> None:
        self._full.append(position)
        position.stopped += 1
        self._room.block(position, self.name, TRAY_FULL)

    def _go_on(self, position: Position) -> None:
        self._full.remove(position)
        position.stopped -= 1
        if position.blocks == [TRAY_FULL]:
            self._room.unblock(position)
        elif not position.stopped:
            self._room.come_back(position)  # something else has happened there meanwhile: it must work again first

    # the porter

    def _call_porter(self, position: Position, tubes: int) -> None:
        self._calls.append(position)
        self._recorder.note("porter.called", position.name, actor="nurse", tubes=tubes)
        if not self._porter_away:
            self._porter_away = True
            self._later(self._transport.porter_us, self._collect)

    def _collect(self) -> None:
        """The porter goes round all trays, and on foot to the laboratory."""
        way_us = self._laboratory.way_us(self._transport.mean_us)
        for at_mm, position in self._places.items():
            tubes = self._conveyor.take_away(at_mm)
            if tubes:
                self._recorder.note("porter.left", position.name, actor="porter", tubes=len(tubes))
            for tube in tubes:
                self._laboratory.expect(self._owners.pop(tube.number), [tube], way_us)
        self._calls.clear()
        for position in [*self._full]:
            self._check(position)
        self._later(way_us, self._porter_is_free)

    def _porter_is_free(self) -> None:
        self._porter_away = bool(self._calls)
        if self._calls:
            self._later(self._transport.porter_us, self._collect)

    def _later(self, after_us: int, action: Callable[[], None]) -> None:
        event = self._world.kernel.ranked(self._world.now_us + after_us, Rank.TRANSPORT, 0)
        event.callbacks.append(lambda _event: action())

    # the belt's end

    def _leave(self, tube: Tube) -> bool:
        self._laboratory.expect(self._owners.pop(tube.number), [tube], self._laboratory.way_us(self._transport.beyond_belt_us))
        return True

    def _deliver(self, tube: Tube, lane: int, meant: int) -> None:
        by_hand_us = BY_HAND_US if lane != meant or meant == REJECT else 0
        way_us = self._laboratory.way_us(self._transport.beyond_belt_us)
        self._laboratory.expect(self._owners.pop(tube.number), [tube], way_us + by_hand_us)
