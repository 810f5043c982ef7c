"""Label printer (标签打印机) in ZPL: the same work as in TSPL, for a printer that falls silent when it is stopped.

The guide says that ~HS is not answered while media or ribbon are out, the head is open or too hot, or the rewinder is full.
Then ~HQES tells why, and a printer too old for it still answers ~HI. Only one that answers none of the three is unreachable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from caixue.drivers.asking import GAP_S
from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, Counter, DeviceCard
from caixue.drivers.label_jobs import LabelDriver
from caixue.errors import GarbledReply, LinkError, ReplyTimeout
from caixue.tubes import LabelContent
from caixue.wire import zpl

_GUIDE = "Zebra ZPL II programming guide, ~HS and ~HQ"
_TIMES = "assumed: docs/assumptions.md A-51"
_LONGEST_REPLY = 400  # bytes of any answer asked for here; the longest has about 120
_ETX = b"\x03"
_HOST_LINES = 3

Answer = TypeVar("Answer")

CARD = DeviceCard(
    kind="zpl-label-printer",
    zh="标签打印机（ZPL）",
    en="label printer (ZPL)",
    protocol="ZPL II",
    baudrate=19200,  # assumed: docs/assumptions.md A-51
    reply_timeout_s=0.5,
    source=f"{_GUIDE}; times {_TIMES}",
    commands={
        "status": zpl.HOST_STATUS,
        "errors": zpl.ERROR_STATUS,
        "identification": zpl.IDENTIFICATION,
        "cancel": zpl.CANCEL_ALL,
        "mileage": zpl.ODOMETER,
    },
    # The key is the error flag of ~HQES.
    alarms={
        zpl.HEAD_OPEN: Alarm("head-open", "打印头未合上", "head open", source=_GUIDE),
        zpl.FEED_ERROR: Alarm("paper-jam", "卡纸", "paper jam", source=f"{_GUIDE}: paper feed error; {_TIMES}"),
        zpl.MEDIA_OUT: Alarm("paper-out", "标签纸用完", "out of labels", source=_GUIDE),
        zpl.RIBBON_OUT: Alarm("ribbon-out", "碳带用完", "out of ribbon", source=_GUIDE),
        zpl.HEAD_HOT: Alarm("over-temperature", "打印头过热", "head too hot", source=_GUIDE),
        zpl.PAUSED: Alarm("paused", "已暂停", "paused", source=_GUIDE),
        zpl.UNNAMED: Alarm("unnamed-stop", "停机，打印机未说明原因", "stopped, and does not say why", source=_GUIDE),
    },
    durations_s={"imaging": 0.1, "print": 0.5, "settle": 0.05, "poll": 0.1},
    limits={"read_retries": 2, "polls": 30},  # as with the TSPL printer
    counters={"printed-km": Counter("km", _GUIDE)},
    capabilities=("print", "status", "mileage"),
)


class ZplLabelPrinter(LabelDriver):
    """A printer that speaks ZPL. One status costs one exchange, and up to three while the printer is stopped."""

    card = CARD
    # Between two cancellations the end of a format: it closes one that a broken job left open and the first did not drop.
    purge_command = zpl.CANCEL_ALL + b"^XZ" + zpl.CANCEL_ALL

    def status(self) -> Reading:
        """State and alarms. Silence after ~HS is no failure of the link as long as ~HQES or ~HI is answered.

        Raises ReplyTimeout when none of the three is answered, GarbledReply when no proper answer comes after retries.
        """
        error: LinkError = ReplyTimeout("not asked", device=self.name)
        for _ in range(self._retries + 1):
            try:
                return self._keep_flags(*self._look())
            except ReplyTimeout as silence:
                self._trouble(silence)
                raise
            except LinkError as other:
                self._trouble(other)
                error = other
        raise error

    def render(self, content: LabelContent) -> bytes:
        return zpl.render_label(content, self.layout)

    def identification(self) -> str:
        """Model and firmware version as the printer says them. Raises LinkError when it does not answer properly."""
        return self._ask(zpl.IDENTIFICATION, lambda: self._hear_reply(zpl.identification))

    def mileage_km(self) -> int:
        """Whole kilometres that the print head has run. Raises LinkError, also from a printer too old to know."""
        return int(self._ask(zpl.ODOMETER, lambda: self._hear_reply(zpl.printed_km)))

    def _look(self) -> tuple[int, bool]:
        """Error flags, and whether the printer is busy. Raises ReplyTimeout when it answers nothing at all."""
        try:
            return self._host_status()
        except ReplyTimeout:
            pass
        try:
            flags = self._once(zpl.ERROR_STATUS, zpl.error_flags) & (zpl.KNOWN | zpl.UNNAMED)
        except ReplyTimeout:
            return self._too_old_to_say()
        if not flags:
            raise GarbledReply("no answer to ~HS, and no error that would explain it", device=self.name)
        return flags, False

    def _too_old_to_say(self) -> tuple[int, bool]:
        """It knows ~HI or is unreachable; two losses in a row on a noisy link look the same, so it is asked once more."""
        self._once(zpl.IDENTIFICATION, zpl.identification)
        try:
            return self._host_status()
        except ReplyTimeout:
            return zpl.UNNAMED, False

    def _host_status(self) -> tuple[int, bool]:
        host = self._once(zpl.HOST_STATUS, zpl.host_status, _HOST_LINES)
        return host.flags, host.busy

    def _keep_flags(self, flags: int, busy: bool) -> Reading:
        alarms = tuple(alarm.name for flag, alarm in CARD.alarms.items() if flags & flag)
        return self._keep("fault" if alarms else "busy" if busy else "ready", alarms, {"status": flags})

    def _once(self, question: bytes, parse: Callable[[bytes], Answer], frames: int = 1) -> Answer:
        """One exchange. Raises ReplyTimeout for silence and GarbledReply for anything that `parse` refuses."""
        return self._exchange(question, lambda: self._hear_reply(parse, frames))

    def _hear_reply(self, parse: Callable[[bytes], Answer], frames: int = 1) -> Answer:
        """A reply of so many frames, each up to its ETX and the line end that may follow."""
        data = self.port.read_some(self.card.reply_timeout_s)
        if not data:
            raise self._silence()
        while not _whole(data, frames) and len(data) <= _LONGEST_REPLY:
            more = self.port.read_some(GAP_S)
            if not more:
                break
            data += more
        try:
            return parse(data)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None


def _whole(data: bytes, frames: int) -> bool:
    """Whether the last of `frames` frames is there; of several, with its line end: all of ~HS have one."""
    return data.count(_ETX) >= frames and (frames == 1 or data.endswith(b"\r\n"))
