"""RS-485: several units on one line, one port, one lock; what each hears of the others does no harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import ReplyTimeout, UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.modbus import ModbusClient
from caixue.link.port import Port
from caixue.opening import make_driver, make_drivers, open_site
from caixue.site import load_site
from caixue.wire.modbus import READ_INPUT, WRITE, Reply, Request, reply_frame, request_frame
from tests.caixue.modbus_bench import START, Registers, lose, once
from tests.caixue.scripted import FakeClock
from tests.twin.small_scenarios import Ran, assert_clean, fault, ran, small
from tests.twin.vendor_site import vendor_site
from twin.bus import Bus
from twin.line import Line
from twin.protocol_twin import register
from twin.world import US, World

TIMEOUT_S = 0.3
UNITS = (1, 2, 17)


class Multidrop:
    """Three units on one line and a client for each, all on ports that stand beside one another."""

    def __init__(self, baudrate: int = 9600) -> None:
        register()
        self.world = World(START)
        self.models = {unit: Registers(f"unit-{unit}", unit) for unit in UNITS}
        self.line = Line(self.world, "bus", Bus(self.models.values(), baudrate), baudrate)
        self.overlaps: list[str] = []
        self.world.on_overlap = self.overlaps.append
        self.tapped: list[tuple[str, str]] = []
        first = self._port("unit-1", None)
        self.clients = {
            unit: ModbusClient(first if unit == 1 else self._port(f"unit-{unit}", first), unit=unit, reply_timeout_s=TIMEOUT_S)
            for unit in UNITS
        }

    def _port(self, name: str, beside: Port | None) -> Port:
        def tap(port: str, direction: str, data: bytes) -> None:
            self.tapped.append((port, direction))

        return Port(self.world.url("bus"), self.world.clock, name=name, tap=tap, beside=beside)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))

    def together(self, *functions: Callable[[], Any]) -> None:
        self.world.kernel.run(self.world.kernel.all_of([self.world.process(self.world.call(function)) for function in functions]))


@pytest.fixture
def bus() -> Multidrop:
    return Multidrop()


def work(client: ModbusClient, times: int, wrong: list[Any]) -> Callable[[], None]:
    """Reads and writes of one unit, with every answer checked."""

    def task() -> None:
        for number in range(times):
            address, count = 1 + (number * 7 + client.unit) % 60, 1 + number % 30
            expected = tuple(range(1000 + address, 1000 + address + count))
            found = client.read_inputs(address, count)
            if found != expected:
                wrong.append((client.unit, number, found))
            client.write(number % 5, (client.unit, number))

    return task


def test_three_units_under_load_read_right_and_lose_nothing(bus: Multidrop) -> None:
    wrong: list[Any] = []
    bus.together(*(work(client, 60, wrong) for client in bus.clients.values()))
    assert not wrong and not bus.overlaps
    for unit, model in bus.models.items():
        assert model.written == [(number % 5, (unit, number)) for number in range(60)]


def test_a_silent_unit_costs_the_others_time_and_nothing_else(bus: Multidrop) -> None:
    bus.models[2].begin_silence()
    wrong: list[Any] = []
    failed: list[str] = []

    def ask_the_silent_one() -> None:
        for _ in range(10):
            try:
                bus.clients[2].read_inputs(1, 5)
            except ReplyTimeout as error:
                failed.append(str(error))

    bus.together(ask_the_silent_one, work(bus.clients[1], 40, wrong), work(bus.clients[17], 40, wrong))
    assert len(failed) == 10 and not wrong and not bus.overlaps
    assert [len(bus.models[unit].written) for unit in (1, 17)] == [40, 40]


def test_after_a_missing_reply_no_unit_is_asked_until_it_can_come_no_more(bus: Multidrop) -> None:
    """The late reply of one unit would collide with the reply of the next."""
    late: Callable[[bytes], list[tuple[int, bytes]]] = lambda data: [(round(1.6 * TIMEOUT_S * US), data)]  # noqa: E731
    bus.line.to_host.append(once(late))
    bus.clients[1].retries = 0
    with pytest.raises(ReplyTimeout):
        bus.run(bus.clients[1].read_inputs, 1, 5)
    assert bus.run(bus.clients[2].read_inputs, 2, 5) == (1002, 1003, 1004, 1005, 1006)
    assert bus.world.now_us >= 2 * TIMEOUT_S * US


def test_a_unit_that_answers_after_all_is_not_taken_for_another(bus: Multidrop) -> None:
    bus.line.to_host.append(once(lose))
    assert bus.run(bus.clients[17].read_inputs, 3, 2) == (1003, 1004)


def test_a_unit_without_power_neither_hears_nor_speaks(bus: Multidrop) -> None:
    bus.models[2].power_off()
    with pytest.raises(ReplyTimeout):
        bus.run(bus.clients[2].read_inputs, 1, 1)
    assert bus.models[2].answers == 0 and bus.run(bus.clients[1].read_inputs, 1, 1) == (1001,)


def test_every_port_of_a_line_is_tapped_under_its_own_name(bus: Multidrop) -> None:
    for client in bus.clients.values():
        bus.run(client.read_inputs, 1, 1)
    assert Counter(port for port, direction in bus.tapped if direction == ">") == {"unit-1": 1, "unit-2": 1, "unit-17": 1}


def conversation(turns: list[tuple[int, int, int, int]]) -> tuple[bytes, int]:
    """What a unit hears when the host talks to others, and to it: the bytes, and how often it must answer."""
    heard, mine = b"", 0
    for unit, function, address, count in turns:
        values = tuple(range(address, address + count))
        request = Request(unit, function, address, count, values if function == WRITE else ())
        heard += request_frame(request)
        if unit == 1:
            mine += 1
        elif unit == 2:  # unit 3 is silent
            heard += reply_frame(Reply(unit, function, () if function == WRITE else values, address, count))
        elif unit == 4:
            heard += reply_frame(Reply(unit, function, error=2))
    return heard, mine


TURNS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([3, READ_INPUT, WRITE]), st.integers(0, 0xFF00), st.integers(1, 20)), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(TURNS, st.randoms(use_true_random=False))
def test_in_any_chunks_a_unit_answers_its_own_requests_and_no_reply_of_another(turns: list[tuple[int, int, int, int]], dice: Any) -> None:
    heard, mine = conversation(turns)
    places = sorted(dice.sample(range(len(heard) + 1), min(len(heard), dice.randrange(0, 40))))
    for cuts in ([], places, list(range(1, len(heard)))):
        model, sent = Registers(), []
        model.send = lambda data, after_us=0, sent=sent: sent.append(data)
        model.call_later = lambda *_: None
        for start, end in zip([0, *cuts], [*cuts, len(heard)], strict=True):
            model.feed(heard[start:end])
        assert len(sent) == mine


# A site


def test_devices_of_one_url_share_lock_and_descriptor_and_keep_their_names(tmp_path: Path) -> None:
    drivers = open_site(vendor_site(tmp_path)).drivers
    host, dispenser, other = (drivers[f"window-{name}"].port for name in ("1.collection-host", "1.tube-dispenser", "2.tube-dispenser"))
    assert host.lock is dispenser.lock and host.line is dispenser.line
    assert (host.name, dispenser.name) == ("window-1.collection-host", "window-1.tube-dispenser")
    assert other.lock is not host.lock and other.line is not host.line


def test_a_line_has_one_baud_rate(tmp_path: Path) -> None:
    path = vendor_site(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("baudrate = 19200\n", "", 1), encoding="utf-8")
    specs = load_site(path).devices
    clock = FakeClock()
    recorder = Recorder(MemoryJournal(), clock)
    host = make_driver(specs["window-1.collection-host"], clock, recorder)  # the card's 19,200
    assert host.port.baudrate == 19200
    path.write_text(path.read_text(encoding="utf-8").replace("baudrate = 19200\n", "", 1), encoding="utf-8")
    with pytest.raises(UsageError, match="share a line, at 19200 and 9600 baud: write the same baudrate for both"):
        make_drivers(load_site(path).devices.values(), clock, recorder)


@pytest.mark.parametrize("unit", [1, 2])
def test_three_devices_on_a_line_need_three_units(tmp_path: Path, unit: int) -> None:
    path = vendor_site(tmp_path)
    row = f'[[device]]\nname = "window-2.tube-dispenser"\nkind = "tube-dispenser"\nurl = "twin://window-1.bus"\nframing = "rtu"\nunit = {unit}\n'
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    with pytest.raises(UsageError, match="have the same url"):
        load_site(path)


PEAK: dict[str, Any] = {"windows": 1, "per_h": "60", "duration": "20 min", "seed": 4}  # one window: no millisecond decides who goes where


@pytest.fixture(scope="module")
def plain() -> Ran:
    return ran(small(**PEAK))


def told(one: Ran) -> list[tuple[str, str, str]]:
    """What the journal says, whenever it says it."""
    return sorted((event.kind, event.subject, str(event.data)) for event in one.events() if event.kind != "record.started")


@pytest.mark.parametrize(
    ("maps", "framing"), [(True, "rtu"), (False, "rtu"), (True, "mbap")], ids=["vendor-multidrop", "multidrop", "vendor-tcp"]
)
def test_peak_minutes_on_one_line_and_on_a_vendors_registers_are_told_alike(tmp_path: Path, plain: Ran, maps: bool, framing: str) -> None:
    mapped = ran(small(site=vendor_site(tmp_path, maps=maps, framing=framing).as_posix(), **PEAK))
    assert_clean(mapped)
    assert len(mapped.events("label.verified")) >= 35
    assert told(mapped) == told(plain)


def test_a_vendors_alarm_is_seen_and_repaired_like_our_own(tmp_path: Path) -> None:
    faults = (fault("window-1.tube-dispenser", "tube-jam"), fault("window-1.collection-host", "suction-lost", at="+8 min"))
    one = ran(small(*faults, site=vendor_site(tmp_path).as_posix(), **PEAK))
    assert_clean(one)
    assert {event.data["alarm"] for event in one.events("alarm.raised")} == {"tube-jam", "suction-lost"}


def test_a_broken_line_takes_both_devices_with_it(tmp_path: Path) -> None:
    one = ran(small(fault("link:window-1.tube-dispenser", "silence", end='for = "90 s"'), site=vendor_site(tmp_path).as_posix(), **PEAK))
    assert_clean(one)
    assert {event.subject for event in one.events("link.timeout")} == {"window-1.collection-host", "window-1.tube-dispenser"}
