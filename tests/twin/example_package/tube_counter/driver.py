"""Driver of the tube counter: one ASCII question, one line back."""

from __future__ import annotations

from caixue.drivers.asking import AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, DeviceCard
from caixue.errors import GarbledReply

CARD = DeviceCard(
    kind="tube-counter",
    zh="试管计数器",
    en="tube counter",
    protocol="ASCII lines",
    baudrate=9600,
    reply_timeout_s=0.3,
    source="the maker's one-page manual, invented for this example",
    commands={"count": b"?\r"},
    alarms={1: Alarm("light-barrier-dirty", "光电脏污", "light barrier dirty")},
    limits={"read_retries": 2},
    capabilities=("status",),
)


class TubeCounter(AskingDriver):
    """Counts tubes; `status()` has the count in its values."""

    card = CARD

    def status(self) -> Reading:
        count, dirty = self._ask(b"?\r", self._hear_count)
        return self._keep("fault" if dirty else "ready", ("light-barrier-dirty",) if dirty else (), {"count": count})

    def _hear_count(self) -> tuple[int, bool]:
        text = self._hear_line()
        count, _, flag = text.partition(",")
        if not count.isdigit() or flag not in ("0", "1"):
            raise GarbledReply(f"not a count: {text!r}", device=self.name)
        return int(count), flag == "1"
