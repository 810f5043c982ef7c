"""Model of the queue kiosk: the thermal printer's model with wide paper and a long roll."""

from __future__ import annotations

from dataclasses import replace

from caixue.drivers.queue_kiosk import CARD
from twin.devices import thermal_printer
from twin.devices.thermal_printer import ThermalPrinterModel

FAULTS = tuple(replace(row, device=CARD.kind) for row in thermal_printer.FAULTS)


class QueueKioskModel(ThermalPrinterModel):
    """One kiosk. `printed` holds the last rows of its tickets."""

    card = CARD

    def __init__(self, name: str, *, roll_mm: float = CARD.limits["roll_mm"], near_end_mm: float = CARD.limits["near_end_mm"]) -> None:
        super().__init__(name, roll_mm=roll_mm, near_end_mm=near_end_mm)
