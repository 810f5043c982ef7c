"""One script of driver operations sends and receives the same bytes in virtual time and live, for every kind of device.

Compared are the bytes in their order, by direction; times are not. How a reply was cut into reads differs with the clock, so
neighbours of one direction are joined; a question that is asked again and answered the same (a poll) counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from caixue.clock import SHANGHAI, SystemClock
from caixue.drivers.base import Driver
from caixue.drivers.modbus_device import ModbusDriver
from caixue.errors import DeviceError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.opening import driver_classes, make_driver
from caixue.site import load_site
from caixue.tubes import LabelContent
from tests.twin.live_bench import live_bench
from twin.line import Line
from twin.live.serving import HAS_PTY
from twin.plant import make_model, make_stations, model_classes
from twin.protocol_twin import register
from twin.things import TubeFactory
from twin.world import World

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
KINDS = sorted(set(driver_classes()) & set(model_classes()))
WAYS = ["tcp", pytest.param("pty", marks=pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals"))]
MBAP = "/mbap"  # the same kind once more, over Modbus TCP
CASES = [*KINDS, *(kind + MBAP for kind in KINDS if issubclass(driver_classes()[kind], ModbusDriver))]
NAMES = {case: f"window-{number}.{case.removesuffix(MBAP)}" for number, case in enumerate(CASES, 1)}
FASTER = 40  # jobs take so much less time than on their cards, on both sides

Frames = list[tuple[str, bytes]]
Steps = Iterator[Callable[[], Any]]


def dispenser(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.dispense(1)
    yield lambda: driver.lock_lane(2)
    yield lambda: driver.dispense(2)  # refused
    yield driver.reset
    yield lambda: driver.unlock_lane(2)
    yield lambda: driver.dispense(2)


def host(driver: Any) -> Steps:
    yield driver.status
    yield driver.apply_label  # refused: there is no tube
    yield driver.reset
    yield driver.present_tray
    yield driver.clear


def labels(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.print_label(LabelContent("261123000001", ("EDTA 紫",)))
    yield driver.status


def receipts(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.print_receipt(["采血回执", "Window 3 【3 号窗】"])
    yield driver.status


def scanner(driver: Any) -> Steps:
    yield driver.status
    yield driver.scan  # nothing there
    yield driver.scan


def conveyor(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.set_speed(120)
    yield lambda: driver.set_speed(0)


def sorter(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.assign("edta-purple", 3)
    yield driver.self_test


def ups(driver: Any) -> Steps:
    yield driver.status
    yield driver.rating
    yield lambda: driver.shut_down(600)
    yield driver.cancel_shutdown


def kiosk(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.print_ticket("A-017", 5)


def display(driver: Any) -> Steps:
    yield driver.status
    yield lambda: driver.show(1, "A-017 请到 3 号窗")
    yield driver.clear


def status(driver: Driver) -> Steps:
    yield driver.status
    yield driver.status


SCRIPTS: dict[str, Callable[[Any], Steps]] = {
    "tube-dispenser": dispenser,
    "collection-host": host,
    "label-printer": labels,
    "zpl-label-printer": labels,
    "thermal-printer": receipts,
    "barcode-scanner": scanner,
    "conveyor": conveyor,
    "sorter": sorter,
    "ups": ups,
    "queue-kiosk": kiosk,
    "call-display": display,
}


def site_file(folder: Path) -> Path:
    """A site with one device for every case, each in a window of its own."""
    path = folder / "parity.toml"
    windows = ", ".join(f'{{ name = "window-{number}" }}' for number in range(1, len(CASES) + 1))
    head = 'schema = 1\nextends = "eight-window"\nname = "parity"\nmanual_station = { name = "manual-1", devices = [], factor = 1.3 }\n'
    path.write_text(head + f"window = [{windows}]\n" + "".join(map(row, CASES)), encoding="utf-8")
    return path


def row(case: str) -> str:
    kind = case.removesuffix(MBAP)
    framing = "" if kind + MBAP not in CASES else 'framing = "mbap"\n' if case != kind else 'framing = "rtu"\n'
    return f'[[device]]\nname = "{NAMES[case]}"\nkind = "{kind}"\nurl = "twin://{NAMES[case]}"\n{framing}'


def script(case: str, driver: Any) -> list[str]:
    """What the steps of a case came to."""
    return outcomes(SCRIPTS.get(case.removesuffix(MBAP), status)(driver))


def outcomes(steps: Steps) -> list[str]:
    """What each step came to, without times."""
    found = []
    for step in steps:
        try:
            value = step()
        except DeviceError as error:
            found.append(f"{error.alarm}: {error}")
        else:
            found.append(str({name: getattr(value, name) for name in ("state", "alarms", "values")}) if hasattr(value, "state") else repr(value))
    return found


def exchanged(heard: Frames) -> Frames:
    """The bytes with what depends on the clock taken away: see the head of this file."""
    joined = [(direction, b"".join(data for _, data in run)) for direction, run in groupby(heard, key=lambda one: one[0])]
    kept: Frames = []
    for one in joined:
        kept.append(one)
        if one[0] == "<" and kept[-4:-2] == kept[-2:]:
            del kept[-2:]
    return kept


class SameMorning(SystemClock):
    """Real time, but people read the same hour as in virtual time: tickets show it."""

    def now(self) -> datetime:
        return START


@pytest.fixture(scope="module")
def fast_jobs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for driver in driver_classes().values():
            if "Modbus" in driver.card.protocol:
                for name, duration_s in list(driver.card.durations_s.items()):
                    patch.setitem(driver.card.durations_s, name, duration_s / FASTER)  # type: ignore[arg-type]
        yield


@pytest.fixture(scope="module", params=WAYS)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fast_jobs: None) -> dict[str, tuple[Frames, list[str]]]:
    """What the script of each kind exchanged and came to in real time, all of them side by side."""
    folder = tmp_path_factory.mktemp("parity")
    with live_bench(folder, site_file(folder)) as bench, ThreadPoolExecutor(len(CASES)) as pool:

        def run(case: str) -> tuple[Frames, list[str]]:
            heard: Frames = []
            way = "tcp" if case.endswith(MBAP) else request.param
            driver = bench.driver(NAMES[case], over=way, tap=lambda _port, way, data: heard.append((way, data)), clock=SameMorning())
            result = script(case, driver)
            driver.port.close()
            return heard, result

        return dict(zip(CASES, pool.map(run, CASES), strict=True))


def in_virtual_time(path: Path, case: str) -> tuple[Frames, list[str]]:
    register()
    site, world = load_site(path), World(START)
    heard: Frames = []
    spec = site.devices[NAMES[case]]
    model = make_model(spec, make_stations(site), TubeFactory(), site)
    if case.endswith(MBAP):
        model.speak_tcp()  # type: ignore[attr-defined]
    Line(world, spec.name, model, 0 if case.endswith(MBAP) else model.card.baudrate)
    recorder = Recorder(MemoryJournal(), world.clock)
    driver = make_driver(spec, world.clock, recorder, url=world.url(spec.name), tap=lambda _port, way, data: heard.append((way, data)))
    result = world.kernel.run(world.process(world.call(lambda: script(case, driver))))
    world.close()
    return heard, result


@pytest.mark.parametrize("case", CASES)
def test_the_frames_of_a_script_are_the_same_in_virtual_time_and_live(
    case: str, live: dict[str, tuple[Frames, list[str]]], tmp_path: Path
) -> None:
    heard, result = live[case]
    virtual, expected = in_virtual_time(site_file(tmp_path), case)
    assert result == expected
    assert exchanged(heard) == exchanged(virtual)
    assert {direction for direction, _ in heard} == {">", "<"}


def test_every_kind_that_has_a_driver_has_a_model_and_takes_part() -> None:
    assert set(KINDS) == set(driver_classes())
