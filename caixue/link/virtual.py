"""What pyserial's handlers for ports without a wire have in common: no speed to set, no modem lines, nothing buffered on the way out."""

from __future__ import annotations

from serial.serialutil import SerialBase


class VirtualSerial(SerialBase):  # type: ignore[misc]
    """Base of such handlers; subclasses open, close, read and write."""

    def reset_output_buffer(self) -> None:
        """Nothing is ever buffered here."""

    def flush(self) -> None:
        """Nothing is ever buffered here."""

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """The other end has the speed it has."""

    def _update_dtr_state(self) -> None:
        """There are no modem lines."""

    def _update_rts_state(self) -> None:
        """There are no modem lines."""
