"""Base of the drivers of Modbus devices: whatever unit, framing and registers a site gives them."""

from __future__ import annotations

from caixue.clock import Clock
from caixue.drivers.base import Driver
from caixue.drivers.registers import RegisterMap, profile_map
from caixue.journal import Recorder
from caixue.link.modbus import Framing, ModbusClient
from caixue.link.port import Port


class ModbusDriver(Driver):
    """A driver with a Modbus client, for one unit of its port's line.

    `framing` is "rtu" or, on TCP, "mbap"; `registers` tells where a vendor keeps the points, None: where the card says.
    """

    def __init__(
        self,
        name: str,
        port: Port,
        clock: Clock,
        recorder: Recorder,
        *,
        unit: int = 1,
        framing: Framing = "rtu",
        registers: RegisterMap | None = None,
    ) -> None:
        super().__init__(name, port, clock, recorder)
        self.client = ModbusClient(port, unit=unit, framing=framing, reply_timeout_s=self.card.reply_timeout_s, on_trouble=self._trouble)
        self.registers = registers or profile_map(self.card)
