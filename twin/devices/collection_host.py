"""Model of the collection host: takes the label from the printer's plate, sticks it on the tube, fills the tray."""

from __future__ import annotations

from caixue.drivers.collection_host import CARD
from twin.devices.base import Surroundings
from twin.devices.modbus import JobModel, command_codes
from twin.faults.catalogue import GENERAL, LARGER, Fault
from twin.things import Station

MOTOR, SUCTION, NO_LABEL, NO_TUBE = 1, 2, 3, 4
_ROOM = "judgement in docs/assumptions.md A-09"

FAULTS = (
    Fault("motor-fault", "collection-host", "motor-fault", "电机故障", "motor fault", LARGER, 7200.0, 1800.0, _ROOM, mean_between=10_000.0, part="motor"),
    Fault("suction-lost", "collection-host", "suction-lost", "吸盘失压", "suction lost", GENERAL, 900.0, 180.0, _ROOM,
          per="tube", mean_between=1_500_000.0, part="suction-cup"),
    Fault("silence", "collection-host", "silence", "主机死机", "host PC hangs", GENERAL, 600.0, 120.0, _ROOM, per="day", mean_between=120.0),
)  # fmt: skip


class CollectionHostModel(JobModel):
    """Moves what is really at the station."""

    card = CARD
    codes = command_codes(CARD.commands)

    def __init__(self, name: str, station: Station, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.station = station
        self.cycles = 0
        self._broken = ""

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> CollectionHostModel:
        return cls(name, around.station, unit)

    def own_inputs(self) -> list[int]:
        station = self.station
        return [1 if station.cradle else 0, len(station.tray), len(station.bin) & 0xFFFF]

    def carry_out(self, command: str, parameter: int) -> int:
        if self._broken:
            self.effect(self._broken)
            return MOTOR if self._broken == "motor-fault" else SUCTION
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
