"""The label printer driver: what it believes, what it refuses, and what it leaves behind when a label went wrong."""

from __future__ import annotations

import pytest

from caixue.clock import Clock
from caixue.drivers.label_printer import CARD, LabelPrinter
from caixue.errors import DeviceError, GarbledReply, ReplyTimeout, UncertainOutcome, UsageError
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.tubes import LabelContent
from caixue.wire import tspl
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import START, FakeClock, Notes, ScriptedPort, recorder
from twin.devices.label_printer import LabelPrinterModel
from twin.line import Line
from twin.protocol_twin import register
from twin.world import World

CONTENT = LabelContent("261123000042", ("张*", "紫帽 EDTA"))
JOB = tspl.render_label(CONTENT)
ASK = b"\x1b!?"
CANCEL = b"\x1b!.\r\nCLS\r\n"
SILENCE = None


class Bench:
    """A driver, its port, and what it journals."""

    def __init__(self, port: ScriptedPort | LoopPort, clock: FakeClock) -> None:
        self.port, self.clock = port, clock
        recording, self.journal = recorder(clock)
        self.driver = LabelPrinter("bench", port, clock, recording)

    def pass_time(self, duration_s: float) -> None:
        self.clock.sleep(duration_s)


def answer(status: int) -> tuple[bytes, bytes]:
    return ASK, bytes([status])


def bench(*script: tuple[bytes, bytes | Exception | None]) -> Bench:
    clock = FakeClock()
    return Bench(ScriptedPort(script, clock, name="bench", baudrate=CARD.baudrate), clock)


def coupled(*, piecewise: bool = False) -> tuple[Bench, LabelPrinterModel]:
    clock, model = FakeClock(), LabelPrinterModel("window-1.label-printer")
    return Bench(LoopPort(model, clock, piecewise=piecewise), clock), model


@pytest.mark.parametrize(
    ("status", "state", "alarms"),
    [
        (0x00, "ready", ()),
        (0x01, "fault", ("head-open",)),
        (0x03, "fault", ("head-open", "paper-jam")),
        (0x04, "fault", ("paper-out",)),
        (0x0D, "fault", ("head-open", "paper-out", "ribbon-out")),
        (0x10, "fault", ("paused",)),
        (0x20, "busy", ()),
        (0x24, "fault", ("paper-out",)),
        (0xC0, "fault", ("cover-open", "over-temperature")),
    ],
    ids=lambda value: f"{value:02x}" if isinstance(value, int) else None,
)
def test_the_status_byte_means_what_the_manual_says(status: int, state: str, alarms: tuple[str, ...]):
    """Gprinter GP-2120T manual p. 30: 1B 21 3F goes out, one byte comes back."""
    script = bench((b"\x1b\x21\x3f", bytes([status])))
    reading = script.driver.status()
    assert (reading.state, reading.alarms, reading.values) == (state, alarms, {"status": status})


def test_a_silent_printer_costs_exactly_its_timeouts_and_quiet_times():
    script = bench((ASK, SILENCE), (ASK, SILENCE), (ASK, SILENCE))
    with pytest.raises(ReplyTimeout):
        script.driver.status()
    assert script.clock.now_us == 5 * CARD.reply_timeout_s * 1_000_000
    assert script.journal.kinds == ["link.timeout"] * 3


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one():
    script = bench((ASK, SILENCE), answer(0x00))
    script.clock.call_later(700_000, script.port.received.extend, b"\x04")
    assert script.driver.status().state == "ready"
    assert script.journal.kinds == ["link.timeout", "device.recovered"]


def test_two_bytes_are_no_answer_and_the_question_is_repeated():
    script = bench((ASK, b"\x00\x04"), answer(0x00))
    assert script.driver.status().state == "ready"
    assert script.journal.kinds == ["link.garbled", "device.recovered"]


def test_a_line_that_always_says_too_much_is_a_garbled_reply():
    with pytest.raises(GarbledReply):
        bench(*[(ASK, b"xyz")] * 3).driver.status()


def test_a_label_is_one_question_one_job_and_one_question():
    script = bench(answer(0x00), (JOB, SILENCE), answer(0x00))
    script.driver.print_label(CONTENT)
    assert script.port.finished
    assert [(event.kind, event.subject, dict(event.data)) for event in script.journal.events] == [
        ("label.sent", "261123000042", {"device": "bench"}),
        ("label.printed", "261123000042", {"device": "bench"}),
    ]


def test_the_ready_that_a_printer_says_right_after_a_job_is_not_asked_for():
    """An immediate question overtakes the job: so the driver first waits as long as wire and printing take."""
    script = bench(answer(0x00), (JOB, SILENCE), answer(0x00))
    script.driver.print_label(CONTENT)
    assert script.clock.now_us >= (len(JOB) * 10 / CARD.baudrate + CARD.durations_s["imaging"] + CARD.durations_s["print"]) * 1_000_000


def test_a_slow_label_is_waited_for():
    script = bench(answer(0x00), (JOB, SILENCE), answer(0x20), answer(0x20), answer(0x00))
    script.driver.print_label(CONTENT)
    assert script.journal.kinds[-1] == "label.printed"


@pytest.mark.parametrize("status", [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80], ids=lambda status: f"{status:02x}")
def test_nothing_is_sent_to_a_printer_that_is_not_ready(status: int):
    script = bench(answer(status))
    with pytest.raises(DeviceError) as error:
        script.driver.print_label(CONTENT)
    assert error.value.code == status
    assert "label.sent" not in script.journal.kinds


def test_paper_out_after_print_is_not_success_and_the_job_is_cancelled():
    script = bench(answer(0x00), (JOB, SILENCE), answer(0x04), (CANCEL, SILENCE))
    with pytest.raises(DeviceError) as error:
        script.driver.print_label(CONTENT)
    assert error.value.alarm == "paper-out"
    assert script.port.finished
    assert script.journal.kinds == ["label.sent", "alarm.raised", "device.refused"]


def test_silence_after_the_job_is_an_uncertain_outcome_and_the_job_is_never_sent_again():
    script = bench(answer(0x00), (JOB, SILENCE), (ASK, SILENCE), (ASK, SILENCE), (ASK, SILENCE), (CANCEL, SILENCE))
    with pytest.raises(UncertainOutcome):
        script.driver.print_label(CONTENT)
    assert script.port.finished
    assert "label.printed" not in script.journal.kinds


def test_one_lost_answer_after_the_job_is_asked_for_again():
    script = bench(answer(0x00), (JOB, SILENCE), (ASK, SILENCE), answer(0x00))
    script.driver.print_label(CONTENT)
    assert script.journal.kinds == ["label.sent", "link.timeout", "device.recovered", "label.printed"]


def test_a_printer_that_never_stops_printing_is_an_uncertain_outcome():
    script = bench(answer(0x00), (JOB, SILENCE), *[answer(0x20)] * int(CARD.limits["polls"]), (CANCEL, SILENCE))
    with pytest.raises(UncertainOutcome):
        script.driver.print_label(CONTENT)
    assert script.journal.kinds == ["label.sent", "link.timeout"]


def test_content_that_no_label_can_hold_is_refused_before_anything_is_asked():
    with pytest.raises(UsageError):
        bench().driver.print_label(LabelContent("12", ("a", "b", "c", "d")))


def test_the_mileage_is_read_as_whole_kilometres():
    assert bench((b"~!@\r\n", b"12\r")).driver.mileage_km() == 12


@pytest.mark.parametrize("reply", [b"12", b"\r", b"-1\r", b"12 km\r", b"\xb21\r"])
def test_a_mileage_that_is_no_number_is_garbled(reply: bytes):
    with pytest.raises(GarbledReply):
        bench(*[(b"~!@\r\n", reply)] * 3).driver.mileage_km()


# With the model at the other end of the line.


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "byte-by-byte"])
def test_driver_and_model_print_a_label_that_can_be_read(piecewise: bool):
    room, model = coupled(piecewise=piecewise)
    room.driver.print_label(CONTENT)
    label = model.take_label()
    assert (label.serial, label.readable, label.complete) == ("261123000042", "261123000042", True)
    assert model.reprint is False
    assert room.journal.kinds == ["label.sent", "label.printed"]


def test_the_first_question_after_the_expected_time_finds_the_label_printed():
    room, _ = coupled()
    room.driver.print_label(CONTENT)
    assert room.port.written == [ASK, JOB, ASK]
    assert [reply for _, reply in room.port.replies] == [b"\x00", b"\x00"]


def test_paper_that_ends_in_mid_label_leaves_no_label_now_or_later():
    room, model = coupled()
    model.paper_mm = 10.0
    with pytest.raises(DeviceError) as error:
        room.driver.print_label(CONTENT)
    assert error.value.alarm == "paper-out"
    room.pass_time(1)
    model.load_roll()
    room.pass_time(1)
    room.driver.purge()
    assert not model.plate
    room.driver.print_label(LabelContent("261123000043", ()))
    assert [label.serial for label in model.plate] == ["261123000043"]


def test_a_power_cut_in_mid_label_is_uncertain_and_after_purge_the_plate_still_holds_what_came_out():
    room, model = coupled()
    model.begin("power-cycle", reprint=True, off_s=5.0)
    with pytest.raises(UncertainOutcome):
        room.driver.print_label(CONTENT)
    room.pass_time(5)
    room.driver.purge()
    assert [label.readable for label in model.plate] == [None, "261123000042"]
    assert room.journal.kinds[-1] == "device.recovered"


def test_purge_waits_for_a_label_that_is_already_moving():
    room, model = coupled()
    model.feed(tspl.render_label(CONTENT) * 2)
    room.pass_time(0.2)
    room.driver.purge()
    assert len(model.plate) == 1
    room.pass_time(5)
    assert len(model.plate) == 1


def test_purge_is_refused_while_an_alarm_stands():
    room, model = coupled()
    model.begin("head-open")
    with pytest.raises(DeviceError):
        room.driver.purge()
    model.end("head-open")
    room.driver.purge()


def test_the_mileage_of_the_model_is_its_heads():
    room, model = coupled()
    model.head_km = 29.7
    assert room.driver.mileage_km() == 29


def test_a_monitor_may_ask_in_the_middle_of_a_label():
    register()
    world, model = World(START), LabelPrinterModel("window-1.label-printer")
    line = Line(world, model.name, model, CARD.baudrate)
    clock: Clock = world.clock
    driver = LabelPrinter(
        model.name, Port(world.url(model.name), clock, name=line.name, baudrate=CARD.baudrate), clock, Recorder(Notes(), clock)
    )
    states = []

    def monitor() -> None:
        for _ in range(20):
            states.append(driver.status().state)
            clock.sleep(0.05)

    world.process(world.call(monitor))
    world.kernel.run(world.process(world.call(driver.print_label, CONTENT)))
    world.close()
    assert "busy" in states
    assert [label.readable for label in model.plate] == ["261123000042"]
