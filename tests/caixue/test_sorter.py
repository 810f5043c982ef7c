"""The sorter's driver: exchanges byte for byte, lanes and counts, and what its alarms mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caixue.drivers.sorter import CARD, LANES, REJECT, Sorter
from caixue.errors import DeviceError, LinkError, UsageError
from tests.caixue.modbus_bench import Bench, lose, once
from tests.caixue.scripted import ScriptedPort, recorder
from twin.devices.sorter import SorterModel
from twin.things import TubeFactory

# Exchanges of the open profile caixue-sorter/1, written out: docs/assumptions.md A-81.
STATUS = "01 04 00 00 00 12 70 07"
_COUNTS = "00 08 02 62 00 2C 02 30 00 46 00 00"  # lanes 2 to 7: 8, 610, 44, 560, 70, 0
# ready, last job 4 done; the last tube yellow (3) in lane 3, nothing misrouted, all read, 120 in lane 1, none in lane 8
READY = f"01 04 24 00 00 00 00 00 04 00 04 00 01 00 03 00 03 00 00 00 00 00 00 00 78 {_COUNTS} 00 00 01 74"
# the last tube purple (5) in lane 1: one misrouted, two unread in lane 8, warning bits 1 and 2
ASTRAY = f"01 04 24 00 00 00 00 00 04 00 04 00 01 00 05 00 01 00 01 00 02 00 06 00 79 {_COUNTS} 00 02 AC 93"
ASSIGN_YELLOW_TO_6_AS_5 = "01 10 00 00 00 03 06 00 01 06 03 00 05 EB CB"
CONFIRMED = "01 10 00 00 00 03 80 08"
DONE_5 = f"01 04 24 00 00 00 00 00 05 00 05 00 01 00 03 00 03 00 00 00 00 00 00 00 78 {_COUNTS} 00 00 50 B5"
JAMMED_5 = f"01 04 24 00 02 00 01 00 05 00 05 00 02 00 03 00 03 00 00 00 00 00 00 00 78 {_COUNTS} 00 00 67 72"


def scripted(*exchanges: tuple[str, str | None]) -> tuple[Sorter, ScriptedPort, list[str]]:
    port = ScriptedPort([(bytes.fromhex(sent), None if reply is None else bytes.fromhex(reply)) for sent, reply in exchanges])
    events, notes = recorder(port.fake_clock)
    return Sorter("sorter-1", port, port.clock, events), port, notes


class SorterBench(Bench):
    """A sorter, its driver, and tubes to send through it."""

    def __init__(self) -> None:
        super().__init__(SorterModel("device"), baudrate=CARD.baudrate)
        self.driver = Sorter("device", self.port, self.world.clock, self.recorder)
        self.factory = TubeFactory()

    def send(self, *kinds: str) -> list[bool]:
        """Tubes of these kinds arrive one after the other; whether each was taken."""
        return [self.model.take(self.factory.make(kind)) for kind in kinds]

    def alarms(self) -> tuple[str, ...]:
        """What the driver reads now."""
        return self.run(self.driver.status).alarms


@pytest.fixture
def bench() -> Iterator[SorterBench]:
    made = SorterBench()
    yield made
    made.world.close()


# Byte for byte


def test_the_status_is_these_bytes_and_counts_every_lane():
    driver, port, notes = scripted((STATUS, READY))
    assert driver.counts() == {}
    reading = driver.status()
    assert (reading.state, reading.alarms, reading.values["colour"], reading.values["lane"]) == ("ready", (), 3, 3)
    assert driver.counts() == {1: 120, 2: 8, 3: 610, 4: 44, 5: 560, 6: 70, 7: 0, 8: 0}
    assert port.finished and notes.kinds == []


def test_tubes_astray_are_these_bytes_and_both_alarms():
    driver, _, notes = scripted((STATUS, ASTRAY))
    reading = driver.status()
    assert (reading.alarms, reading.values["misrouted"], reading.values["unread"]) == (("lane-mismatch", "sorter-scanner-fail"), 1, 2)
    assert reading.state == "ready" and notes.kinds == ["alarm.raised"] * 2


def test_giving_a_kind_another_lane_is_these_bytes():
    driver, port, _ = scripted((STATUS, READY), (ASSIGN_YELLOW_TO_6_AS_5, CONFIRMED), (STATUS, DONE_5))
    driver.assign("serum-yellow", 6)
    assert port.finished


def test_a_jam_is_these_bytes_and_the_alarm_of_the_card():
    driver, port, _ = scripted((STATUS, READY), (ASSIGN_YELLOW_TO_6_AS_5, CONFIRMED), (STATUS, JAMMED_5))
    with pytest.raises(DeviceError, match="jammed in the sorter") as caught:
        driver.assign("serum-yellow", 6)
    assert (caught.value.alarm, port.finished) == ("sorter-jam", True)


def test_a_lost_confirmation_is_decided_by_reading_back_and_not_sent_again():
    driver, port, _ = scripted((STATUS, READY), (ASSIGN_YELLOW_TO_6_AS_5, None), (STATUS, DONE_5), (STATUS, DONE_5))
    driver.assign("serum-yellow", 6)
    assert port.finished


# With the model at the other end of the line


@pytest.mark.parametrize(("kind", "lane"), [("serum-yelow", 1), ("", 1), ("serum-yellow", 0), ("serum-yellow", REJECT), ("serum-yellow", -3)])
def test_an_unknown_kind_or_lane_is_a_usage_error_and_nothing_is_sent(bench: SorterBench, kind: str, lane: int):
    with pytest.raises(UsageError):
        bench.run(bench.driver.assign, kind, lane)
    assert bench.sent == []


def test_tubes_go_to_the_lane_that_was_assigned_from_then_on(bench: SorterBench):
    bench.send("serum-yellow")
    bench.run(bench.driver.assign, "serum-yellow", 7)
    bench.run(bench.driver.assign, "serum-yellow", 7)
    bench.send("serum-yellow", "serum-yellow")
    bench.run(bench.driver.status)
    counts = bench.driver.counts()
    assert (counts[3], counts[7], sum(counts.values())) == (1, 2, 3)


def test_a_lost_reply_to_an_assignment_is_settled_with_one_job(bench: SorterBench):
    bench.run(bench.driver.status)
    bench.line.to_host.append(once(lose))
    bench.run(bench.driver.assign, "serum-yellow", 7)
    assert (bench.model.accepted, bench.model.lanes[3]) == (1, 7)


@pytest.mark.parametrize(("symptom", "detail", "alarm"), [("wrong-lane", {"lane": 1}, "lane-mismatch"), ("scanner-fail", {}, "sorter-scanner-fail")])
def test_an_alarm_comes_with_the_first_tube_and_goes_when_it_is_put_right(bench: SorterBench, symptom: str, detail: dict[str, int], alarm: str):
    bench.model.begin(symptom, **detail)
    assert bench.alarms() == ()
    bench.send("serum-yellow", "edta-purple")
    assert bench.alarms() == (alarm,)
    bench.model.end(symptom)
    assert bench.alarms() == ()


@pytest.mark.parametrize(
    ("symptom", "detail", "alarm"), [("wrong-lane", {"lane": 1}, "lane-mismatch"), ("scanner-fail", {}, "sorter-scanner-fail")]
)
def test_a_self_test_finds_what_fails_without_a_tube_and_a_restart_refuses_then(bench: SorterBench, symptom: str, detail: dict[str, int], alarm: str):
    bench.model.begin(symptom, **detail)
    bench.run(bench.driver.self_test)
    assert bench.driver.reading.alarms == (alarm,)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.restart)
    assert caught.value.alarm == alarm
    bench.model.end(symptom)
    bench.run(bench.driver.restart)
    assert bench.driver.reading.alarms == ()


def test_a_jammed_sorter_takes_nothing_until_it_is_cleared(bench: SorterBench):
    bench.model.begin("jam")
    assert bench.send("serum-yellow", "serum-yellow") == [False, False]
    assert bench.alarms() == ("sorter-jam",)
    with pytest.raises(DeviceError) as caught:
        bench.run(bench.driver.restart)
    assert caught.value.alarm == "sorter-jam"
    bench.model.end("jam")
    bench.run(bench.driver.restart)
    assert bench.send("serum-yellow") == [True]


def test_silence_is_a_link_error(bench: SorterBench):
    bench.model.begin("silence")
    with pytest.raises(LinkError):
        bench.run(bench.driver.status)


def test_the_card_shows_a_count_for_every_lane():
    assert [name for name in CARD.inputs if name.startswith("lane-")] == [f"lane-{lane}" for lane in range(1, LANES + 1)]
