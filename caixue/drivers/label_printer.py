"""Label printer (标签打印机): TSPL over a serial line, one label a job, nothing believed that the printer did not say."""

from __future__ import annotations

from functools import cache

from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, Counter, DeviceCard
from caixue.drivers.label_jobs import LabelDriver
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
    counters={"printed-km": Counter("km", _MANUAL)},
    capabilities=("print", "status", "mileage"),
)


@cache
def _meaning(status: int) -> tuple[str, tuple[str, ...], dict[str, int]]:
    """State, alarms and values of a status byte. All 256 are legal: models differ in how they combine bits."""
    alarms = tuple(alarm.name for bit, alarm in CARD.alarms.items() if status & bit)
    state = "fault" if alarms else "busy" if status & tspl.PRINTING else "ready"
    return state, alarms, {"status": status}


class LabelPrinter(LabelDriver):
    """A printer that speaks TSPL."""

    card = CARD
    # The line end closes a line that a broken job may have left open. That this printer knows `<ESC>!.` is A-45.
    purge_command = tspl.CANCEL + b"\r\nCLS\r\n"

    def status(self) -> Reading:
        """State and alarms in one exchange: `<ESC>!?`, one byte back. Raises LinkError when no proper answer comes.

        The byte carries no check, so a bit damaged on the line looks like a state; the scanner has the last word on a label.
        """
        state, alarms, values = _meaning(self._ask(tspl.STATUS_QUERY, self._hear_byte))
        return self._keep(state, alarms, values)

    def render(self, content: LabelContent) -> bytes:
        return tspl.render_label(content, self.layout)

    def mileage_km(self) -> int:
        """Whole kilometres that the print head has run. Raises LinkError, also while the printer is not ready to answer."""
        return self._ask(tspl.MILEAGE_QUERY + b"\r\n", self._hear_number)

    def _hear_number(self) -> int:
        text = self._hear_line()
        if not text.isdigit():
            raise self._garbled(f"not a number: {text!r}")
        return int(text)
