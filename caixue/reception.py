"""The hall before the windows: tickets from a kiosk, calls on the displays. A patient is served without either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from caixue.drivers.call_display import CallDisplay
from caixue.drivers.queue_kiosk import QueueKiosk
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder


class Reception:
    """Kiosks and displays of one room. What fails has been journaled by its driver, and nobody waits for it.

    `places` names every window and how people read it, in the order of the rows of a shared display; a display at a window
    shows its calls in row 1.
    """

    def __init__(
        self,
        kiosks: Sequence[QueueKiosk],
        shared: Sequence[CallDisplay],
        own: Mapping[str, CallDisplay],
        places: Mapping[str, str],
        recorder: Recorder,
    ) -> None:
        self.kiosks = tuple(kiosks)
        self.recorder = recorder
        self._shared = tuple(shared)
        self._own = dict(own)
        self._places = {window: (row, shown) for row, (window, shown) in enumerate(places.items(), 1)}

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows that calls can be for."""
        return tuple(self._places)

    @property
    def has_displays(self) -> bool:
        """Whether a call can be seen anywhere."""
        return bool(self._shared or self._own)

    def ticket(self, kiosk: QueueKiosk, patient: str, number: str, ahead: int) -> bool:
        """Print the ticket of `patient` at `kiosk`; whether it came out, as far as the printer can tell."""
        try:
            kiosk.print_ticket(number, ahead)
        except (DeviceError, LinkError):
            return False
        self.recorder.note("ticket.printed", kiosk.name, patient=patient)
        return True

    def call(self, window: str, patient: str, number: str) -> None:
        """Show at `window`, and in its row of every shared display, that `number` is called there."""
        row, shown = self._places[window]
        targets = [(display, row) for display in self._shared if row <= display.rows]
        targets += [(self._own[window], 1)] if window in self._own else []
        for display, place in targets:
            try:
                display.show(place, f"{number} 请到{shown}")
            except (DeviceError, LinkError):
                continue
            self.recorder.note("call.shown", display.name, patient=patient, window=window)
