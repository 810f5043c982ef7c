"""Model of an on-line UPS: mains, a battery that drains under load and wears, an output that others hang on."""

from __future__ import annotations

from collections.abc import Callable

from caixue.clock import US_PER_S
from caixue.drivers.ups import CARD, UpsOptions
from caixue.wire import megatec
from caixue.wire.lines import LineSplitter
from twin.devices.base import DeviceModel, Surroundings
from twin.faults.catalogue import GENERAL, LARGER, Fault

_TURNAROUND_US = 20_000
_BACK_US = round(CARD.durations_s["back"] * 1_000_000)
_TEST_US = round(CARD.durations_s["test"] * 1_000_000)
_RATED_W = CARD.limits["rated_w"]
_MAINS_V, _HZ = 220.0, 50.0
_FULL_V, _EMPTY_V, _FLOAT_V = 2.10, 1.67, 2.27  # of one lead cell; assumed: docs/assumptions.md A-86
_LOW_SHARE = 0.2  # of a new battery: from here on it says that it is low; A-86
_CHARGE_H = 8.0  # from empty to full; A-86
_ROOM = "UP01; rates and repairs: docs/assumptions.md A-86"

FAULTS = (
    Fault("battery-worn", "ups", "battery-worn", "电池老化", "battery worn out", LARGER, 3600.0, 900.0, f"{_ROOM}; 3.5 years",
          detail={"capacity": 0.15}, per="h", mean_between=30_700.0, part="ups-battery"),
    Fault("input-lost", "ups", "input-lost", "不间断电源输入跳闸", "its own input breaker trips", GENERAL, 300.0, 90.0, _ROOM, mean_between=50_000.0),
    Fault("overload", "ups", "overload", "接入负载过多", "too much is plugged in", GENERAL, 300.0, 120.0, _ROOM, detail={"load_w": 2700.0}),
    Fault("bypass", "ups", "bypass", "误转旁路", "left on bypass", GENERAL, 180.0, 60.0, _ROOM),
    Fault("inverter-failed", "ups", "inverter-failed", "逆变器故障", "inverter failed", LARGER, 3600.0, 900.0, _ROOM, mean_between=100_000.0),
    Fault("fan-failed", "ups", "fan-failed", "风扇故障", "fan failed", GENERAL, 1200.0, 300.0, _ROOM, mean_between=40_000.0),
    Fault("silence", "ups", "silence", "通信口无应答", "does not answer", GENERAL, 600.0, 180.0, _ROOM, mean_between=100_000.0),
)  # fmt: skip


class UpsModel(DeviceModel):
    """One UPS. `mains` and `output` are what comes in and what goes out; `on_output` is told when the output changes."""

    card = CARD

    def __init__(self, name: str, *, battery_wh: float = CARD.limits["battery_wh"], load_w: float = CARD.limits["load_w"]) -> None:
        super().__init__(name)
        self.new_wh = self.capacity_wh = self.charge_wh = battery_wh
        self.load_w = self.usual_w = load_w
        self.mains = self.output = True
        self.ran_flat = False  # the battery ended before anybody had asked for the output to go off
        self.on_output: Callable[[bool], None] = lambda on: None
        self._lines = LineSplitter()
        self._tripped = self._silent = self._bypass = self._failed = self._hot = False
        self._fault_v = _MAINS_V
        self._shutdown = self._test = self._run = 0  # the number of the countdown, the test, the run on battery; 0: none
        self._counts = 0

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> UpsModel:
        options = UpsOptions.of(around.site.devices[name].options, name)
        return cls(name, battery_wh=options.battery_wh, load_w=options.load_w)

    @property
    def on_battery(self) -> bool:
        """Whether the battery carries the load now."""
        return self.output and self._needs_battery

    @property
    def _fed(self) -> bool:
        return self.mains and not self._tripped

    @property
    def _needs_battery(self) -> bool:
        return not self._fed or bool(self._test)

    # what happens to it

    def mains_off(self) -> None:
        """The mains are gone."""
        self.mains = False
        self._supply_changed()

    def mains_on(self) -> None:
        """The mains are back; a UPS whose output was off waits ten seconds and switches it on."""
        self.mains = True
        self._supply_changed()

    def _supply_changed(self) -> None:
        if self._fed:
            self.powered = True
            if not self.output:
                self.call_later(_BACK_US, self._come_back)
        else:
            self._fault_v = 0.0
        self._keep_count()

    def _come_back(self) -> None:
        if self._fed and not self.output:
            self._shutdown = 0
            self._switch(True)

    def _switch(self, on: bool) -> None:
        if on != self.output:
            self.output = on
            self.on_output(on)
        if not on and not self._fed:
            self.powered = False  # without output and mains its own electronics go off too

    def _keep_count(self) -> None:
        """Follow the battery from now on: a second at a time while it drains, a minute at a time while it charges."""
        self._counts += 1
        self._run = self._counts
        self._next_tick()

    def _next_tick(self) -> None:
        if self.on_battery:
            self.call_later(US_PER_S, self._drain, self._run)
        elif self._fed and self.charge_wh < self.capacity_wh:
            self.call_later(60 * US_PER_S, self._charge, self._run)

    def _drain(self, run: int) -> None:
        if run != self._run or not self.on_battery:
            return
        self.charge_wh = max(0.0, self.charge_wh - self.load_w / 3600)
        if not self.charge_wh:
            self.ran_flat = not self._fed
            self._test = 0
            self._switch(self._fed)
        self._next_tick()

    def _charge(self, run: int) -> None:
        if run == self._run:
            self.charge_wh = min(self.capacity_wh, self.charge_wh + self.capacity_wh / (_CHARGE_H * 60))
            self._next_tick()

    # what it hears and says

    def feed(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            command = line + b"\r"
            after_s = megatec.shutdown_s(line)
            if command == megatec.STATUS:
                self._say(self._status().line())
            elif command == megatec.RATING:
                self._say(megatec.Rating(_MAINS_V, round(_RATED_W / _MAINS_V), 24.0, _HZ).line())
            elif command == megatec.TEST:
                self._begin_test()
            elif command == megatec.CANCEL:
                self._shutdown = 0
            elif after_s is not None:
                self._count_down(after_s)
            else:
                self._say(command)  # a command that it does not know comes back as it is

    def _count_down(self, after_s: int) -> None:
        self._counts += 1
        self._shutdown = self._counts
        self.call_later(after_s * 1_000_000, self._shut_down, self._shutdown)

    def _shut_down(self, number: int) -> None:
        if number == self._shutdown and self.output:
            self._switch(False)
            self._supply_changed()

    def _begin_test(self) -> None:
        if self._fed and self.output:
            self._counts += 1
            self._test = self._counts
            self._keep_count()
            self.call_later(_TEST_US, self._end_test, self._test)

    def _end_test(self, number: int) -> None:
        if number == self._test:
            self._test = 0
            self._keep_count()

    def _status(self) -> megatec.Status:
        load = round(100 * self.load_w / _RATED_W) if self.output else 0
        if self.load_w > _RATED_W:
            self.effect("overload")
        if self._hot:
            self.effect("fan-failed")
        fault_v, self._fault_v = self._fault_v, _MAINS_V if self._fed else 0.0
        return megatec.Status(
            input_v=self._fault_v,
            fault_v=fault_v,
            output_v=_MAINS_V if self.output else 0.0,
            load_percent=load,
            input_hz=_HZ if self._fed else 0.0,
            battery_v=self._battery_v(),
            temperature_c=55.0 if self._hot else 28.0,
            flags=self._flags(),
        )

    def _flags(self) -> int:
        low = self.charge_wh <= _LOW_SHARE * self.new_wh
        if low and self.capacity_wh < self.new_wh:
            self.effect("battery-worn")
        for symptom, shows in (("input-lost", self._tripped and self.mains), ("bypass", self._bypass), ("inverter-failed", self._failed)):
            if shows:
                self.effect(symptom)
        up = (
            (megatec.UTILITY_FAIL, not self._fed),
            (megatec.BATTERY_LOW, low),
            (megatec.BYPASS, self._bypass),
            (megatec.FAILED, self._failed),
            (megatec.TESTING, self._test),
            (megatec.SHUTDOWN, self._shutdown),
            (megatec.BEEPING, self.on_battery),
        )
        return sum(bit for bit, here in up if here)

    def _battery_v(self) -> float:
        """Volts of one cell, by its charge."""
        if not self._needs_battery:
            return _FLOAT_V
        return _EMPTY_V + (_FULL_V - _EMPTY_V) * (self.charge_wh / self.capacity_wh)

    def _say(self, data: bytes) -> None:
        if self._silent:
            self.effect("silence")
        else:
            self.send(data, _TURNAROUND_US)

    # injected faults

    def begin_battery_worn(self, capacity: float = 0.15) -> None:
        """The battery holds only this share of what a new one holds."""
        self.capacity_wh = capacity * self.new_wh
        self.charge_wh = min(self.charge_wh, self.capacity_wh)

    def end_battery_worn(self) -> None:
        """A new, charged battery is in."""
        self.capacity_wh = self.charge_wh = self.new_wh

    def begin_input_lost(self) -> None:
        """The breaker in front of the UPS trips; the mains of the room stay."""
        self._tripped = True
        self._supply_changed()

    def end_input_lost(self) -> None:
        """The breaker is in again."""
        self._tripped = False
        self._supply_changed()

    def begin_overload(self, load_w: float = 2700.0) -> None:
        """Somebody plugs more into it than it can carry."""
        self.load_w = load_w

    def end_overload(self) -> None:
        """Only what belongs there is plugged in."""
        self.load_w = self.usual_w

    def begin_bypass(self) -> None:
        """Somebody leaves it on bypass: the load hangs on the mains directly."""
        self._bypass = True

    def end_bypass(self) -> None:
        """Switched back."""
        self._bypass = False

    def begin_inverter_failed(self) -> None:
        """The inverter fails; on mains the load does not notice."""
        self._failed = True

    def end_inverter_failed(self) -> None:
        """The inverter has been replaced."""
        self._failed = False

    def begin_fan_failed(self) -> None:
        """The fan stands still and the UPS gets hot."""
        self._hot = True

    def end_fan_failed(self) -> None:
        """The fan turns."""
        self._hot = False

    def begin_silence(self) -> None:
        """It works, but no answer leaves it."""
        self._silent = True

    def end_silence(self) -> None:
        """It answers again."""
        self._silent = False
