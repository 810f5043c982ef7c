"""[vendor_map] of a site: every mistake is named with its line, and a mapped device is read right with few exchanges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.collection_host import CARD as HOST
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.conveyor import CARD as CONVEYOR
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.jobs import DONE
from caixue.drivers.modbus_device import ModbusDriver
from caixue.drivers.registers import UNKNOWN, Place, RegisterMap, profile_map, register_map
from caixue.drivers.tube_dispenser import CARD as DISPENSER
from caixue.errors import DeviceError, UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.port import Port
from caixue.opening import driver_classes
from caixue.site import load_site
from caixue.wire.modbus import READ_HOLDING, READ_INPUT, WRITE, parse_request
from tests.caixue.modbus_bench import START
from tests.twin.vendor_site import VENDOR_MAPS, vendor_site
from twin.devices.collection_host import CollectionHostModel
from twin.devices.conveyor import ConveyorModel
from twin.line import Line
from twin.protocol_twin import register
from twin.things import Station, Tube, TubeFactory
from twin.world import World

pytestmark = pytest.mark.usefixtures("english")

MAPPED = VENDOR_MAPS + '[kinds]\ncollection-host = { url = "twin://{name}", framing = "rtu", map = "acme-host-2" }\n'


def load(folder: Path, text: str) -> Any:
    path = folder / "site.toml"
    path.write_text('schema = 1\nextends = "eight-window"\n' + text, encoding="utf-8")
    return load_site(path)


@pytest.fixture
def maps(tmp_path: Path) -> dict[str, RegisterMap]:
    devices = load_site(vendor_site(tmp_path)).devices
    found = [devices[f"window-1.{kind}"].registers for kind in ("collection-host", "tube-dispenser")]
    return {each.name: each for each in found if each is not None}


# At the door

MISTAKES = [
    ("tray = { address = 101, words = 2", "trya = { address = 101, words = 2", "inputs.trya: the profile has no such point; did you mean 'tray'?"),
    ("station = { address = 100 }\n", "", "inputs: 'station' is missing; a device without it: station = { constant = 0 }"),
    ("accepted = { address = 4098, function = 3 }\n", "", "inputs: 'accepted' is missing"),
    ("job = { address = 500 }\n", "", "holdings: 'job' is missing"),
    ("bin = { address = 103", "bin = { address = 102", "inputs.bin: register 102 is 'tray' already"),
    ("parameter = { address = 501", "parameter = { address = 502", "holdings.command: register 502 is 'parameter' already"),
    ("station = { address = 100", "station = { address = 100, scale = 0.0", "inputs.station.scale: Input should be greater than 0"),
    ("station = { address = 100", "station = { address = 70000", "inputs.station.address: Input should be less than or equal to 65535"),
    ("bin = { address = 103", "bin = { address = 65535", "inputs.bin: the last register is 65535"),
    ("station = { address = 100", "station = { addres = 100", "inputs.station.addres: unknown key; did you mean 'address'?"),
    ("station = { address = 100", "station = { address = 100, function = 2", "inputs.station.function"),
    ("station = { address = 100", "station = { constant = 1, address = 100", "inputs.station: write an address, or a constant"),
    ("station = { address = 100", "station = { constant = 1, words = 2", "inputs.station: a constant has no address and no coding"),
    ("station = { address = 100", "station = { scale = 2.0", "inputs.station: write an address, or a constant"),
    ("station = { address = 100", "station = { address = 100, scale = 2.0, values = { 1 = 1 }", "listed values are not scaled"),
    ("station = { address = 100", "station = { address = 100, values = { 70000 = 1 }", "inputs.station: 1 word(s) hold 0 to 65535"),
    ("completed = { address = 4099", "completed = { scale = 10.0, address = 4099", "inputs.completed: a job number is kept as it is"),
    ("alarm = { address = 4097", "alarm = { values = { 1 = 1 }, address = 4097", "inputs.alarm: write its codes under [alarms]"),
    ("command = { address = 502", "command = { scale = 2.0, address = 502", "holdings.command: write its codes under [commands]"),
    ("parameter = { address = 501", "parameter = { function = 4, address = 501", "holdings.parameter: a holding has neither function nor values"),
    ("parameter = { address = 501", "parameter = { constant = 1", "holdings.parameter: jobs rest on this point: it needs an address"),
    ("result = { address = 4100, function = 3, values = { 0 = 0, 10 = 1, 20 = 2 } }", "result = { constant = 1 }", "inputs.result: jobs rest on this point"),
    ("2 = 1, 7 = 2", "2 = 1, 7 = 3", "inputs.state: states are 0 ready, 1 busy, 2 fault"),
    ("apply = 0xA1", "aply = 0xA1", "commands.aply: the profile does not know it; did you mean 'apply'?"),
    ("apply = 0xA1", "apply = 4", "commands.apply: code 4 is 'present' already"),
    ("release = 0xA2", "release = 0xA1", "commands.release: code 161 is 'apply' already"),
    ("motor-fault = 101", "motor-fault = 0", "alarms.motor-fault: 0 means none"),
    ("motor-fault = 101", "motor-falt = 101", "alarms.motor-falt: the profile does not know it; did you mean 'motor-fault'?"),
    ("suction-lost = 102", "suction-lost = 101", "alarms.suction-lost: code 101 is 'motor-fault' already"),
    ('kind = "collection-host"', 'kind = "colection-host"', "kind: no Modbus device is of kind 'colection-host'; did you mean 'collection-host'?"),
    ('kind = "collection-host"', 'kind = "label-printer"', "kind: no Modbus device is of kind 'label-printer'"),
    ('map = "acme-host-2"', 'map = "acme-host"', "kinds.collection-host.map: no [vendor_map] is called 'acme-host'; did you mean 'acme-host-2'?"),
    ('map = "acme-host-2"', 'map = "bolt-dispenser"', "kinds.collection-host.map: 'bolt-dispenser' is the map of a tube-dispenser, not of a collection-host"),
    ('framing = "rtu", map', 'framing = "", map', "a map is for Modbus: write its framing"),
]


@pytest.mark.parametrize(("good", "bad", "message"), MISTAKES, ids=[bad[:40] or f"no {good[:20]}" for good, bad, _ in MISTAKES])
def test_a_mistake_in_a_map_is_named_with_file_line_and_key(tmp_path: Path, good: str, bad: str, message: str) -> None:
    text = MAPPED.replace(good, bad, 1)
    assert text != MAPPED
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    told = str(caught.value)
    assert message in told and "site.toml:" in told
    line = int(told.split("site.toml:")[1].split(":")[0])
    head = "vendor_map" if "kinds" not in message and "a map is" not in message else "collection-host = "
    assert line > 2 and (not bad or bad.split(" ")[0] in told or head in told)


def test_a_unit_above_247_is_for_tcp(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="248 to 255 only with framing"):
        load(tmp_path, MAPPED.replace('framing = "rtu"', 'framing = "rtu", unit = 255'))
    site = load(tmp_path, MAPPED.replace('framing = "rtu"', 'framing = "mbap", unit = 255'))
    assert site.devices["window-1.collection-host"].unit == 255


def test_a_window_has_its_own_line_by_a_word_in_the_url(tmp_path: Path) -> None:
    site = load(tmp_path, MAPPED.replace("twin://{name}", "twin://{window}.bus"))
    assert site.devices["window-3.collection-host"].url == "twin://window-3.bus"


def test_the_example_in_the_docs_is_a_site(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "site.md").read_text(encoding="utf-8")
    site = load(tmp_path, page.split("```toml\n")[1].split("```")[0])
    host, dispenser = site.devices["window-1.collection-host"], site.devices["window-1.tube-dispenser"]
    assert host.url == dispenser.url == "twin://window-1.bus" and (host.unit, dispenser.unit) == (1, 2)
    assert host.registers.commands["apply"] == 0xA1 and host.registers.constants == {"bin": 0}


# What a map does


@given(
    st.sampled_from([1, 2]),
    st.booleans(),
    st.sampled_from([1.0, 0.1, 0.5, 2.0, 10.0]),
    st.integers(0, 6553),
)
def test_what_is_encoded_is_decoded_to_the_precision_of_the_scale(words: int, low_first: bool, scale: float, value: int) -> None:
    place = Place(READ_INPUT, 0, words, low_first, scale)
    registers = place.encode(value)
    assert len(registers) == words and all(0 <= word <= 0xFFFF for word in registers)
    assert abs(place.decode(registers) - value) <= scale / 2


def test_word_orders_are_what_their_names_say() -> None:
    assert Place(READ_INPUT, 0, 2).encode(0x12345678) == (0x1234, 0x5678)
    assert Place(READ_INPUT, 0, 2, low_first=True).encode(0x12345678) == (0x5678, 0x1234)
    assert Place(READ_INPUT, 0, 2).decode((1, 2)) == 0x10002 and Place(READ_INPUT, 0, 2, low_first=True).decode((1, 2)) == 0x20001


def test_a_value_that_the_map_does_not_list_is_unknown_and_reads_as_a_fault() -> None:
    place = Place(READ_INPUT, 0, values={0: 0, 7: 2})
    assert (place.decode((7,)), place.decode((3,))) == (2, UNKNOWN)


def test_a_number_that_a_register_cannot_hold_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UsageError, match="300 does not fit the register at 7: 300000 counts"):
        Place(READ_HOLDING, 7, scale=0.001).encode(300)


def test_neighbours_are_read_at_once_and_the_block_with_the_last_job_first(maps: dict[str, RegisterMap]) -> None:
    """What is read after `completed` is at least as new, so that a result is never taken for the job before."""
    assert maps["acme-host-2"].blocks == ((READ_HOLDING, 4096, 5), (READ_INPUT, 100, 5))
    late = register_map("x", {"alarm": Place(READ_INPUT, 1), "completed": Place(READ_INPUT, 50), "result": Place(READ_INPUT, 9)}, {}, {})
    assert late.blocks == ((READ_INPUT, 50, 1), (READ_INPUT, 1, 1), (READ_INPUT, 9, 1))


def test_a_gap_joins_blocks_and_no_read_is_longer_than_modbus_allows(maps: dict[str, RegisterMap]) -> None:
    assert maps["bolt-dispenser"].blocks == ((READ_INPUT, 10, 3), (READ_INPUT, 0, 7))
    far = register_map("x", {str(place): Place(READ_INPUT, place * 2) for place in range(100)}, {}, {}, gap=1)
    assert far.blocks == ((READ_INPUT, 0, 125), (READ_INPUT, 126, 73))


def test_the_command_is_written_last_and_with_its_neighbours(maps: dict[str, RegisterMap]) -> None:
    job = {"command": 1, "parameter": 2, "job": 3}
    assert maps["acme-host-2"].writes(job) == [(500, (3, 2, 1))]
    assert maps["bolt-dispenser"].writes(job) == [(20, (2, 3)), (7, (1,))]


@pytest.mark.parametrize("kind", [kind for kind, driver in driver_classes().items() if issubclass(driver, ModbusDriver)])
def test_without_a_map_every_kind_is_read_and_written_in_one_exchange_at_its_cards_addresses(kind: str) -> None:
    card = driver_classes()[kind].card
    own = profile_map(card)
    count = max(place.address + place.words for place in card.inputs.values())
    assert own.blocks == ((READ_INPUT, 0, count),) and own.runs == ((0, ("command", "parameter", "job")),)
    assert own.values(tuple(range(count))) == {name: place.address for name, place in card.inputs.items()}


# A mapped device


class Mapped:
    """A driver and a model that both know a vendor's registers, on one line."""

    def __init__(self, driver: type[Any], model: Any, registers: RegisterMap) -> None:
        register()
        self.world, self.model = World(START), model
        model.show_as(registers)
        self.line = Line(self.world, "device", model, 19200)
        self.requests: list[tuple[int, int, int]] = []
        port = Port(self.world.url("device"), self.world.clock, name="device", tap=self._tap)
        self.driver = driver("device", port, self.world.clock, Recorder(MemoryJournal(), self.world.clock), registers=registers)

    def _tap(self, port: str, direction: str, data: bytes) -> None:
        request = parse_request(data) if direction == ">" else None
        if request is not None:
            self.requests.append((request.function, request.address, request.count))

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))


@pytest.fixture
def host(maps: dict[str, RegisterMap]) -> Mapped:
    return Mapped(CollectionHost, CollectionHostModel("device", Station()), maps["acme-host-2"])


def test_a_mapped_host_shows_its_points_in_two_reads_and_its_alarm_by_our_name(host: Mapped) -> None:
    host.model.alarm = next(code for code, alarm in HOST.alarms.items() if alarm.name == "suction-lost")
    host.model.station.nurse.extend([])
    reading = host.run(host.driver.status)
    assert host.requests == [(READ_HOLDING, 4096, 5), (READ_INPUT, 100, 5)]
    assert (reading.state, reading.alarms) == ("fault", ("suction-lost",))
    assert set(reading.values) == set(HOST.inputs)


def test_a_mapped_host_takes_a_job_by_the_vendors_code_and_in_one_write(host: Mapped) -> None:
    host.model.station.arrive(TubeFactory().make("edta-purple"))
    host.run(host.driver.release)
    assert (WRITE, 500, 3) in host.requests and host.model.result == DONE
    assert host.model.holdings == [HOST.commands["release"], 0, 1]
    assert host.driver.reading.values["tray"] == 1


def test_a_mapped_refusal_has_the_alarm_of_the_card(host: Mapped) -> None:
    with pytest.raises(DeviceError) as caught:
        host.run(host.driver.apply_label)
    assert caught.value.alarm == "tube-missing"


def test_a_register_that_the_vendor_does_not_have_is_refused(host: Mapped) -> None:
    with pytest.raises(DeviceError, match="illegal data address"):
        host.run(host.driver.client.read_inputs, 0, 1)
    with pytest.raises(DeviceError, match="illegal data address"):
        host.run(host.driver.client.write, 499, (1, 2))
    with pytest.raises(DeviceError, match="illegal data value"):
        host.run(host.driver.client.write, 500, (1, 0, HOST.commands["apply"]))  # our code, not the vendor's


def test_a_scaled_parameter_reaches_the_device_as_its_counts_and_means_the_same() -> None:
    inputs = {name: Place(READ_INPUT, place.address) for name, place in CONVEYOR.inputs.items()}
    inputs["speed"] = Place(READ_INPUT, 200, 2, low_first=True, scale=0.1)
    holdings = {"command": Place(READ_HOLDING, 0), "parameter": Place(READ_HOLDING, 1, scale=0.1), "job": Place(READ_HOLDING, 2)}
    registers = register_map("conveyor", inputs, holdings, {"set-speed": 1, "reset": 2}, gap=1)
    belt = Mapped(Conveyor, ConveyorModel("device", 5000.0), registers)
    written: list[bytes] = []
    belt.line.to_device.append(lambda data: written.append(data) or [(0, data)])  # type: ignore[func-returns-value]
    belt.run(belt.driver.set_speed, 150)
    write = next(parse_request(data) for data in written if data[1] == WRITE)
    assert write is not None and write.values[1] == 1500
    assert belt.driver.reading.values["speed"] == belt.model.commanded == 150


def test_a_point_that_a_device_does_not_have_is_its_constant(tmp_path: Path) -> None:
    text = MAPPED.replace("bin = { address = 103, words = 2 }", "bin = { constant = 0 }")
    registers = load(tmp_path, text).devices["window-1.collection-host"].registers
    device = Mapped(CollectionHost, CollectionHostModel("device", Station()), registers)
    device.model.station.bin.append(Tube)
    assert device.run(device.driver.status).values["bin"] == 0
    assert device.requests == [(READ_HOLDING, 4096, 5), (READ_INPUT, 100, 3)]


def test_dispensers_are_unmapped_unless_a_row_says_so(tmp_path: Path) -> None:
    devices = load(tmp_path, MAPPED).devices
    assert devices["window-1.tube-dispenser"].registers is None and DISPENSER.kind == "tube-dispenser"
    assert all(devices[f"window-{number}.collection-host"].registers.name == "acme-host-2" for number in range(1, 9))
