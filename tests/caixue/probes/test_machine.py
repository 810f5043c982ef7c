"""This machine: every figure with its limits; what cannot be read is unknown and spoils nothing else."""

from __future__ import annotations

import psutil
import pytest

from caixue.probes.machine import LIMITS, Host, Service, figures, machine
from caixue.probes.reading import Reading, State
from tests.caixue.scripted import START, FakeClock

GB = 1_000_000_000


class Told(Host):
    """A machine that says what the test wants."""

    def __init__(self) -> None:
        self.free, self.used, self.swap, self.busy = 300 * GB, 0.5, 0.0, 0.2
        self.up_s, self.services_ = 86_400.0, list[Service]()
        self._asked = 0

    def disks(self) -> list[str]:
        return ["C:\\"]

    def space(self, place: str) -> tuple[int, int]:
        return 500 * GB, self.free

    def memory(self) -> tuple[float, float]:
        return self.used, self.swap

    def cpu(self) -> tuple[float, float]:
        self._asked += 1
        return 100.0 * self._asked, 100.0 * self._asked * (1 - self.busy)

    def booted_s(self) -> float:
        return START.timestamp() - self.up_s

    def services(self) -> list[Service] | None:
        return self.services_


def read(host: Host, *services: str) -> dict[str, Reading]:
    return {reading.name: reading for reading in machine(FakeClock(), host, services)}


def test_a_machine_in_order_is_well_in_every_part() -> None:
    found = read(Told())
    assert set(found) == {"disk C:\\", "memory", "cpu", "clock", "uptime", "services"}
    assert {reading.state for reading in found.values()} == {State.OK}


@pytest.mark.parametrize(
    ("change", "name", "state"),
    [
        ({"free": 60 * GB}, "disk C:\\", State.WARN),
        ({"free": 20 * GB}, "disk C:\\", State.CRIT),
        ({"used": 0.9}, "memory", State.WARN),
        ({"swap": 0.95}, "memory", State.CRIT),
        ({"busy": 0.9}, "cpu", State.WARN),
        ({"busy": 1.0}, "cpu", State.CRIT),
        ({"up_s": 100 * 86_400.0}, "uptime", State.WARN),
        ({"up_s": 60.0}, "uptime", State.WARN),
        ({"up_s": -60.0}, "clock", State.CRIT),
    ],
)
def test_a_figure_beyond_its_limit_shows(change: dict[str, float], name: str, state: State) -> None:
    host = Told()
    for key, value in change.items():
        setattr(host, key, value)
    found = read(host)
    assert found[name].state is state
    assert {reading.state for other, reading in found.items() if other != name} <= {State.OK}


def test_a_service_that_must_run_and_does_not_is_critical_and_others_are_only_counted() -> None:
    host = Told()
    host.services_ = [Service("MSSQLSERVER", True, True), Service("Spooler", False, True)]
    found = read(host, "mssqlserver", "spooler", "nothing")
    assert [found[f"service {name}"].state for name in ("mssqlserver", "spooler", "nothing")] == [State.OK, State.CRIT, State.CRIT]
    assert found["services"].values == {"automatic": 2, "stopped": 1}


def test_a_part_that_cannot_be_read_is_unknown_and_the_others_are_read() -> None:
    class Broken(Told):
        def memory(self) -> tuple[float, float]:
            raise psutil.AccessDenied

    found = read(Broken())
    assert found["memory"].state is State.UNKNOWN and found["cpu"].state is State.OK
    assert set(figures(FakeClock(), Broken())) == {"disk_percent", "cpu_percent"}


def test_a_disk_that_cannot_be_read_does_not_hide_the_others() -> None:
    class Locked(Told):
        def disks(self) -> list[str]:
            return ["C:\\", "D:\\"]

        def space(self, place: str) -> tuple[int, int]:
            if place == "C:\\":
                raise PermissionError(place)
            return super().space(place)

    found = read(Locked())
    assert (found["disk C:\\"].state, found["disk D:\\"].state) == (State.UNKNOWN, State.OK)


def test_the_figures_for_an_inspection_are_percent() -> None:
    assert figures(FakeClock(), Told()) == pytest.approx({"disk_percent": 40.0, "cpu_percent": 20.0, "memory_percent": 50.0})


def test_this_very_machine_can_be_read() -> None:
    found = machine(FakeClock())
    assert {"memory", "uptime"} <= {reading.name for reading in found}
    assert all(reading.detail for reading in found)


@pytest.mark.parametrize("figure", LIMITS)
def test_every_limit_warns_before_it_is_critical(figure: str) -> None:
    row = LIMITS[figure]
    between = (row.warn + row.crit) / 2
    assert row.state(between) is State.WARN and row.source and (row.warn > row.crit) == row.low
