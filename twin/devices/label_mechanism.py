"""The mechanics of a label printer: paper, a wearing head, a peel plate, and what happens to a label that is stopped half way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

from caixue.drivers.label_printer import CARD
from caixue.ops.slots import ROLL
from caixue.wire import code128, tspl
from twin.devices.base import DeviceModel, Surroundings
from twin.faults.catalogue import GENERAL, Fault

FEED_MM = CARD.limits["feed_mm"]
ROLL_LABELS = int(CARD.limits["roll_labels"])
NEAR_END_LABELS = int(CARD.limits["near_end_labels"])
RIBBON_MM = 300_000.0  # one ribbon: docs/assumptions.md A-44
# Three groups of dead heating elements, each across the edge of a bar: docs/assumptions.md A-48 and the test beside it.
WORN_COLUMNS = (165, 166, 167, 209, 210, 211, 253, 254, 255)

_IMAGING_US = round(CARD.durations_s["imaging"] * 1_000_000)
_PRINT_US = round(CARD.durations_s["print"] * 1_000_000)
_RESTART_US = 3_000_000  # assumed: docs/assumptions.md A-42
_TURNAROUND_US = 2_000  # assumed: docs/assumptions.md A-42
_MOST_LABELS = 9999  # that wait at once
_MM_PER_KM = 1_000_000
_ROOM = "judgement in docs/assumptions.md A-49"

# What befalls the mechanics, whatever language the printer speaks: each of these model modules gives its kind to `faults`.
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "print-head-dead-dots", "symptom": "dead-dots", "zh": "打印头坏点", "en": "dead dots in the print head",
     "repair_mean_s": 1080.0, "repair_sd_s": 240.0, "source": f"LP04: wear, Weibull shape 3, scale 30 km, hence mean 26.8 km; repair {_ROOM}",
     "per": "km", "mean_between": 26.8, "part": "print-head"},
    {"kind": "label-paper-out", "symptom": "paper-out", "zh": "标签纸用完", "en": "out of labels",
     "repair_mean_s": 120.0, "repair_sd_s": 30.0, "source": f"LP01: by roll; {_ROOM}", "detail": {"remaining_mm": 10.0}},
    {"kind": "label-jam", "symptom": "jam", "zh": "标签卡纸或缠胶辊", "en": "label jammed or round the platen",
     "repair_mean_s": 450.0, "repair_sd_s": 120.0, "source": f"LP03; {_ROOM}", "per": "label", "mean_between": 5_000.0},
    {"kind": "head-open", "symptom": "head-open", "zh": "打印头未合上", "en": "print head open",
     "repair_mean_s": 120.0, "repair_sd_s": 60.0, "source": f"LP05: rare, 2 min; {_ROOM}", "nurse_clears": True},
    {"kind": "ribbon-out", "symptom": "ribbon-out", "zh": "碳带用完，或误设为热转印", "en": "out of ribbon, or set to thermal transfer by mistake",
     "repair_mean_s": 180.0, "repair_sd_s": 45.0, "source": f"LP02: 3 min; {_ROOM}"},
    {"kind": "head-overheated", "symptom": "over-temperature", "zh": "打印头过热", "en": "print head too hot",
     "repair_mean_s": 600.0, "repair_sd_s": 120.0, "source": f"LP05: rare, to 15 min; {_ROOM}"},
    {"kind": "paused", "symptom": "paused", "zh": "被按下暂停键", "en": "somebody pressed PAUSE",
     "repair_mean_s": 60.0, "repair_sd_s": 20.0, "source": _ROOM, "nurse_clears": True},
    {"kind": "power-cycle-mid-label", "symptom": "power-cycle", "zh": "打印中途断电重启", "en": "loses power in the middle of a label",
     "repair_mean_s": 60.0, "repair_sd_s": 15.0, "source": _ROOM, "detail": {"reprint": True, "off_s": 5.0}},
    {"kind": "silence", "symptom": "silence", "zh": "打印机无应答", "en": "printer does not answer",
     "repair_mean_s": 600.0, "repair_sd_s": 180.0, "source": _ROOM, "mean_between": 20_000.0},
)  # fmt: skip


def faults(kind: str) -> tuple[Fault, ...]:
    """The catalogue's rows for a printer of this kind."""
    return tuple(Fault(device=kind, severity=GENERAL, **row) for row in _FAULTS)


# Bits of `status` that an injected symptom may have put there.
_SYMPTOMS = (
    (tspl.HEAD_OPEN, "head-open"),
    (tspl.PAPER_OUT, "paper-out"),
    (tspl.RIBBON_OUT, "ribbon-out"),
    (tspl.PAUSED, "paused"),
    (tspl.COVER_OPEN, "cover-open"),
    (tspl.OVER_TEMPERATURE, "over-temperature"),
)


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """One label as it physically is. `number` runs within one printer; (printer, number) names the piece of paper."""

    printer: str
    number: int
    serial: str  # what the job commanded
    readable: str | None  # what a scanner makes of the bars; None: no read
    complete: bool


@dataclass(frozen=True, slots=True)
class Image:
    """What is to be printed: the text of the bar code and where its bars stand on the head."""

    serial: str = ""
    left: int = 0
    narrow: int = 2
    across: bool = True  # picket fence; otherwise a ladder, whose bars a dead dot cannot break

    def damaged_by(self, dead_columns: Collection[int]) -> bytes | None:
        """The row of dots that comes out when those columns of the head stay white; None when no bar is touched."""
        row = bytearray(code128.dots(self.serial, self.narrow))
        holes = [column - self.left for column in dead_columns if 0 <= column - self.left < len(row) and row[column - self.left]]
        for hole in holes:
            row[hole] = 0
        return bytes(row) if holes else None


class LabelMechanism(DeviceModel):
    """Turns images into labels on the plate; subclasses speak the language that brings the images.

    A label takes `feed_mm` of paper. Without `ribbon_mm` it is a direct thermal printer, which needs no ribbon.
    """

    def __init__(
        self,
        name: str,
        *,
        feed_mm: float = FEED_MM,
        roll_labels: int = ROLL_LABELS,
        near_end_labels: float = NEAR_END_LABELS,
        ribbon_mm: float | None = None,
    ) -> None:
        super().__init__(name)
        self.feed_mm = feed_mm
        self.roll_labels = roll_labels
        self.near_end_mm = near_end_labels * feed_mm
        self.paper_mm = roll_labels * feed_mm
        self.ribbon_mm = ribbon_mm
        self.head_km = 0.0
        self.dead_columns: set[int] = set()
        self.head_is_open = self.cover_is_open = self.jammed = self.paused = self.hot = False
        self.reprint = True  # SET REPRINT, on after each power-up: docs/assumptions.md A-43
        self.reprint_always = False  # a printer that prints a stopped label again whatever it was told
        self.plate: deque[PrintedLabel] = deque()
        self.printed_total = 0  # complete labels
        self.wasted_mm = 0.0  # paper that went without becoming a complete label
        self.on_printed: Callable[[PrintedLabel], None] | None = None  # told of each label that comes onto the plate
        self._queue: deque[Image] = deque()
        self._current: Image | None = None  # being built or printed
        self._printing = False
        self._stopped: Image | None = None  # stopped half way; printed again where REPRINT is on
        self._stuck: PrintedLabel | None = None  # a half label in the mechanism
        self._run = 0  # timers of an earlier run mean nothing
        self._labels = 0
        self._put_in: dict[str, int] = {}
        self._jam_next = False
        self._ribbon_before = ribbon_mm
        self._silent = False
        self._cut: tuple[bool, int] | None = None  # power fails in the next label: whether it reprints, how long it is off

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> Self:
        labels = around.site.labels
        model = cls(
            name,
            feed_mm=labels.feed_mm,
            roll_labels=labels.per_roll,
            near_end_labels=labels.near_end,
            ribbon_mm=RIBBON_MM if labels.ribbon else None,
        )
        around.station.take_label = model.take_label
        return model

    @property
    def status(self) -> int:
        """The TSPL status byte as it is now."""
        status = tspl.PRINTING if self._printing else 0
        if self.head_is_open:
            status |= tspl.HEAD_OPEN
        if self.jammed:
            status |= tspl.PAPER_JAM
        if self.paper_mm <= 0:
            status |= tspl.PAPER_OUT
        if self.ribbon_mm is not None and self.ribbon_mm <= 0:
            status |= tspl.RIBBON_OUT
        if self.cover_is_open:
            status |= tspl.COVER_OPEN
        if self.hot:
            status |= tspl.OVER_TEMPERATURE
        return status | tspl.PAUSED if self.paused else status

    @property
    def near_end(self) -> bool:
        """Whether the roll is nearly used up; TSPL's status byte does not tell."""
        return self.paper_mm <= self.near_end_mm

    def take_label(self) -> PrintedLabel | None:
        """Take the oldest label from the plate."""
        return self.plate.popleft() if self.plate else None

    def load_roll(self) -> None:
        """A person puts in a new roll; what is left of the old one, and a half label, go into the waste."""
        self.wasted_mm += self.paper_mm
        self.paper_mm = self.roll_labels * self.feed_mm
        self._put_in["label-roll"] = self._put_in.get("label-roll", 0) + 1
        self._hand_in(ROLL, 1)
        self._freed()

    def low_slots(self) -> tuple[str, ...]:
        return (ROLL,) if self.near_end else ()

    def put(self, slot: str, pieces: int) -> None:
        self.load_roll()

    def run_down(self, share: float) -> None:
        self.paper_mm = min(self.paper_mm, self.near_end_mm)

    def refill(self) -> dict[str, int]:
        """A person puts in what runs low; gives all that was put in since the last time: label-roll, ribbon."""
        if self.near_end:
            self.load_roll()
        if self.ribbon_mm is not None and self.ribbon_mm <= self.near_end_mm:
            self.ribbon_mm = RIBBON_MM
            self._put_in["ribbon"] = 1
            self._freed()
        put_in, self._put_in = self._put_in, {}
        return put_in

    def renew(self, part: str) -> None:
        """A new print head begins at 0 km."""
        if part == "print-head":
            self.end_dead_dots()

    def power_off(self) -> None:
        """Everything in memory is lost; a label in progress stays half printed in the mechanism."""
        if self._printing:
            self._stop()
        self._drop_jobs()
        self._stopped = None
        self.powered = False

    def power_on(self) -> None:
        """Start up with the default settings; a half label comes out onto the plate."""
        if self.powered:
            return
        self.powered = self.reprint = True
        if self._stuck is not None and not self.jammed:
            half, self._stuck = self._stuck, None
            self._put_out(half)

    # One label after another.

    def _pump(self) -> None:
        """Start the next label if nothing is in the way; building its image takes a moment in which nothing shows."""
        if self._current is None and self._queue and self.powered and not self.status:
            self._current = self._queue.popleft()
            self.call_later(_IMAGING_US, self._move, self._run, self._current)

    def _move(self, run: int, image: Image) -> None:
        if run != self._run:
            return
        if self.status:  # an alarm came up meanwhile: the label waits
            self._current = None
            self._queue.appendleft(image)
            return
        self._printing = True
        if self._cut is not None:
            self.call_later(_PRINT_US // 2, self._lose_power, run, image)
        elif self._jam_next:
            self.call_later(_PRINT_US // 2, self._jam, run)
        elif self.paper_mm < self.feed_mm:
            self.call_later(round(_PRINT_US * self.paper_mm / self.feed_mm), self._run_out, run)
        else:
            self.call_later(_PRINT_US, self._finish, run, image)

    def _finish(self, run: int, image: Image) -> None:
        if run != self._run:
            return
        self._current, self._printing = None, False
        self._wear(self.feed_mm)
        self.printed_total += 1
        self._put_out(self._new_label(image, self._readable(image), True))
        self._pump()

    def _jam(self, run: int) -> None:
        if run == self._run:
            self._jam_next, self.jammed = False, True
            self._stop()
            self.effect("jam")

    def _run_out(self, run: int) -> None:
        if run == self._run:
            self._stop()
            self.effect("paper-out")

    def _lose_power(self, run: int, image: Image) -> None:
        if run == self._run and self._cut is not None:
            (again, off_us), self._cut = self._cut, None
            self.power_off()
            self.effect("power-cycle")
            self.call_later(off_us, self._regain_power, image if again else None)

    def _regain_power(self, image: Image | None) -> None:
        if self.powered:
            return
        self.power_on()
        if image is not None:
            self._queue.appendleft(image)
            self._pump()

    def _stop(self) -> None:
        """The label in progress stops half way: it stays in the mechanism and is nobody's."""
        image = self._current
        assert image is not None
        used_mm = min(self.feed_mm, self.paper_mm)
        self._wear(used_mm)
        self.wasted_mm += used_mm
        self._stuck = self._new_label(image, None, False)
        self._stopped = image
        self._current, self._printing = None, False
        self._run += 1

    def _drop_jobs(self) -> None:
        """Forget all jobs; a label that is already moving still comes out."""
        self._queue.clear()
        if not self.reprint_always:
            self._stopped = None
        if not self._printing:
            self._current = None
            self._run += 1

    def _freed(self) -> None:
        """A person has had the mechanism open: the half label is gone, and with REPRINT ON it is printed again."""
        self._stuck = None
        stopped, self._stopped = self._stopped, None
        if stopped is not None and (self.reprint or self.reprint_always):
            self._queue.appendleft(stopped)
        self._pump()

    def _wear(self, used_mm: float) -> None:
        self.paper_mm -= used_mm
        self.head_km += used_mm / _MM_PER_KM
        if self.ribbon_mm is not None:
            self.ribbon_mm -= used_mm

    def _new_label(self, image: Image, readable: str | None, complete: bool) -> PrintedLabel:
        self._labels += 1
        return PrintedLabel(self.name, self._labels, image.serial, readable, complete)

    def _put_out(self, label: PrintedLabel) -> None:
        self.plate.append(label)
        if self.on_printed is not None:
            self.on_printed(label)

    def _readable(self, image: Image) -> str | None:
        """What a scanner will read: the payload itself unless a dead dot lies on a bar, then what can still be decoded."""
        if not self.dead_columns or not image.across or not image.serial:
            return image.serial or None
        row = image.damaged_by(self.dead_columns)
        if row is None:
            return image.serial
        self.effect("dead-dots")
        return code128.decode(row)

    def _let_see(self, status: int) -> None:
        """The host is about to learn of these bits: note the injected symptoms behind them."""
        if self.effects:
            for bit, symptom in _SYMPTOMS:
                if status & bit:
                    self.effect(symptom)

    def _reply(self, data: bytes) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(data, _TURNAROUND_US)

    def _pause(self) -> None:
        self.paused = True

    def _resume(self) -> None:
        self.paused = False
        self._pump()

    def _reset(self) -> None:
        self.power_off()
        self.call_later(_RESTART_US, self.power_on)

    def _order(self, image: Image, count: int) -> None:
        """Print `image` so many times."""
        self._queue.extend([image] * min(count, _MOST_LABELS - len(self._queue)))
        self._pump()

    # Injected faults of the mechanics.

    def begin_dead_dots(self, columns: Sequence[int] = WORN_COLUMNS) -> None:
        """Heating elements of these `columns` (dots from the left end of the head, from 0) stay cold."""
        self.dead_columns.update(columns)

    def end_dead_dots(self) -> None:
        """A new print head is in."""
        self.dead_columns.clear()
        self.head_km = 0.0

    def begin_paper_out(self, remaining_mm: float = 10.0) -> None:
        """Only `remaining_mm` of paper are left; less than a label: the next one stops half way."""
        self.wasted_mm += self.paper_mm - remaining_mm
        self.paper_mm = remaining_mm

    def end_paper_out(self) -> None:
        """A new roll is in."""
        self.load_roll()

    def begin_jam(self) -> None:
        """The next label jams half way."""
        self._jam_next = True

    def end_jam(self) -> None:
        """A person has cleared the platen."""
        self._jam_next = self.jammed = False
        self._freed()

    def begin_ribbon_out(self) -> None:
        """The ribbon is at its end, or the printer was set to use one that it does not have."""
        self._ribbon_before, self.ribbon_mm = self.ribbon_mm, 0.0

    def end_ribbon_out(self) -> None:
        """A new ribbon is in, or the setting is right again."""
        self.ribbon_mm = None if self._ribbon_before is None else RIBBON_MM
        self._freed()

    def begin_over_temperature(self) -> None:
        """The head is too hot: no new label begins."""
        self.hot = True

    def end_over_temperature(self) -> None:
        """The head has cooled down."""
        self.hot = False
        self._pump()

    def begin_paused(self) -> None:
        """Somebody pressed PAUSE: no new label begins."""
        self._pause()

    def end_paused(self) -> None:
        """Somebody pressed it again."""
        self._resume()

    def begin_silence(self) -> None:
        """The printer goes on printing, but its answers no longer arrive."""
        self._silent = True

    def end_silence(self) -> None:
        """The answers arrive again."""
        self._silent = False

    def begin_head_open(self) -> None:
        """The print head comes open, also in the middle of a label."""
        self.head_is_open = True
        if self._printing:
            self._stop()

    def end_head_open(self) -> None:
        """A person has closed the head."""
        self.head_is_open = False
        self._freed()

    def begin_power_cycle(self, reprint: bool = True, off_s: float = 5.0) -> None:
        """In the next label the printer loses power for `off_s` seconds.

        With `reprint` it prints that label once more when it comes back, though REPRINT was off, as some printers do: the
        half label and its copy lie on the plate, and the printer says that it is ready.
        """
        self._cut = (reprint, round(off_s * 1_000_000))

    def end_power_cycle(self) -> None:
        """The plug sits tight again."""
        self._cut = None
        self.power_on()
