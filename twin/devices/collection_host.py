"""Model of the collection host: takes the label from the printer's plate, sticks it on the tube, fills the tray."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.drivers.collection_host import CARD
from twin.devices.base import Surroundings
from twin.devices.modbus import JobModel, command_codes
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Station

MOTOR, SUCTION, NO_LABEL, NO_TUBE, DOOR, STOP = 1, 2, 3, 4, 5, 6
_ROOM = "judgement in docs/assumptions.md A-09"

FAULTS = (
    Fault("motor-fault", "collection-host", "motor-fault", "电机故障", "motor fault", LARGER, 7200.0, 1800.0, _ROOM, mean_between=10_000.0, part="motor"),
    Fault("suction-lost", "collection-host", "suction-lost", "吸盘失压", "suction lost", GENERAL, 900.0, 180.0, _ROOM,
          per="tube", mean_between=1_500_000.0, part="suction-cup"),
    Fault("label-not-peeled", "collection-host", "label-missing", "标签未剥离，吸盘取不到", "label does not peel off", GENERAL, 300.0, 90.0, f"AP01; {_ROOM}"),
    Fault("tube-sensor-blind", "collection-host", "tube-missing", "工位传感器脏污，看不到管", "dirty station sensor sees no tube", GENERAL, 120.0, 30.0,
          _ROOM, part="sensor"),
    Fault("door-open", "collection-host", "door-open", "前门被打开", "door opened", GENERAL, 60.0, 20.0, _ROOM, nurse_clears=True),
    Fault("emergency-stop", "collection-host", "emergency-stop", "急停被按下", "emergency stop pressed", GENERAL, 120.0, 30.0, _ROOM),
    Fault("silence", "collection-host", "silence", "主机死机", "host PC hangs", GENERAL, 600.0, 120.0, _ROOM, per="day", mean_between=120.0),
)  # fmt: skip


# What a symptom does to a command, or to all of them: the alarm that fails it.
_BREAKS = {
    ("motor-fault", ""): MOTOR,
    ("suction-lost", ""): SUCTION,
    ("label-missing", "apply"): NO_LABEL,
    ("tube-missing", "apply"): NO_TUBE,
    ("tube-missing", "release"): NO_TUBE,
    ("tube-missing", "reject"): NO_TUBE,
}


class CollectionHostModel(JobModel):
    """Moves what is really at the station."""

    card = CARD
    codes = command_codes(CARD.commands)

    def __init__(self, name: str, station: Station, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.station = station
        self.cycles = 0
        self.applied = 0  # labels stuck on tubes
        self.applied = 0
        self._broken = ""

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> CollectionHostModel:
        return cls(name, around.station, unit)

    def used(self) -> Mapping[str, int]:
        return {"labels": self.applied}

    def own_inputs(self) -> list[int]:
        station = self.station
        if self.standing:
            self.effect("door-open" if self.standing == DOOR else "emergency-stop")
        return [1 if station.cradle and self._broken != "tube-missing" else 0, len(station.tray), len(station.bin) & 0xFFFF]

    def carry_out(self, command: str, parameter: int) -> int:
        code = _BREAKS.get((self._broken, command)) or _BREAKS.get((self._broken, ""), 0)
        if code:
            self.effect(self._broken)
            return code
        self.cycles += 1
        return self._apply() if command == "apply" else self._move(command)

    def _apply(self) -> int:
        station = self.station
        if not station.cradle:
            return NO_TUBE
        label = station.take_label()
        if label is None:
            return NO_LABEL
        station.cradle[0].labels.append(label)
        self.applied += 1
        return 0

    def _move(self, command: str) -> int:
        station = self.station
        if command == "present":
            station.nurse.extend(station.tray)
            station.tray.clear()
        elif command == "clear":
            while station.take_label() is not None:
                pass
            station.bin.extend(station.cradle + station.tray)
            station.cradle.clear()
            station.tray.clear()
        elif not station.cradle:
            return NO_TUBE
        else:
            (station.tray if command == "release" else station.bin).append(station.cradle.pop(0))
        return 0

    def begin_motor_fault(self) -> None:
        """The motor stops in the next movement."""
        self._broken = "motor-fault"

    def end_motor_fault(self) -> None:
        """The motor has been replaced and the fault cleared."""
        self._broken = ""
        self.alarm = 0

    def begin_suction_lost(self) -> None:
        """The suction cup no longer holds."""
        self._broken = "suction-lost"

    def end_suction_lost(self) -> None:
        """The cup has been replaced."""
        self.end_motor_fault()

    def begin_label_missing(self) -> None:
        """The label stays on its liner: the suction cup finds none on the plate."""
        self._broken = "label-missing"

    def end_label_missing(self) -> None:
        """The plate has been adjusted."""
        self.end_motor_fault()

    def begin_tube_missing(self) -> None:
        """The sensor at the station is dirty and sees no tube."""
        self._broken = "tube-missing"

    def end_tube_missing(self) -> None:
        """The sensor has been cleaned or replaced."""
        self.end_motor_fault()

    def begin_door_open(self) -> None:
        """Somebody opens the front door: nothing moves until it is shut, whatever is reset."""
        self.alarm = self.standing = DOOR

    def end_door_open(self) -> None:
        """The door is shut."""
        self.alarm = self.standing = 0

    def begin_emergency_stop(self) -> None:
        """Somebody presses the red button: nothing moves until it is released, whatever is reset."""
        self.alarm = self.standing = STOP

    def end_emergency_stop(self) -> None:
        """The button has been released."""
        self.end_door_open()
