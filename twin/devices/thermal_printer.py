"""Model of the thermal receipt printer: a roll, a head and a cutter, what its status says of them, and what befalls them.

One movement at a time takes its time; a printer that has stopped keeps the rest of its job and goes on with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from caixue.drivers.thermal_printer import CARD
from caixue.ops.slots import ROLL
from caixue.wire import escpos
from twin.devices.escpos_model import EscPosModel
from twin.devices.escpos_page import Motion, Page, Picture
from twin.faults.catalogue import GENERAL, Fault

_RATES = "rates and repairs: docs/assumptions.md A-33"
FAULTS = (
    Fault("paper-out", "thermal-printer", "paper-out", "缺纸", "paper out", GENERAL, 120.0, 60.0, _RATES, nurse_clears=True),
    Fault("cutter-jam", "thermal-printer", "cutter-jam", "切刀卡住", "cutter jam", GENERAL, 600.0, 300.0, _RATES,
          per="cut", mean_between=50_000.0, part="cutter"),
    Fault("cover-open", "thermal-printer", "cover-open", "上盖未合", "cover left open", GENERAL, 60.0, 30.0, _RATES,
          per="day", mean_between=20.0, nurse_clears=True),
    Fault("offline", "thermal-printer", "offline", "被置为脱机", "taken offline", GENERAL, 60.0, 30.0, _RATES,
          per="day", mean_between=60.0, nurse_clears=True),
    Fault("mechanical-error", "thermal-printer", "mechanical-error", "走纸或回位机构故障", "feed or home position fails", GENERAL, 600.0, 300.0, _RATES,
          mean_between=20_000.0),
    Fault("head-overheated", "thermal-printer", "overheated", "打印头过热", "head too hot", GENERAL, 300.0, 60.0, _RATES),
    Fault("unrecoverable-error", "thermal-printer", "unrecoverable-error", "主板故障", "board fails", GENERAL, 900.0, 300.0, _RATES,
          mean_between=360_000.0, part="thermal-printer"),
    Fault("silence", "thermal-printer", "silence", "无应答", "no answer", GENERAL, 900.0, 300.0, _RATES,
          mean_between=360_000.0, part="thermal-printer"),
)  # fmt: skip

KEPT_LINES = 128

_LINE_MM = CARD.limits["line_mm"]
_US_A_MM = CARD.durations_s["line"] * 1e6 / _LINE_MM
_CUT_US = round(CARD.durations_s["cut"] * 1e6)

_ERRORS = frozenset({"cutter-jam", "mechanical-error", "unrecoverable-error", "overheated"})

Replies = tuple[bytes, bytes, bytes, bytes]


class ThermalPrinterModel(EscPosModel):
    """One printer with its roll. `printed` holds the last rows that really came out; `head_mm` and `cuts` are its wear."""

    card = CARD

    def __init__(self, name: str, *, roll_mm: float = CARD.limits["roll_mm"], near_end_mm: float = CARD.limits["near_end_mm"]) -> None:
        super().__init__(name)
        self.paper_mm = self.roll_mm = roll_mm
        self.near_end_mm = near_end_mm
        self.cover_open = False
        self.head_mm = 0.0
        self.cuts = 0
        self.printed: deque[str | Picture] = deque(maxlen=KEPT_LINES)
        self._offline = self._stuck = self._jammed = self._silent = False
        self._errors: set[str] = set()  # names of alarms that no more of the mechanics stands for
        self._watched: list[str] = []  # injected symptoms that have not shown yet
        self._changed()

    def new_page(self) -> Page:
        return Page(int(self.card.limits["columns"]), _LINE_MM)

    def forget(self) -> None:
        super().forget()
        self._moving: Motion | None = None
        self._asb_mask, self._asb_sent = b"\x00\x00\x00\x00", b""

    # Status

    def _active(self) -> list[str]:
        """Names of the alarms that are up."""
        states = {
            "cover-open": self.cover_open,
            "paper-out": self.paper_mm <= 0,
            "paper-near-end": self.paper_mm < self.near_end_mm,
            "cutter-jam": self._jammed,
            "offline": self._offline,
        }
        return [name for name, up in states.items() if up] + sorted(self._errors)

    def _changed(self) -> None:
        """What the status shows may have changed."""
        self._replies = _replies(self._active())
        self.answers = dict(zip(escpos.QUERIES, self._replies, strict=True))
        self.quick = False
        self._report()

    def watchful(self) -> bool:
        return self._silent or bool(self._watched)

    def answer(self, query: int) -> None:
        self._let_see(lambda replies: replies[query])
        self._say(self._replies[query])

    def report(self, name: bytes, body: bytes) -> bool:
        tell = _REPORTS.get(name)
        if tell is not None:
            tell(self, body)
        return tell is not None

    def _report(self) -> None:
        """Send the automatic status if it is on and what was asked for is new."""
        masked = self._masked(self._replies)
        if any(self._asb_mask) and masked != self._asb_sent:
            self._asb_sent = masked
            self._let_see(self._masked)
            self._say(escpos.automatic_status(b"".join(self._replies)))

    def _masked(self, replies: Replies) -> bytes:
        packet = escpos.automatic_status(b"".join(replies))
        return bytes(value & mask for value, mask in zip(packet, self._asb_mask, strict=True))

    def _let_see(self, view: Callable[[Replies], bytes]) -> None:
        """The host is about to see this much of the status: note the injected symptoms without which it would see another."""
        for symptom in list(self._watched):
            without = _replies([name for name in self._active() if name != symptom])
            if view(without) != view(self._replies):
                self._shown(symptom)

    def _shown(self, symptom: str) -> None:
        self._watched.remove(symptom)
        self.effect(symptom)

    def _say(self, data: bytes) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(data, self.reply_us)

    def _set_automatic_status(self, body: bytes) -> None:
        """GS a: which changes are told unasked; the present status is told at once."""
        wanted = body[2]
        printer = (0x04 if wanted & 1 else 0) | (0x68 if wanted & 2 else 0)
        self._asb_mask = bytes((printer, 0x6C if wanted & 4 else 0, 0x0F if wanted & 8 else 0, 0))
        self._asb_sent = b""
        self._report()

    def _maintenance(self, body: bytes) -> None:
        """GS g 2: how often it has cut; of other counters it says nothing."""
        if body[2:] == escpos.counter_query(escpos.CUTS)[2:]:
            self._say(escpos.counter_answer(self.cuts))

    def _sensor_status(self, body: bytes) -> None:
        """GS r and ESC v: one byte in its turn, bits 0 and 1 near end, 2 and 3 end; 0 for the drawer that is not there."""
        drawer = body[2:] in (b"\x02", b"2")
        self._say(b"\x00" if drawer else escpos.automatic_status(b"".join(self._replies))[2:3])

    # Movements

    def stopped(self) -> bool:
        return self.paper_mm <= 0 or self.cover_open or self._jammed or self._offline or bool(self._errors)

    def run(self) -> None:
        while self._moving is None:
            if not self.page.motions:
                if not self.take():
                    return
            elif self.stopped():
                self.stall()
                return
            else:
                self._start(self.page.motions[0])

    def stall(self) -> None:
        for symptom in list(self._watched):
            self._shown(symptom)

    def _start(self, motion: Motion) -> None:
        if motion.cut and self._stuck:
            self._jammed = True
            self.effect("cutter-jam")
            self._changed()
        elif motion.mm > self.paper_mm:
            self.paper_mm = 0.0
            self._changed()
        else:
            self._moving = self.page.motions.popleft()
            self.call_later(_CUT_US if motion.cut else round(motion.mm * _US_A_MM), self._moved, self.epoch, motion)

    def _moved(self, epoch: int, motion: Motion) -> None:
        if epoch != self.epoch:
            return
        before_mm = self.paper_mm
        self.paper_mm = max(0.0, before_mm - motion.mm)
        self.head_mm += motion.mm
        self.cuts += motion.cut
        if motion.printed is not None:
            self.printed.append(motion.printed)
        if self.paper_mm <= 0 or self.paper_mm < self.near_end_mm <= before_mm:
            self._changed()
        self._moving = None
        self.run()

    # Faults, and what people do

    def load_roll(self, length_mm: float | None = None) -> None:
        """Put in a roll, a full one unless its length is given; a job that waited for paper goes on."""
        self.paper_mm = self.roll_mm if length_mm is None else length_mm
        self._hand_in(ROLL, 1)
        self._resume("paper-out")

    def low_slots(self) -> tuple[str, ...]:
        return (ROLL,) if self.paper_mm < self.near_end_mm else ()

    def put(self, slot: str, pieces: int) -> None:
        self.load_roll()

    def run_down(self, share: float) -> None:
        self.paper_mm = min(self.paper_mm, self.near_end_mm - 1)
        self._changed()

    def refill(self) -> dict[str, int]:
        """A person puts in a roll when the old one is near its end or out."""
        if self.paper_mm >= self.near_end_mm:
            return {}
        self.load_roll()
        return {"thermal-roll": 1}

    def _watch(self, symptom: str) -> None:
        if symptom not in self._watched:
            self._watched.append(symptom)
        self._changed()

    def _resume(self, symptom: str) -> None:
        if symptom in self._watched:
            self._watched.remove(symptom)
        self._changed()
        self.run()

    def begin_paper_out(self) -> None:
        """The roll is at its end now."""
        self.paper_mm = 0.0
        self._watch("paper-out")

    def end_paper_out(self) -> None:
        """A full roll is in."""
        self.load_roll()

    def begin_cover_open(self) -> None:
        """Somebody leaves the cover open."""
        self.cover_open = True
        self._watch("cover-open")

    def end_cover_open(self) -> None:
        """The cover is shut; a job that waited goes on."""
        self.cover_open = False
        self._resume("cover-open")

    def begin_cutter_jam(self) -> None:
        """The next cut will jam."""
        self._stuck = True

    def end_cutter_jam(self) -> None:
        """The blade is free; the cut that waited is made."""
        self._stuck = self._jammed = False
        self._resume("cutter-jam")

    def begin_offline(self) -> None:
        """Taken offline at its panel."""
        self._offline = True
        self._watch("offline")

    def end_offline(self) -> None:
        """Online again; a job that waited goes on."""
        self._offline = False
        self._resume("offline")

    def _fail(self, alarm: str) -> None:
        self._errors.add(alarm)
        self._watch(alarm)

    def _mend(self, alarm: str) -> None:
        self._errors.discard(alarm)
        self._resume(alarm)

    def begin_mechanical_error(self) -> None:
        """The mechanism no longer finds its position."""
        self._fail("mechanical-error")

    def end_mechanical_error(self) -> None:
        """It has been freed; a job that waited goes on."""
        self._mend("mechanical-error")

    def begin_overheated(self) -> None:
        """The head is too hot to print."""
        self._fail("overheated")

    def end_overheated(self) -> None:
        """It has cooled down; a job that waited goes on."""
        self._mend("overheated")

    def begin_unrecoverable_error(self) -> None:
        """The board reports an error that no command clears."""
        self._fail("unrecoverable-error")

    def end_unrecoverable_error(self) -> None:
        """The board has been replaced; a job that waited goes on."""
        self._mend("unrecoverable-error")

    def begin_silence(self) -> None:
        """It prints, but no answer leaves it."""
        self._silent = True
        self.quick = False

    def end_silence(self) -> None:
        """It answers again."""
        self._silent = False


_REPORTS: dict[bytes, Callable[[ThermalPrinterModel, bytes], None]] = {
    b"\x1da": ThermalPrinterModel._set_automatic_status,
    b"\x1dg": ThermalPrinterModel._maintenance,
    b"\x1dr": ThermalPrinterModel._sensor_status,
    b"\x1bv": ThermalPrinterModel._sensor_status,
}


def _replies(active: list[str]) -> Replies:
    """The four answers while these alarms are up."""
    flags = [flag for flag, alarm in CARD.alarms.items() if alarm.name in active]
    if any(CARD.alarms[flag].blocks for flag in flags):
        flags.append(escpos.OFFLINE)
    if not _ERRORS.isdisjoint(active):
        flags.append(escpos.ERROR)
    return escpos.answers(flags)
