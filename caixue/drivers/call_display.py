"""Call display (叫号屏) over the open profile caixue-display/1: text in rows, and whether people can really see it."""

from __future__ import annotations

from caixue.clock import US_PER_S, Clock
from caixue.drivers.asking import AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, DeviceCard
from caixue.errors import GarbledReply, UsageError
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.wire import display, escpos

_PROFILE = "open profile caixue-display/1, assumed: docs/assumptions.md A-87"
BLACK_SCREEN, STALE_CALL = display.BLACK, 2  # the second is the driver's own reading: what was taken is not what is shown

CARD = DeviceCard(
    kind="call-display",
    zh="叫号屏",
    en="call display",
    protocol="ASCII lines",
    baudrate=9600,
    reply_timeout_s=0.5,
    source=_PROFILE,
    commands={"show": b"SHOW", "clear": b"CLEAR", "status": b"STAT"},
    alarms={
        BLACK_SCREEN: Alarm("black-screen", "黑屏", "black screen", source="DS01; " + _PROFILE),
        STALE_CALL: Alarm("stale-call", "叫号未更新", "stale call", source="DS01; " + _PROFILE),
    },
    durations_s={"refresh": 0.2, "stale": 2.0},
    limits={"read_retries": 2, "columns": 24, "rows": 12},
    capabilities=("show", "status"),
)

_COLUMNS, _ROWS = int(CARD.limits["columns"]), int(CARD.limits["rows"])
_STALE_US = int(CARD.durations_s["stale"] * US_PER_S)


class CallDisplay(AskingDriver):
    """One panel. Every change names what a row shall show, so it may be repeated."""

    card = CARD

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        super().__init__(name, port, clock, recorder)
        self._number = 0
        self._changed_us = -_STALE_US

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return _ROWS

    def show(self, row: int, text: str) -> None:
        """Let `row` (1 to 12) show `text`, cut to the 24 columns of a row; control characters are dropped, for text is data.

        Raises UsageError for another row, DeviceError when the panel refuses, LinkError when it does not answer.
        """
        if not 1 <= row <= _ROWS:
            raise UsageError(f"rows are 1–{_ROWS}, not {row}")
        shown = escpos.wrap(escpos.clean(text), _COLUMNS)[0]
        self._change("SHOW", row, display.encode(shown))

    def clear(self) -> None:
        """Let no row show anything. Raises DeviceError and LinkError like `show`."""
        self._change("CLEAR")

    def status(self) -> Reading:
        """Whether the panel is lit and shows what it took; raises LinkError when it does not answer properly."""
        flags, taken, shown, rows = self._ask(display.line("STAT"), self._hear_status)
        late = taken != shown and self.clock.monotonic_us() - self._changed_us >= _STALE_US
        up = [CARD.alarms[code].name for code, here in ((BLACK_SCREEN, flags & display.BLACK), (STALE_CALL, late)) if here]
        return self._keep("fault" if up else "ready", tuple(up), {"taken": taken, "shown": shown, "rows": rows})

    def restart(self) -> None:
        """Let it forget what it was told before, and tell how it is."""
        self.clear()
        super().restart()

    def _change(self, command: str, *fields: int | str) -> None:
        self._number = self._number % display.LAST_NUMBER + 1
        said = self._ask(display.line(command, self._number, *fields), self._hear_answer)
        self._changed_us = self.clock.monotonic_us()
        if said != "OK":
            raise self._refused(None, f"the display did not take {command}")
        self._good()

    def _hear_answer(self) -> str:
        fields = self._hear_fields()
        if fields not in (["OK", str(self._number)], ["ERR", str(self._number)]):
            raise self._garbled(f"{fields} is no answer to change {self._number}")
        return fields[0]

    def _hear_status(self) -> tuple[int, int, int, int]:
        name, *numbers = self._hear_fields()
        if name != "STAT" or len(numbers) != 4 or not all(number.isdecimal() for number in numbers):
            raise self._garbled(f"{name} {numbers} is no status")
        flags, taken, shown, rows = map(int, numbers)
        return flags, taken, shown, rows

    def _hear_fields(self) -> list[str]:
        text = self._hear_line()
        try:
            return display.fields(text)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None
