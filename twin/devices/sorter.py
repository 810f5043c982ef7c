"""Model of the sorter: a scanner, a gate for each lane, and lane sensors that see where a tube really went."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from caixue.drivers.sorter import CARD, JAM, LANES, MISMATCH, REJECT, SCANNER
from caixue.tubes import TUBE_KINDS
from twin.devices.modbus import JobModel, command_codes
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Tube

MISMATCH_BIT, SCANNER_BIT = 1 << (MISMATCH - 1), 1 << (SCANNER - 1)
_ROOM = "judgement in docs/assumptions.md A-84"

FAULTS = (
    Fault("sorter-jam", "sorter", "jam", "分拣口卡管", "tube jammed in the sorter", GENERAL, 300.0, 90.0, _ROOM, per="tube", mean_between=5000.0),
    Fault("wrong-lane", "sorter", "wrong-lane", "分拣门卡滞，标本错道", "a gate sticks, tubes go into the wrong lane", LARGER, 600.0, 150.0,
          f"CV03: 1/20,000 tubes, 10 min; {_ROOM}", per="tube", mean_between=20_000.0, detail={"lane": 1}),
    Fault("scanner-fail", "sorter", "scanner-fail", "分拣扫描器读不出码", "the sorter's scanner reads nothing", LARGER, 600.0, 150.0,
          f"CV03: 10 min; {_ROOM}", mean_between=70_000.0),
    Fault("silence", "sorter", "silence", "控制器无应答", "controller does not answer", GENERAL, 600.0, 180.0, _ROOM, mean_between=100_000.0),
)  # fmt: skip


class SorterModel(JobModel):
    """Takes tubes one by one and lets each drop into a lane; `deliver` hears tube, lane and the lane that was meant."""

    card = CARD
    codes = command_codes(CARD.commands)

    def __init__(self, name: str, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.lanes = {kind.colour: lane for lane, kind in enumerate(TUBE_KINDS.values(), 1)}  # colour code → lane
        self.counts = dict.fromkeys(range(1, LANES + 1), 0)
        self.colour = self.lane = self.misrouted = self.unread = self.warnings = 0
        self.deliver: Callable[[Tube, int, int], None] = lambda tube, lane, meant: None
        self._jammed = self._blind = False
        self._stuck_gate = 0  # the lane whose gate stays open

    @classmethod
    def build(cls, name: str, unit: int, around: object) -> SorterModel:
        return cls(name, unit)

    @property
    def sorted(self) -> int:
        """How many tubes have dropped into a lane."""
        return sum(self.counts.values())

    def take(self, tube: Tube) -> bool:
        """A tube arrives; False when it must wait where it is."""
        if self._jammed:
            self.alarm = JAM
            self.effect("jam")
        if self.stuck or not self.powered:
            return False
        self.colour = 0 if self._blind else TUBE_KINDS[tube.kind].colour
        meant = self.lanes.get(self.colour, REJECT)
        self.lane = self._stuck_gate or meant
        self.counts[self.lane] += 1
        self._judge(meant)
        self.deliver(tube, self.lane, meant)
        return True

    def _judge(self, meant: int) -> None:
        """What scanner and lane sensor say about the tube that has just dropped."""
        if not self.colour:
            self.unread += 1
            self.warnings |= SCANNER_BIT
            self.effect("scanner-fail")
        if self.lane != meant:
            self.misrouted += 1
            self.warnings |= MISMATCH_BIT
            self.effect("wrong-lane")

    def used(self) -> Mapping[str, int]:
        return {"tubes": sum(self.counts.values())}

    def own_inputs(self) -> list[int]:
        counts = [count & 0xFFFF for count in self.counts.values()]
        return [self.colour, self.lane, self.misrouted & 0xFFFF, self.unread & 0xFFFF, self.warnings, *counts]

    def carry_out(self, command: str, parameter: int) -> int:
        if command == "assign":
            lane, colour = parameter >> 8, parameter & 0xFF
            if 1 <= lane < REJECT:
                self.lanes[colour] = lane
        return self._test() if command == "test" else 0

    def _start(self) -> None:
        if self.codes[self._waiting[0][0]] == "reset":
            self.warnings = 0
        super()._start()

    def _test(self) -> int:
        """Every gate moves and the scanner is triggered, without a tube."""
        if self._jammed:
            self.effect("jam")
            return JAM
        if self._blind:
            self.warnings |= SCANNER_BIT
            self.effect("scanner-fail")
        if self._stuck_gate:
            self.warnings |= MISMATCH_BIT
            self.effect("wrong-lane")
        return 0

    def begin_jam(self) -> None:
        """The next tube jams at the gates."""
        self._jammed = True

    def end_jam(self) -> None:
        """A person has cleared the jam."""
        self._jammed = False
        self.alarm = 0

    def begin_wrong_lane(self, lane: int) -> None:
        """The gate of `lane` no longer closes: every tube drops there."""
        self._stuck_gate = lane

    def end_wrong_lane(self) -> None:
        """The gate closes again, and a person has acknowledged it at the panel."""
        self._stuck_gate = 0
        self.warnings &= ~MISMATCH_BIT

    def begin_scanner_fail(self) -> None:
        """The scanner sees nothing; its tubes go to the lane for what cannot be sorted."""
        self._blind = True

    def end_scanner_fail(self) -> None:
        """The scanner reads again, and a person has acknowledged it at the panel."""
        self._blind = False
        self.warnings &= ~SCANNER_BIT
