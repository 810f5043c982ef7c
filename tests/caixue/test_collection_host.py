"""The collection host's driver: one exchange byte for byte, and goals that a host reaches or refuses by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from caixue.drivers.collection_host import CARD, CollectionHost
from caixue.errors import DeviceError
from tests.caixue.modbus_bench import Bench
from tests.caixue.scripted import ScriptedPort, recorder
from twin.devices.collection_host import CollectionHostModel
from twin.devices.label_printer import PrintedLabel
from twin.things import Station, TubeFactory

# One exchange of the open profile caixue-job/1, written out: docs/assumptions.md A-04.
STATUS = "01 04 00 00 00 08 F1 CC"
FRESH_WITH_TUBE = "01 04 10 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 68 EC"
APPLY_AS_1 = "01 10 00 00 00 03 06 00 01 00 00 00 01 1A 80"
CONFIRMED = "01 10 00 00 00 03 80 08"
DONE_1 = "01 04 10 00 00 00 00 00 01 00 01 00 01 00 01 00 00 00 00 71 40"
NO_LABEL = "01 04 10 00 02 00 03 00 01 00 01 00 02 00 01 00 00 00 00 C5 82"


class HostBench(Bench):
    """A host and its driver, with tubes in the cradle and labels on the plate."""

    def __init__(self, *, tubes: int = 1, labels: int = 1) -> None:
        self.station = Station()
        super().__init__(CollectionHostModel("device", self.station), baudrate=CARD.baudrate)
        self.driver = CollectionHost("device", self.port, self.world.clock, self.recorder)
        plate = [PrintedLabel("printer", number, f"26112300000{number}", f"26112300000{number}", True) for number in range(1, labels + 1)]
        self.station.take_label = lambda: plate.pop(0) if plate else None
        factory = TubeFactory()
        for _ in range(tubes):
            self.station.arrive(factory.make("serum-yellow"))


@pytest.fixture
def bench() -> Iterator[HostBench]:
    made = HostBench()
    yield made
    assert made.model.most_in_flight <= 1
    made.world.close()


def scripted(*exchanges: tuple[str, str]) -> tuple[CollectionHost, ScriptedPort]:
    port = ScriptedPort([(bytes.fromhex(sent), bytes.fromhex(reply)) for sent, reply in exchanges])
    return CollectionHost("window-1.collection-host", port, port.clock, recorder(port.fake_clock)[0]), port


def test_one_apply_is_these_bytes():
    driver, port = scripted((STATUS, FRESH_WITH_TUBE), (APPLY_AS_1, CONFIRMED), (STATUS, DONE_1))
    driver.apply_label()
    assert port.finished
    assert port.fake_clock.sleeps == [CARD.durations_s["apply"]]


def test_an_apply_without_a_label_is_these_bytes_and_the_alarm_of_the_card():
    driver, port = scripted((STATUS, FRESH_WITH_TUBE), (APPLY_AS_1, CONFIRMED), (STATUS, NO_LABEL))
    with pytest.raises(DeviceError, match="no label to take") as caught:
        driver.apply_label()
    assert port.finished
    assert (caught.value.alarm, caught.value.code) == ("label-missing", 3)


def test_a_label_is_applied_released_and_presented(bench: HostBench):
    for operation in (bench.driver.apply_label, bench.driver.release, bench.driver.present_tray):
        bench.run(operation)
    (tube,) = bench.station.nurse
    assert [stuck.serial for stuck in tube.labels] == ["261123000001"]
    assert bench.station.cradle == bench.station.tray == []


def test_a_rejected_tube_lies_in_the_bin(bench: HostBench):
    bench.run(bench.driver.reject)
    assert len(bench.station.bin) == 1
    assert bench.driver.reading.values["bin"] == 1


@pytest.mark.parametrize(
    ("operation", "tubes", "labels", "alarm"),
    [
        (CollectionHost.apply_label, 1, 0, "label-missing"),
        (CollectionHost.apply_label, 0, 1, "tube-missing"),
        (CollectionHost.release, 0, 1, "tube-missing"),
        (CollectionHost.reject, 0, 1, "tube-missing"),
    ],
    ids=["apply-no-label", "apply-no-tube", "release-no-tube", "reject-no-tube"],
)
def test_what_is_missing_is_refused_by_its_name(operation: Callable[..., None], tubes: int, labels: int, alarm: str):
    bench = HostBench(tubes=tubes, labels=labels)
    with pytest.raises(DeviceError) as caught:
        bench.run(operation, bench.driver)
    assert caught.value.alarm == alarm
    assert bench.driver.reading.state == "fault"


def test_clear_leaves_nothing_for_the_next_patient():
    bench = HostBench(tubes=2, labels=2)
    bench.run(bench.driver.release)
    bench.run(bench.driver.clear)
    assert bench.station.cradle == bench.station.tray == []
    assert len(bench.station.bin) == 2
    assert bench.station.take_label() is None
    assert (bench.driver.reading.values["station"], bench.driver.reading.values["tray"]) == (0, 0)


def test_a_stopped_host_works_again_after_a_reset(bench: HostBench):
    bench.run(bench.driver.apply_label)
    with pytest.raises(DeviceError):
        bench.run(bench.driver.apply_label)  # no second label
    with pytest.raises(DeviceError):
        bench.run(bench.driver.release)
    bench.run(bench.driver.reset)
    bench.run(bench.driver.release)
    assert len(bench.station.tray) == 1


@pytest.mark.parametrize(("symptom", "alarm"), [("motor-fault", "motor-fault"), ("suction-lost", "suction-lost")])
def test_a_broken_part_is_refused_by_its_name(bench: HostBench, symptom: str, alarm: str):
    bench.model.begin(symptom)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.apply_label)
    assert caught.value.alarm == alarm
    assert alarm in bench.driver.blocking_alarms
