"""Model of the conveyor: tubes on a moving belt at positions in mm, trays beside it, motor, encoder, photo-eyes, jam and slip.

Its controller works in cycles of one second: speed, positions and alarms change from cycle to cycle. While nothing can
change by itself, the cycles rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush

from caixue.drivers.conveyor import BLOCKED, CARD, EXIT_BLOCKED, SLIP, STOPPED
from twin.devices.base import Surroundings
from twin.devices.modbus import JobModel, command_codes
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Tube

CYCLE_S = CARD.durations_s["cycle"]
CYCLE_US = int(CYCLE_S * 1_000_000)
ENOUGH = {code: round(CARD.durations_s[name] / CYCLE_S) for code, name in ((BLOCKED, "overload"), (SLIP, "slip"), (EXIT_BLOCKED, "covered"))}
SLIP_BIT = 1 << (SLIP - 1)
LOAD_USUAL, LOAD_BLOCKED = 60, 180  # %, A-80
_ROOM = "judgement in docs/assumptions.md A-84"

FAULTS = (
    Fault("belt-jam", "conveyor", "jam", "传送带卡管", "tube jammed in the belt", GENERAL, 300.0, 90.0, f"CV01: 1/3,000 tubes, 5 min; {_ROOM}",
          per="tube", mean_between=3000.0),
    Fault("belt-slip", "conveyor", "slip", "传送带打滑", "belt slips", LARGER, 3600.0, 900.0, f"CV02: 10,000 h, 1 h; {_ROOM}",
          mean_between=10_000.0, part="belt", detail={"share": 0.4}),
    Fault("belt-stopped", "conveyor", "stopped", "传送带停机", "drive tripped, the belt stands", LARGER, 1500.0, 300.0, _ROOM,
          mean_between=25_000.0),
    Fault("eye-dirty", "conveyor", "eye-dirty", "出口光电脏污", "exit photo-eye dirty", GENERAL, 180.0, 60.0, _ROOM, mean_between=50_000.0),
    Fault("silence", "conveyor", "silence", "控制器无应答", "controller does not answer", GENERAL, 600.0, 180.0, _ROOM, mean_between=100_000.0),
)  # fmt: skip


class ConveyorModel(JobModel):
    """A belt of `length_mm` that runs from position 0 to its exit; whoever stands there takes each tube, or leaves it standing."""

    card = CARD
    codes = command_codes(CARD.commands)

    def __init__(self, name: str, length_mm: float, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.length_mm = length_mm
        self.commanded = int(CARD.limits["usual_mm_s"])
        self.motor_mm_s = float(self.commanded)
        self.entered = self.left = self.warnings = 0
        self.trays: dict[float, deque[Tube]] = {}  # position → tubes that wait beside the belt; none of them empty
        self.exit: Callable[[Tube], bool] = lambda tube: True  # takes the tube at the end, or says no
        self.on_loaded: Callable[[float], None] = lambda at_mm: None
        self._odometer_mm = 0.0
        self._steady_mm = 0.0  # how far the belt moves in one cycle while nothing is wrong and its speed stays; else 0
        self._belt: list[tuple[float, int, Tube]] = []  # odometer at which it reaches the exit, number, tube; the first first
        self._grip = 1.0
        self._jammed = self._tripped = self._dirty = False
        self._lasted = dict.fromkeys(ENOUGH, 0)  # alarm → for how many cycles its cause has lasted, counted until it is enough
        self._cycling = False

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> ConveyorModel:
        site = around.site
        return cls(name, (len(site.windows) + 1) * site.transport.window_spacing_mm, unit)

    # the belt as people see it

    @property
    def speed_mm_s(self) -> float:
        """How fast the belt moves; the controller holds it while the exit photo-eye is covered."""
        return 0.0 if self._jammed or self.covered else self.motor_mm_s * self._grip

    @property
    def covered(self) -> bool:
        """Whether the exit photo-eye sees something: a tube that nobody takes, or dirt."""
        return self._dirty or bool(self._belt and self._belt[0][0] <= self._odometer_mm)

    def positions_mm(self) -> list[float]:
        """Where the tubes on the belt are, from its start; the foremost first."""
        return [self.length_mm - (exit_mm - self._odometer_mm) for exit_mm, _, _ in sorted(self._belt)]

    def held(self) -> int:
        """How many tubes are on the belt and in the trays beside it."""
        return len(self._belt) + sum(map(len, self.trays.values()))

    def waiting(self, at_mm: float) -> int:
        """How many tubes stand in the tray at `at_mm`."""
        return len(self.trays.get(at_mm, ()))

    def place(self, at_mm: float, tubes: Iterable[Tube]) -> None:
        """Tubes come into the tray at `at_mm`; each goes onto the belt as soon as it moves and has a gap there."""
        self.trays.setdefault(at_mm, deque()).extend(tubes)
        self._wake()

    def take_away(self, at_mm: float) -> list[Tube]:
        """A person takes all tubes out of the tray at `at_mm`."""
        return list(self.trays.pop(at_mm, ()))

    # registers and jobs

    def used(self) -> Mapping[str, int]:
        return {"tubes": self.left}

    def own_inputs(self) -> list[int]:
        load = LOAD_BLOCKED if self._lasted[BLOCKED] else LOAD_USUAL if self.speed_mm_s else 0
        counts = [self.entered & 0xFFFF, self.left & 0xFFFF]
        return [self.commanded, round(self.speed_mm_s), *counts, int(self.covered), load, self.warnings]

    def carry_out(self, command: str, parameter: int) -> int:
        return 0  # what a change of speed does, the cycles do while the job runs

    def _start(self) -> None:
        code, parameter, _ = self._waiting[0]
        if self.codes[code] == "set-speed" and not self.stuck:
            self.commanded = min(parameter, int(CARD.limits["speed_mm_s"]))
        super()._start()
        self._disturb()

    def power_off(self) -> None:
        """The belt stands; its drive keeps the setpoint."""
        super().power_off()
        self._disturb()

    def power_on(self) -> None:
        """The belt runs again at its setpoint."""
        super().power_on()
        self._disturb()

    # one cycle

    def _wake(self) -> None:
        if not self._cycling:
            self._cycling = True
            self.call_later(CYCLE_US, self._cycle)

    def _cycle(self) -> None:
        belt, steady_mm = self._belt, self._steady_mm
        if steady_mm and belt and belt[0][0] > self._odometer_mm + steady_mm:  # four of five cycles: tubes travel, no more
            self._odometer_mm += steady_mm
            if self.trays:
                self._load()
            self.call_later(CYCLE_US, self._cycle)
            return
        self._cycling = False
        self._drive()
        self._move()
        self._load()
        self._watch()
        self._steady_mm = self.motor_mm_s * CYCLE_S if self._is_steady() else 0.0
        if belt or self.trays or self._waiting or not self._rests():
            self._wake()

    def _is_steady(self) -> bool:
        """Whether nothing is wrong and the belt keeps its speed."""
        wrong = self._jammed or self.covered or self.alarm or self._grip != 1.0 or any(self._lasted.values())
        return not wrong and self._wanted_mm_s == self.motor_mm_s

    def _rests(self) -> bool:
        """Whether another cycle would change nothing."""
        rising = any(0 < count < ENOUGH[alarm] for alarm, count in self._lasted.items())
        return not rising and self._wanted_mm_s == self.motor_mm_s

    def _disturb(self) -> None:
        """Something has changed: the next cycle looks at everything."""
        self._steady_mm = 0.0
        self._wake()

    @property
    def _wanted_mm_s(self) -> float:
        return float(self.commanded) if self.powered and not self._tripped and not self.stuck else 0.0

    def _drive(self) -> None:
        """The motor follows the setpoint on a ramp; one that is switched off stops at once."""
        wanted, step = self._wanted_mm_s, CARD.limits["ramp_mm_s2"] * CYCLE_S
        off = not wanted and self.commanded
        self.motor_mm_s = 0.0 if off else min(max(wanted, self.motor_mm_s - step), self.motor_mm_s + step)

    def _move(self) -> None:
        """Tubes travel with the belt; the first that is not taken at the exit stops it there."""
        belt, self._odometer_mm = self._belt, self._odometer_mm + self.speed_mm_s * CYCLE_S
        while belt and belt[0][0] <= self._odometer_mm and self.exit(belt[0][2]):
            heappop(belt)
            self.left += 1
        if belt:
            self._odometer_mm = min(self._odometer_mm, belt[0][0])

    def _load(self) -> None:
        """One tube from each tray where the belt has a gap."""
        if not self.speed_mm_s:
            return
        for at_mm in list(self.trays):
            exit_mm = self._odometer_mm + self.length_mm - at_mm
            if all(abs(other_mm - exit_mm) >= CARD.limits["gap_mm"] for other_mm, _, _ in self._belt):
                self.entered += 1
                heappush(self._belt, (exit_mm, self.entered, self.trays[at_mm].popleft()))
                if not self.trays[at_mm]:
                    del self.trays[at_mm]
                self.on_loaded(at_mm)

    def _watch(self) -> None:
        """What the controller concludes from motor, encoder and photo-eye."""
        covered, lasted = self.covered, self._lasted
        if self._grip == 1.0 and not (self._jammed or self._tripped or covered or self.alarm or any(lasted.values())):
            return
        runs = self.motor_mm_s > 0 and not covered
        slow = runs and not self._jammed and self.speed_mm_s < CARD.limits["slip_share"] * self.motor_mm_s
        for alarm, so in ((BLOCKED, runs and self._jammed), (SLIP, slow), (EXIT_BLOCKED, covered)):
            lasted[alarm] = min(lasted[alarm] + 1, ENOUGH[alarm]) if so else 0
        self.warnings = SLIP_BIT if lasted[SLIP] == ENOUGH[SLIP] else 0
        self.alarm = self._alarm(covered)
        self._tell()

    def _alarm(self, covered: bool) -> int:
        if self._tripped:
            return STOPPED
        if self._lasted[BLOCKED] == ENOUGH[BLOCKED]:
            return BLOCKED
        if self.alarm in (0, EXIT_BLOCKED):
            return EXIT_BLOCKED if covered and self._lasted[EXIT_BLOCKED] == ENOUGH[EXIT_BLOCKED] else 0
        return self.alarm

    def _tell(self) -> None:
        if self._lasted[BLOCKED]:
            self.effect("jam")
        if self._lasted[SLIP]:
            self.effect("slip")
        if self._dirty and self.commanded:
            self.effect("eye-dirty")

    # faults

    def begin_jam(self) -> None:
        """A tube wedges itself beside the belt, which stands although its motor pulls."""
        self._jammed = True
        self._disturb()

    def end_jam(self) -> None:
        """A person has taken the tube out and started the belt at its panel."""
        self._jammed = False
        self._clear(BLOCKED)

    def begin_slip(self, share: float) -> None:
        """The belt follows its motor with only `share` of the speed."""
        self._grip = share
        self._disturb()

    def end_slip(self) -> None:
        """The belt has been replaced."""
        self._grip = 1.0
        self.warnings = self._lasted[SLIP] = 0
        self._disturb()

    def begin_stopped(self) -> None:
        """The drive trips."""
        self._tripped = True
        self.alarm, self.motor_mm_s = STOPPED, 0.0
        self.effect("stopped")
        self._disturb()

    def end_stopped(self) -> None:
        """The drive works again, and a person has started the belt at its panel."""
        self._tripped = False
        self._clear(STOPPED)

    def begin_eye_dirty(self) -> None:
        """The exit photo-eye sees a tube where there is none."""
        self._dirty = True
        self._disturb()

    def end_eye_dirty(self) -> None:
        """The photo-eye has been cleaned; the belt goes on by itself."""
        self._dirty = False
        self._clear(EXIT_BLOCKED)

    def _clear(self, alarm: int) -> None:
        if self.alarm == alarm:
            self.alarm = 0
        self._lasted = dict.fromkeys(ENOUGH, 0)
        self._disturb()
