"""What `caixue maintain --read` asks the devices, before the ledger is touched."""

from __future__ import annotations

from caixue.commands.common import Desk
from caixue.commands.upkeep import Upkeep, drivers, must_be_real, near, upkeep


def measured_by_driver(source: str, desk: Desk, device: str, quantity: str, reference: float | None, code: str) -> float:
    """The value as the device's driver measures it, before the ledger is touched."""
    from caixue.ops.calibration import Bench, calibration_of, measured

    kind = upkeep(desk).maintenance.kind_of(device)
    row = calibration_of(kind, quantity)
    with drivers(source, desk) as opened:
        must_be_real(opened, [device])
        bench = Bench(near(opened, device), desk.site.tubes.lanes, row.reference if reference is None else reference, code)
        return measured(opened.drivers[device], quantity, bench)


def counter_now(source: str, desk: Desk, device: str, part: str) -> float | None:
    from caixue.ops.wear import life_of

    life = life_of(upkeep(desk).maintenance.kind_of(device), part)
    if life is None:
        return None
    with drivers(source, desk) as opened:
        must_be_real(opened, [device])
        return opened.drivers[device].wear().get(life.counter)


def read_all(source: str, duties: Upkeep, device: str) -> dict[str, str]:
    """Ask the devices and note what they say; gives why some could not be asked."""
    from caixue.ops.wear import read_wear, units_of

    if device:
        duties.maintenance.kind_of(device)
    with drivers(source, duties.desk) as opened:
        mine = [driver for name, driver in opened.drivers.items() if device in ("", name)]
        must_be_real(opened, [driver.name for driver in mine])
        (found, failed), units = read_wear(mine), units_of(mine)
    with duties.desk.ledger.turn():
        duties.maintenance.wear.note(found, units, by=duties.desk.person)
    return failed
