"""Model of the tube dispenser: lanes of real tubes, a colour sensor, jams and mis-loaded racks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from caixue.drivers.tube_dispenser import CARD, LANES
from caixue.ops.slots import lane_of, lane_slot
from caixue.tubes import TUBE_KINDS
from twin.devices.base import Surroundings
from twin.devices.modbus import JobModel, command_codes
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Station, Tube, TubeFactory

JAM, EMPTY, LOCKED, DOUBLE = 1, 2, 3, 4
_ROOM = "judgement in docs/assumptions.md A-09"

FAULTS = (
    Fault("tube-jam", "tube-dispenser", "jam", "试管卡住", "tube jammed", GENERAL, 300.0, 90.0, _ROOM, per="tube", mean_between=5000.0),
    Fault("brief-jam", "tube-dispenser", "brief-jam", "试管轻微卡住，护士可清", "brief jam that a nurse clears", GENERAL, 40.0, 10.0, _ROOM,
          per="tube", mean_between=600.0, nurse_clears=True),
    Fault("lane-empty", "tube-dispenser", "lane-empty", "料道已空", "tube lane empty", GENERAL, 120.0, 30.0, _ROOM, detail={"lane": 5}),
    Fault("wrong-rack", "tube-dispenser", "wrong-rack", "料道装错管架", "a rack of the wrong tubes in a lane", LARGER, 600.0, 120.0, _ROOM,
          detail={"lane": 3, "loaded": "citrate-blue"}),
    Fault("double-pick", "tube-dispenser", "double-pick", "一次出两管，卡在出口", "two tubes picked, held in the gate", GENERAL, 300.0, 90.0, f"TB04; {_ROOM}",
          per="tube", mean_between=5_000.0),
    Fault("lane-locked", "tube-dispenser", "lane-locked", "料道在面板上被锁定", "lane locked at the panel", GENERAL, 120.0, 30.0, _ROOM, detail={"lane": 5}),
    Fault("silence", "tube-dispenser", "silence", "控制器无应答", "controller does not answer", GENERAL, 600.0, 180.0, _ROOM),
)  # fmt: skip


class TubeDispenserModel(JobModel):
    """Lanes hold tubes, whatever kind they really are; the colour sensor sees the real kind."""

    card = CARD
    codes = command_codes(CARD.commands)

    def __init__(self, name: str, station: Station, factory: TubeFactory, lanes: Mapping[int, str], *, capacity: int, low: int, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.station = station
        self.factory = factory
        self.kinds = dict(lanes)
        self.capacity = capacity
        self.low = low
        self.lanes: dict[int, deque[Tube]] = {lane: deque(factory.make(kind) for _ in range(capacity)) for lane, kind in lanes.items()}
        self.locked = 0
        self.colour = 0
        self.dispensed = 0
        self._jams = ""
        self._forced_empty = self._locked_by_hand = 0
        self._wrong_lane = 0
        self._inputs: list[int] | None = None

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> TubeDispenserModel:
        tubes = around.site.tubes
        return cls(name, around.station, around.factory, dict(tubes.lanes), capacity=tubes.lane_capacity, low=tubes.lane_low, unit=unit)

    def used(self) -> Mapping[str, int]:
        return {"tubes": self.dispensed}

    def own_inputs(self) -> list[int]:
        if self._inputs is None:
            empty = sum(1 << (lane - 1) for lane, tubes in self.lanes.items() if not tubes)
            low = sum(1 << (lane - 1) for lane, tubes in self.lanes.items() if len(tubes) <= self.low)
            self._inputs = [self.colour, low, empty, self.locked]
        if self._forced_empty and not self.lanes[self._forced_empty]:
            self.effect("lane-empty")
        if self._locked_by_hand and self.locked >> (self._locked_by_hand - 1) & 1:
            self.effect("lane-locked")
        return self._inputs

    def carry_out(self, command: str, parameter: int) -> int:
        self._inputs = None
        if command == "dispense":
            return self._dispense(parameter)
        bit = 1 << (parameter - 1) if 1 <= parameter <= LANES else 0
        self.locked = self.locked | bit if command == "lock" else self.locked & ~bit
        return 0

    def held(self) -> int:
        """How many tubes lie in the lanes."""
        return sum(map(len, self.lanes.values()))

    def load(self, lane: int, kind: str | None = None, most: int | None = None) -> int:
        """A person fills `lane` to capacity, with `most` tubes at most; gives how many went in."""
        tubes = self.lanes[lane]
        count = self.capacity - len(tubes) if most is None else min(most, self.capacity - len(tubes))
        tubes.extend(self.factory.make(kind or self.kinds[lane]) for _ in range(count))
        self._inputs = None
        if kind is None:
            self._hand_in(lane_slot(lane), count)
        return count

    def low_slots(self) -> tuple[str, ...]:
        return tuple(lane_slot(lane) for lane, tubes in self.lanes.items() if len(tubes) <= self.low and lane != self._wrong_lane)

    def space(self, slot: str) -> int:
        return self.capacity - len(self.lanes[lane_of(slot)])

    def level(self, slot: str) -> int:
        return len(self.lanes[lane_of(slot)])

    def put(self, slot: str, pieces: int) -> None:
        self.load(lane_of(slot), most=pieces)

    def run_down(self, share: float) -> None:
        for tubes in self.lanes.values():
            while len(tubes) > round(share * self.capacity):
                self.station.bin.append(tubes.pop())
        self._inputs = None

    def refill(self) -> dict[str, int]:
        """Fill every lane that is low or empty; a lane in which a wrong rack was found stays as it is."""
        filled: dict[str, int] = {}
        for lane, tubes in self.lanes.items():
            if len(tubes) <= self.low and lane != self._wrong_lane:
                filled[self.kinds[lane]] = filled.get(self.kinds[lane], 0) + self.load(lane)
        return filled

    def _dispense(self, lane: int) -> int:
        if lane not in self.lanes or self.locked >> (lane - 1) & 1:
            return LOCKED
        if self._jams:
            self.effect(self._jams)
            return DOUBLE if self._jams == "double-pick" else JAM
        if not self.lanes[lane]:
            return EMPTY
        tube = self.lanes[lane].popleft()
        self.colour = TUBE_KINDS[tube.kind].colour
        if lane == self._wrong_lane:
            self.effect("wrong-rack")
        self.dispensed += 1
        self.station.arrive(tube)
        return 0

    def begin_jam(self) -> None:
        """The next tube jams."""
        self._jams = "jam"

    def end_jam(self) -> None:
        """A person has cleared the jam."""
        self._jams = ""
        self.alarm = 0

    def begin_brief_jam(self) -> None:
        """The next tube jams in a way that a nurse can clear."""
        self._jams = "brief-jam"

    def end_brief_jam(self) -> None:
        """The nurse has cleared the jam."""
        self.end_jam()

    def begin_double_pick(self) -> None:
        """The next pick takes two tubes; the count sensor sees them, and neither leaves the gate."""
        self._jams = "double-pick"

    def end_double_pick(self) -> None:
        """A person has put the tubes back into their lane."""
        self.end_jam()

    def begin_lane_locked(self, lane: int) -> None:
        """Somebody locks `lane` at the panel."""
        self._locked_by_hand = lane
        self.locked |= 1 << (lane - 1)
        self._inputs = None

    def end_lane_locked(self) -> None:
        """A person has unlocked it."""
        self.locked &= ~(1 << (self._locked_by_hand - 1))
        self._locked_by_hand = 0
        self._inputs = None

    def begin_lane_empty(self, lane: int) -> None:
        """All tubes of `lane` have been taken out by somebody."""
        self._forced_empty = lane
        self.station.bin.extend(self.lanes[lane])
        self.lanes[lane].clear()
        self._inputs = None

    def end_lane_empty(self) -> None:
        """A person has refilled the lane."""
        self.load(self._forced_empty)
        self._forced_empty = 0

    def begin_wrong_rack(self, lane: int, loaded: str) -> None:
        """Somebody replaces the tubes of `lane` by a rack of kind `loaded`."""
        self.station.bin.extend(self.lanes[lane])
        self.lanes[lane].clear()
        self.load(lane, loaded)
        self._wrong_lane = lane

    def end_wrong_rack(self) -> None:
        """A person has put the right rack in and unlocked the lane at the panel."""
        lane, self._wrong_lane = self._wrong_lane, 0
        self.station.bin.extend(self.lanes[lane])
        self.lanes[lane].clear()
        self.load(lane)
        self.locked &= ~(1 << (lane - 1))
