"""UPS (不间断电源) over the Megatec protocol: what the mains and the battery do, and a shutdown that is read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from caixue.door import validate
from caixue.drivers.asking import Answer, AskingDriver
from caixue.drivers.base import Reading
from caixue.drivers.card import Alarm, DeviceCard
from caixue.errors import GarbledReply, LinkError, UncertainOutcome
from caixue.units import DurationUs
from caixue.wire import megatec

_MEGATEC = "Megatec Protocol information 2.7"
_LIMITS = "assumed: docs/assumptions.md A-85"
OVERLOAD, OVERHEATED = 0x100, 0x200  # not bits of the status byte: the driver's own reading of load and temperature

CARD = DeviceCard(
    kind="ups",
    zh="不间断电源",
    en="UPS",
    protocol="Megatec Q1",
    baudrate=2400,
    reply_timeout_s=1.0,  # 47 characters take 0.2 s; assumed: docs/assumptions.md A-85
    source=_MEGATEC,
    poll_s=5.0,
    commands={"status": megatec.STATUS, "rating": megatec.RATING, "test": megatec.TEST, "cancel": megatec.CANCEL},
    alarms={
        megatec.UTILITY_FAIL: Alarm("on-battery", "市电中断，电池供电", "on battery", blocks=False, source=_MEGATEC),
        megatec.BATTERY_LOW: Alarm("battery-low", "电池电量低", "battery low", blocks=False, source=_MEGATEC),
        megatec.BYPASS: Alarm("on-bypass", "旁路供电", "on bypass", blocks=False, source=_MEGATEC),
        megatec.FAILED: Alarm("ups-failed", "电源故障", "UPS failed", source=_MEGATEC),
        OVERLOAD: Alarm("overload", "过载", "overload", blocks=False, source=_LIMITS),
        OVERHEATED: Alarm("overheated", "温度过高", "too hot", blocks=False, source=_LIMITS),
    },
    # Battery and load of one room, which hold for a quarter of an hour: docs/assumptions.md A-86.
    durations_s={"test": 10.0, "back": 10.0},
    limits={"read_retries": 2, "load_percent": 100.0, "temperature_c": 45.0, "battery_wh": 300.0, "load_w": 1200.0, "rated_w": 2400.0},
    capabilities=("status", "test", "shutdown"),
)

_LOAD, _TEMPERATURE = CARD.limits["load_percent"], CARD.limits["temperature_c"]


class UpsOptions(BaseModel):
    """What a site says about one UPS in `options`: what it feeds, and when the ordered shutdown begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    feeds: tuple[Annotated[str, Field(min_length=1)], ...] = ()  # names of devices, with wildcards; the rest loses power with the mains
    battery_wh: Annotated[float, Field(gt=0)] = CARD.limits["battery_wh"]
    load_w: Annotated[float, Field(gt=0)] = CARD.limits["load_w"]
    shutdown_after_us: DurationUs = Field(default=300_000_000, alias="shutdown_after")  # on battery; assumed: docs/assumptions.md A-86
    contact: Annotated[str, Field(min_length=1)] = "facilities-1"  # who answers for the mains: the pause of a clock needs a name

    @classmethod
    def of(cls, options: Mapping[str, Any], device: str) -> UpsOptions:
        """The options of `device`; raises UsageError for a key or value that is none."""
        return validate(cls, dict(options), path=f"{device}: options", text="")


class Ups(AskingDriver):
    """One UPS."""

    card = CARD
    moves = ("test", "shut_down", "cancel_shutdown")

    def status(self) -> Reading:
        """Volts, Hz, load in percent, battery volts and temperature in °C; raises LinkError when no proper answer comes."""
        status = self._ask(megatec.STATUS, self._hear_status)
        values = {
            "input_v": status.input_v,
            "output_v": status.output_v,
            "input_hz": status.input_hz,
            "load_percent": status.load_percent,
            "battery_v": status.battery_v,
            "temperature_c": status.temperature_c,
            "flags": status.flags,
        }
        state = "fault" if status.flags & megatec.FAILED else "busy" if status.flags & megatec.TESTING else "ready"
        return self._keep(state, _alarms(status), values)

    def rating(self) -> megatec.Rating:
        """What it is built for. Raises LinkError when no proper answer comes."""
        return self._ask(megatec.RATING, self._hear_rating)

    def test(self) -> None:
        """Start the battery test of ten seconds; the status shows that it runs. The UPS does not answer this command."""
        self._tell(megatec.TEST)

    def shut_down(self, after_s: float) -> None:
        """Let the output go off after `after_s` seconds (12 to 600), and read back that it will. Repeated, the time starts again.

        When the mains are there, or come back, the UPS switches its output on again by itself (Megatec 2.7, 8 c). Raises
        UsageError out of range, DeviceError when the UPS does not take it, UncertainOutcome when it cannot be read back.
        """
        self._tell(megatec.shutdown(after_s))
        if not self._shutting_down():
            raise self._refused(None, "the UPS did not take the shutdown")

    def cancel_shutdown(self) -> None:
        """Keep the output on. Raises DeviceError when the UPS still says that it shuts down, UncertainOutcome when it is silent."""
        self._tell(megatec.CANCEL)
        if self._shutting_down():
            raise self._refused(None, "the UPS did not cancel the shutdown")

    def _shutting_down(self) -> bool:
        try:
            return bool(int(self.status().values["flags"]) & megatec.SHUTDOWN)
        except LinkError as error:
            raise UncertainOutcome(f"the command was sent, then: {error}", device=self.name) from None

    def _tell(self, command: bytes) -> None:
        """A command that a UPS carries out without an answer."""
        try:
            with self.port.lock:
                self._clean_line()
                self.port.write(command, moves=True)
        except LinkError as error:
            self._trouble(error)
            raise

    def _hear_status(self) -> megatec.Status:
        return self._parsed(megatec.parse_status)

    def _hear_rating(self) -> megatec.Rating:
        return self._parsed(megatec.parse_rating)

    def _parsed(self, parse: Callable[[str], Answer]) -> Answer:
        text = self._hear_line()
        try:
            return parse(text)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None


def _alarms(status: megatec.Status) -> tuple[str, ...]:
    flags = status.flags | (OVERLOAD if status.load_percent > _LOAD else 0) | (OVERHEATED if status.temperature_c > _TEMPERATURE else 0)
    return tuple(alarm.name for bit, alarm in CARD.alarms.items() if flags & bit)
