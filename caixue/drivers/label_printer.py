"""Label printer (标签打印机): TSPL over a serial line, one label a job, nothing believed that the printer did not say."""

from __future__ import annotations

from functools import cache

from caixue.clock import Clock
from caixue.drivers.asking import AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, DeviceCard
from caixue.errors import DeviceError, LinkError, ReplyTimeout, UncertainOutcome
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.tubes import LabelContent
from caixue.wire import tspl

_MANUAL = "Gprinter GP-2120T manual p. 30, TSC TTP-244 Plus manual p. 85"
_TIMES = "assumed: docs/assumptions.md A-40"

CARD = DeviceCard(
    kind="label-printer",
    zh="标签打印机",
    en="label printer",
    protocol="TSPL",
    baudrate=19200,  # assumed: docs/assumptions.md A-41
    reply_timeout_s=0.5,
    source=f"{_MANUAL}; times {_TIMES}",
    commands={"status": tspl.STATUS_QUERY, "cancel": tspl.CANCEL, "mileage": tspl.MILEAGE_QUERY},
    alarms={
        tspl.HEAD_OPEN: Alarm("head-open", "打印头未合上", "head open", source=_MANUAL),
        tspl.PAPER_JAM: Alarm("paper-jam", "卡纸", "paper jam", source=_MANUAL),
        tspl.PAPER_OUT: Alarm("paper-out", "标签纸用完", "out of labels", source=_MANUAL),
        tspl.RIBBON_OUT: Alarm("ribbon-out", "碳带用完", "out of ribbon", source=_MANUAL),
        tspl.PAUSED: Alarm("paused", "已暂停", "paused", source=_MANUAL),
        tspl.COVER_OPEN: Alarm("cover-open", "机盖打开", "cover open", source=_MANUAL),
        tspl.OVER_TEMPERATURE: Alarm("over-temperature", "温度超限", "temperature over range", source=_MANUAL),
    },
    durations_s={"imaging": 0.1, "print": 0.5, "settle": 0.05, "poll": 0.1},
    limits={
        "read_retries": 2,  # of questions, never of a job
        "polls": 30,  # looks at a label that takes longer than it should
        "feed_mm": 33.0,  # 30 round the tube and 3 of gap: room.md
        "roll_labels": 1500,
        "near_end_labels": 100,
        "head_life_km": 30.0,  # domain.md §5: 30 to 50 by one vendor
    },
    capabilities=("print", "status", "mileage"),
)


@cache
def _meaning(status: int) -> tuple[str, tuple[str, ...], dict[str, int]]:
    """State, alarms and values of a status byte. All 256 are legal: models differ in how they combine bits."""
    alarms = tuple(alarm.name for bit, alarm in CARD.alarms.items() if status & bit)
    state = "fault" if alarms else "busy" if status & tspl.PRINTING else "ready"
    return state, alarms, {"status": status}


class LabelPrinter(AskingDriver):
    """Prints one label at a time onto the peel plate."""

    card = CARD

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder, *, layout: tspl.LabelLayout = tspl.LAYOUT) -> None:
        super().__init__(name, port, clock, recorder)
        self.layout = layout
        self.last_sent = ""  # the serial of the last job that went out

    def status(self) -> Reading:
        """State and alarms in one exchange: `<ESC>!?`, one byte back. Raises LinkError when no proper answer comes.

        The byte carries no check, so a bit damaged on the line looks like a state; the scanner has the last word on a label.
        """
        state, alarms, values = _meaning(self._ask(tspl.STATUS_QUERY, self._hear_byte))
        return self._keep(state, alarms, values)

    def print_label(self, content: LabelContent) -> None:
        """Print one label and return when the printer says that it is out, which does not yet mean that it can be read.

        Raises UsageError for content that no label can hold and DeviceError when the printer is not ready: nothing was
        sent. After `label.sent`, DeviceError means that an alarm stopped the job, UncertainOutcome that the printer did
        not answer; the label's state is unknown then, its serial must not be used again, and what was queued is cancelled.
        """
        job = tspl.render_label(content, self.layout)
        self._must_be_ready()
        try:
            self._send(job, content.serial)
            durations = self.card.durations_s
            self.clock.sleep(len(job) * self.port.character_s + durations["imaging"] + durations["print"] + durations["settle"])
            self._wait_until_idle("an alarm stopped the job")
        except LinkError as error:
            self._cancel()
            raise UncertainOutcome(f"label {content.serial} was sent, then: {error}", device=self.name) from None
        self.recorder.note("label.printed", content.serial, device=self.name)

    def purge(self) -> None:
        """Leave nothing behind that could still print: cancel all jobs, clear the image, wait for a label in progress.

        Labels already on the plate stay there. Raises LinkError when the printer does not answer, DeviceError while an
        alarm stands. May be repeated. Source: TSC TSPL manual; that this printer knows `<ESC>!.` is A-45.
        """
        self._write(_PURGE)
        self.clock.sleep(len(_PURGE) * self.port.character_s + self.card.durations_s["settle"])
        self._wait_until_idle("an alarm stands")

    def mileage_km(self) -> int:
        """Whole kilometres that the print head has run. Raises LinkError, also while the printer is not ready to answer."""
        return self._ask(tspl.MILEAGE_QUERY + b"\r\n", self._hear_number)

    def _hear_number(self) -> int:
        text = self._hear_line()
        if not text.isdigit():
            raise self._garbled(f"not a number: {text!r}")
        return int(text)

    def _must_be_ready(self) -> None:
        reading = self.status()
        if reading.alarms:
            raise self._alarm(reading, "nothing was sent")
        if reading.state == "busy":
            raise self._refused(None, "still printing something else; nothing was sent", tspl.PRINTING)

    def _send(self, job: bytes, serial: str) -> None:
        """Journal first: from here on the printer may have the job, whatever happens."""
        self.last_sent = serial
        self.recorder.note("label.sent", serial, device=self.name)
        self._write(job)

    def _wait_until_idle(self, detail: str) -> None:
        """Poll until the printer neither prints nor complains."""
        for _ in range(int(self.card.limits["polls"])):
            reading = self.status()
            if reading.alarms:
                self._cancel()
                raise self._alarm(reading, detail)
            if reading.state == "ready":
                return
            self.clock.sleep(self.card.durations_s["poll"])
        timeout = ReplyTimeout("still printing long after it should have finished", device=self.name)
        self._trouble(timeout)
        raise timeout

    def _alarm(self, reading: Reading, detail: str) -> DeviceError:
        code = int(reading.values["status"])
        alarm = next(alarm for bit, alarm in self.card.alarms.items() if code & bit)
        return self._refused(alarm, f"{', '.join(reading.alarms)}; {detail}", code)

    def _cancel(self) -> None:
        """Drop what the printer still holds, as far as it can be reached: a label nobody waits for must not come out later."""
        try:
            self._write(_PURGE)
        except LinkError:
            return

    def _write(self, data: bytes) -> None:
        try:
            with self.port.lock:
                self.port.write(data)
        except LinkError as error:
            self._trouble(error)
            raise


# The line end closes a line that a broken job may have left open.
_PURGE = tspl.CANCEL + b"\r\nCLS\r\n"
