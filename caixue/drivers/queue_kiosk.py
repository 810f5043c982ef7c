"""Queue kiosk (取号机): a ticket printer of 80 mm over ESC/POS, and the ticket that a patient takes from it."""

from __future__ import annotations

from dataclasses import replace

from caixue.drivers import thermal_printer
from caixue.drivers.receipt import PrintedReceipt
from caixue.drivers.thermal_printer import ThermalPrinter

# The printer is the windows' kind with wider paper: 80 mm, 576 dots of 1/8 mm, 48 columns, a roll of 80 m for 800 slips of
# 100 mm: docs/assumptions.md A-88. Everything else stands on the thermal printer's card.
CARD = replace(
    thermal_printer.CARD,
    kind="queue-kiosk",
    zh="取号机",
    en="queue kiosk",
    limits={**thermal_printer.CARD.limits, "columns": 48, "roll_mm": 80_000.0, "near_end_mm": 5_000.0},
    capabilities=("tickets", "cutter", "paper-near-end"),
)


class QueueKiosk(ThermalPrinter):
    """One kiosk. A ticket is printed like a receipt, with the same promises."""

    card = CARD
    moves = ("print_receipt", "print_ticket")

    def print_ticket(self, number: str, ahead: int) -> PrintedReceipt:
        """Print the ticket of `number` while `ahead` people wait. Not repeatable: a second call prints a second ticket.

        Raises what `print_receipt` raises.
        """
        return self.print_receipt(
            ["采血排队号", number, f"前面还有 {ahead} 人 / {ahead} ahead of you", f"{self.clock.now():%Y-%m-%d %H:%M}", "请留意叫号屏"]
        )
