"""Model of a call display: what its controller took, what the panel shows, and when nobody can see it."""

from __future__ import annotations

from caixue.drivers.call_display import CARD
from caixue.errors import GarbledReply
from caixue.wire import display
from caixue.wire.lines import LineSplitter
from twin.devices.base import DeviceModel
from twin.faults.catalogue import GENERAL, Fault

_REFRESH_US = round(CARD.durations_s["refresh"] * 1_000_000)
_TURNAROUND_US = 2_000
_ROWS = int(CARD.limits["rows"])
_ROOM = "DS01: 50,000 h; repair 12 min, docs/assumptions.md A-87"

FAULTS = (
    Fault("black-screen", "call-display", "black-screen", "黑屏", "black screen", GENERAL, 720.0, 240.0, _ROOM,
          mean_between=50_000.0, part="power-supply"),
    Fault("stale-call", "call-display", "stale-call", "叫号停在上一位", "shows the call before", GENERAL, 720.0, 240.0, _ROOM, mean_between=50_000.0),
    Fault("silence", "call-display", "silence", "显示屏无应答", "display does not answer", GENERAL, 720.0, 240.0, _ROOM, mean_between=50_000.0),
)  # fmt: skip


class CallDisplayModel(DeviceModel):
    """One panel. `rows` is what its controller holds, `visible` what people can read."""

    card = CARD

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._lines = LineSplitter()
        self._dark = self._stuck = self._silent = False
        self._forget()

    @property
    def visible(self) -> dict[int, str]:
        """Row → text that can be read from the chairs."""
        return {} if self._dark or not self.powered else dict(self._panel)

    def power_off(self) -> None:
        """The panel goes dark and forgets everything."""
        super().power_off()
        self._forget()

    def feed(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            try:
                name, *fields = display.fields(line.decode("ascii", "replace"))
            except GarbledReply:
                continue
            self._obey(name, fields)

    def _forget(self) -> None:
        self.rows: dict[int, str] = {}
        self._panel: dict[int, str] = {}
        self._taken = self._shown = 0
        self._lines.clear()

    def _obey(self, name: str, fields: list[str]) -> None:
        if name == "STAT" and not fields:
            flags = display.BLACK if self._dark else 0
            if self._dark:
                self.effect("black-screen")
            if self._stuck and self._taken != self._shown:
                self.effect("stale-call")
            self._say("STAT", flags, self._taken, self._shown, len(self.rows))
        elif name in ("SHOW", "CLEAR") and fields and _number(fields[0], display.LAST_NUMBER):
            number = int(fields[0])
            self._say("OK" if self._change(name, number, fields[1:]) else "ERR", number)

    def _change(self, name: str, number: int, fields: list[str]) -> bool:
        if name == "CLEAR" and not fields:
            self.rows.clear()
        elif name == "SHOW" and len(fields) == 2 and _number(fields[0], _ROWS) and display.decode(fields[1]) is not None:
            self.rows[int(fields[0])] = display.decode(fields[1]) or ""
        else:
            return False
        self._taken = number
        self.call_later(_REFRESH_US, self._refresh, number)
        return True

    def _refresh(self, number: int) -> None:
        if self.powered and not self._stuck and number == self._taken:
            self._panel, self._shown = {row: text for row, text in self.rows.items() if text}, number

    def _say(self, *fields: str | int) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(display.line(*fields), _TURNAROUND_US)

    def begin_black_screen(self) -> None:
        """The light behind the panel fails."""
        self._dark = True

    def end_black_screen(self) -> None:
        """The power supply has been replaced."""
        self._dark = False

    def begin_stale_call(self) -> None:
        """The controller takes calls, and the panel keeps what it shows; a call may have been lost just now."""
        self._stuck = True

    def end_stale_call(self) -> None:
        """The panel has been restarted and shows what the controller holds."""
        self._stuck = False
        self._refresh(self._taken)

    def begin_silence(self) -> None:
        """It hears, but its answers no longer arrive."""
        self._silent = True

    def end_silence(self) -> None:
        """The answers arrive again."""
        self._silent = False


def _number(text: str, last: int) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text) <= last
