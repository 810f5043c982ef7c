"""Thermal receipt printer (热敏打印机) over ESC/POS: status from all four real-time queries or told unasked, receipts in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import ClassVar

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver, Reading
from caixue.drivers.card import Alarm, Counter, DeviceCard
from caixue.drivers.receipt import FEED_BEFORE_CUT, PrintedReceipt, typeset
from caixue.errors import DeviceError, GarbledReply, LinkError, LinkLost, ReplyTimeout, UncertainOutcome
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.wire import escpos
from caixue.wire.escpos import ANSWERS, QUERIES

_EPSON = "Epson ESC/POS command reference, DLE EOT n; TM-U220 technical reference p. 54"

CARD = DeviceCard(
    kind="thermal-printer",
    zh="热敏打印机",
    en="thermal printer",
    protocol="ESC/POS",
    baudrate=19200,
    reply_timeout_s=1.0,  # assumed: docs/assumptions.md A-32
    source=_EPSON,
    commands=dict(zip(("printer", "offline", "error", "paper"), QUERIES, strict=True)),
    # The key is the status flag of caixue.wire.escpos: the query's number, then the bits in its answer.
    alarms={
        escpos.COVER_OPEN: Alarm("cover-open", "上盖打开", "cover open", source=_EPSON),
        escpos.PAPER_STOP: Alarm("paper-out", "缺纸", "paper out", source=_EPSON),
        escpos.PAPER_END: Alarm("paper-out", "缺纸", "paper out", source=_EPSON),
        escpos.NEAR_END: Alarm("paper-near-end", "纸将尽", "paper near end", blocks=False, source=_EPSON),
        escpos.CUTTER: Alarm("cutter-jam", "切刀卡住", "cutter jam", source=_EPSON),
        escpos.RECOVERABLE: Alarm("mechanical-error", "机械故障", "mechanical error", source=_EPSON),
        escpos.UNRECOVERABLE: Alarm("unrecoverable-error", "不可恢复故障", "unrecoverable error", source=_EPSON),
        escpos.AUTO_RECOVERABLE: Alarm("overheated", "打印头过热", "head too hot", source=_EPSON),
        escpos.OFFLINE: Alarm("offline", "脱机", "offline", source=_EPSON),
    },
    # A line at about 70 mm/s and a cut: assumed, docs/assumptions.md A-30; first byte of a reply: A-32.
    durations_s={"line": 0.06, "cut": 0.4, "reply": 0.002, "margin": 0.1},
    # Paper 58 mm wide with 384 dots of 1/8 mm, 32 columns; roll, slip and near-end sensor: docs/assumptions.md A-31.
    # Head 100 km and 1.5 million cuts: Epson TM-H6000III (easymanua.ls/epson/h6000iii p. 44).
    limits={
        "columns": 32,
        "rows": 100,
        "line_mm": 4.25,
        "roll_mm": 30_000.0,
        "near_end_mm": 3_000.0,
        "slip_mm": 100.0,
        "head_mm": 100e6,
        "cuts": 1.5e6,
    },
    counters={"cuts": Counter("cut", "Epson ESC/POS command reference, GS g 2; numbers: docs/assumptions.md A-109", escpos.CUTS)},
    capabilities=("receipts", "cutter", "paper-near-end", "automatic-status"),
)

_TIMEOUT_S = CARD.reply_timeout_s
_MOST_ROWS = int(CARD.limits["rows"])
_UNASKED = 4 * escpos.ASB_SIZE  # bytes nobody asked for that are passed over while one answer is awaited
_TURN_S = 0.25  # who listens gives the line free this often, so that a monitor can ask between
_CODES = {alarm.name: code for code, alarm in reversed([*CARD.alarms.items()])}
_BLOCKING = frozenset(alarm.name for alarm in CARD.alarms.values() if alarm.blocks)


class Paper(StrEnum):
    """What is known about the roll."""

    PLENTY = "plenty"
    NEAR_END = "near-end"
    OUT = "out"
    UNKNOWN = "unknown"


class ThermalPrinter(Driver):
    """One receipt printer. A receipt is sent only to a printer that says it is well, and is certain only when it still says so after."""

    card = CARD
    moves: ClassVar[tuple[str, ...]] = ("print_receipt",)

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        super().__init__(name, port, clock, recorder)
        self._late_until_us = 0  # until then the answer to an earlier query may still come
        self._wire_free_us = 0  # until then a job is still on the wire, and an answer waits behind it
        self._delayed = False
        self._automatic = escpos.AutomaticStatus()
        self._told_unasked = False  # whether automatic status is wanted; if not, it is passed over
        self._told = b""  # the last automatic status, as four answers, until somebody has taken it into account

    @property
    def paper(self) -> Paper:
        """The roll at the last status; unknown before the first one and after one that failed."""
        if self.reading is None or self._troubled:
            return Paper.UNKNOWN
        alarms = self.reading.alarms
        return Paper.OUT if "paper-out" in alarms else Paper.NEAR_END if "paper-near-end" in alarms else Paper.PLENTY

    def status(self) -> Reading:
        """Ask all four real-time queries, one exchange each; the values are the four answers as numbers.

        Raises ReplyTimeout after one reply time of silence, GarbledReply when an answer lacks its fixed bits, LinkLost.
        """
        replies = b""
        try:
            for query in QUERIES:
                reply = self._ask(query)
                if self._told:  # it changed during the round: what was answered before is old
                    replies, self._told = self._told[: len(replies)], b""
                replies += reply
        except LinkError as error:
            self._trouble(error)
            raise
        return self._keep(*_meaning(replies))

    def wear(self) -> Mapping[str, int]:
        """How often it has cut; empty while an alarm stops it, for it answers such questions in their turn. Raises LinkError."""
        return {} if self.status().state == "fault" else {name: self._counter(counter.place) for name, counter in CARD.counters.items()}

    def tell_changes(self, on: bool = True) -> None:
        """Have the printer send its status unasked, now and at every change, or stop that; may be repeated, as after a power cut.

        What comes is a reading like any other, also when it comes between a question and its answer. Raises LinkLost.
        """
        try:
            with self.port.lock:
                self._told_unasked = on
                self.port.write(escpos.AUTOMATIC_ON if on else escpos.AUTOMATIC_OFF)
        except LinkLost as error:
            self._trouble(error)
            raise

    def listen(self, timeout_s: float) -> Reading | None:
        """The next status that comes unasked, or None when none came in `timeout_s` seconds. Raises LinkLost."""
        end_us = self.clock.monotonic_us() + int(timeout_s * US_PER_S)
        self._told = b""
        while not self._told:
            left_s = (end_us - self.clock.monotonic_us()) / US_PER_S
            if left_s <= 0:
                return None
            self._hear_unasked(min(left_s, _TURN_S))
        return self.reading

    def print_receipt(self, lines: Sequence[str]) -> PrintedReceipt:
        """Print and cut one receipt, and return what came out. Not repeatable: a second call prints a second receipt.

        Raises UsageError for no lines or more than 100 rows, and DeviceError with nothing printed when the printer is not
        ready. When the printer stops on the way (DeviceError) or falls silent (UncertainOutcome) the receipt is uncertain.
        """
        job, receipt = typeset(lines, int(self.card.limits["columns"]), _MOST_ROWS)
        self._require_well("未打印", "nothing was printed")
        self._send(job)
        durations = CARD.durations_s
        motion_s = (len(receipt.lines) + FEED_BEFORE_CUT) * durations["line"] + durations["cut"]
        self.clock.sleep(len(job) * self.port.character_s + motion_s + durations["margin"])
        try:
            self._require_well("小票是否完整不确定", "the receipt is uncertain")
        except LinkError as error:
            raise _uncertain(self.name) from error
        return receipt

    def _require_well(self, zh: str, en: str) -> None:
        """Raise DeviceError with these words when a blocking alarm is up."""
        stopped = next((name for name in self.status().alarms if name in _BLOCKING), None)
        if stopped is not None:
            raise self._refusal(stopped, zh, en)

    def _refusal(self, name: str, zh: str, en: str) -> DeviceError:
        code = _CODES[name]
        alarm = CARD.alarms[code]
        return self._refused(alarm, f"{alarm.zh}，{zh} / {alarm.en}; {en}", code)

    def _send(self, job: bytes) -> None:
        port = self.port
        try:
            with port.lock:
                port.write(job, moves=True)
                self._wire_free_us = self.clock.monotonic_us() + int(len(job) * port.character_s * US_PER_S)
                self._delayed = True
        except LinkLost as error:
            self._trouble(error)
            raise _uncertain(self.name) from error

    def _ask(self, query: bytes) -> bytes:
        """One exchange: a real-time query and its one byte."""
        port = self.port
        with port.lock:
            timeout_s = self._patience_s() if self._delayed else _TIMEOUT_S
            while count := port.waiting():
                self._take_unasked(port.read(count, timeout_s))
            try:
                port.write(query)
                reply = port.read(1, timeout_s)
            except BaseException:  # interrupted, or the port is lost: its answer may still come
                self._expect_late_answer()
                raise
            if reply in ANSWERS:
                self._automatic.clear()
                return reply
            return self._second_look(query, reply, timeout_s)

    def _counter(self, number: int) -> int:
        """One exchange: a maintenance counter."""
        port = self.port
        try:
            with port.lock:
                timeout_s = self._patience_s() if self._delayed else _TIMEOUT_S
                while count := port.waiting():
                    self._take_unasked(port.read(count, timeout_s))
                self._expect_late_answer()
                port.write(escpos.counter_query(number))
                return self._hear_count(timeout_s)
        except LinkError as error:
            self._trouble(error)
            raise

    def _hear_count(self, timeout_s: float) -> int:
        """The answer to a counter query; what is told unasked before it is taken in."""
        data = b""
        for _ in range(_UNASKED + escpos.COUNTER_SIZE):
            byte = self.port.read(1, timeout_s)
            if not byte:
                raise ReplyTimeout(f"{timeout_s:g} s 内无应答 / no answer to GS g 2", device=self.name)
            if data or byte == escpos.COUNTER_HEADER:
                data += byte
            else:
                self._take_unasked(byte)
            if data and byte == escpos.COUNTER_END:
                break
        found = escpos.counted(data)
        if found is None:
            raise GarbledReply(f"{data.hex()} 不是计数 / is no answer to GS g 2", device=self.name)
        self._late_until_us = 0
        return found

    def _patience_s(self) -> float:
        """The reply time while a job may still be on the wire; first waits until no late answer can be taken for this one."""
        now_us = self.clock.monotonic_us()
        if now_us < self._late_until_us:
            self.clock.sleep((self._late_until_us - now_us) / US_PER_S)
            now_us = self._late_until_us
        self._delayed = now_us < self._wire_free_us
        return _TIMEOUT_S + max(0, self._wire_free_us - now_us) / US_PER_S

    def _second_look(self, query: bytes, reply: bytes, timeout_s: float) -> bytes:
        """Take in or pass over flow control and automatic status; raises ReplyTimeout or GarbledReply."""
        for _ in range(_UNASKED):
            if not reply or not (self._take_unasked(reply) or reply in escpos.XON_XOFF):
                break
            reply = self.port.read(1, timeout_s)
            if reply in ANSWERS:
                self._automatic.clear()
                return reply
        self._expect_late_answer()
        if reply:
            raise GarbledReply(f"{reply.hex()} 不是状态字节 / is no answer to DLE EOT {query[2]}", device=self.name)
        raise ReplyTimeout(f"{timeout_s:g} s 内无应答 / no answer to DLE EOT {query[2]}", device=self.name)

    def _hear_unasked(self, patience_s: float) -> None:
        try:
            with self.port.lock:
                self._take_unasked(self.port.read_some(patience_s))
        except LinkLost as error:
            self._trouble(error)
            raise

    def _take_unasked(self, data: bytes) -> bool:
        """Keep each automatic status in `data` as a reading, if they are wanted; whether the last byte is part of one."""
        part = False
        for byte in data:
            packet = self._automatic.hear(byte)
            part = packet is not None
            if packet and self._told_unasked:
                self._told = escpos.answers_of(packet)
                self._keep(*_meaning(self._told))
        return part

    def _expect_late_answer(self) -> None:
        self._late_until_us = self.clock.monotonic_us() + int(_TIMEOUT_S * US_PER_S)
        self._delayed = True


@cache
def _meaning(replies: bytes) -> tuple[str, tuple[str, ...], Mapping[str, int | float]]:
    """State, alarms and values that four answers stand for; at most 16**4 different ones exist, in practice a dozen."""
    up = [alarm for code, alarm in CARD.alarms.items() if code != escpos.OFFLINE and escpos.is_up(code, replies)]
    blocked = any(alarm.blocks for alarm in up)
    feeding = escpos.is_up(escpos.FEEDING, replies)
    if not blocked and not feeding and (escpos.is_up(escpos.OFFLINE, replies) or escpos.is_up(escpos.ERROR, replies)):
        up.append(CARD.alarms[escpos.OFFLINE])
        blocked = True
    values = dict(zip(CARD.commands, replies, strict=True))
    return "fault" if blocked else "busy" if feeding else "ready", tuple(dict.fromkeys(alarm.name for alarm in up)), values


def _uncertain(device: str) -> UncertainOutcome:
    return UncertainOutcome("小票是否完整不确定 / the receipt is uncertain", device=device)
