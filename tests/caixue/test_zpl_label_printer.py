"""The ZPL label printer driver: what it makes of answers and of silence, and what it leaves behind when a label went wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.zpl_label_printer import CARD, ZplLabelPrinter
from caixue.errors import DeviceError, GarbledReply, LinkError, ReplyTimeout, UncertainOutcome, UsageError
from caixue.tubes import LabelContent
from caixue.wire import zpl
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder
from twin.devices.zpl_label_printer import ZplLabelPrinterModel

CONTENT = LabelContent("261123000042", ("张*", "紫帽 EDTA"))
JOB = zpl.render_label(CONTENT)
ASK, WHY, WHO = b"~HS", b"~HQES", b"~HI"
PURGE = b"~JA^XZ~JA"
READY = zpl.host_status_reply(zpl.HostStatus())
NAME = b"\x02CX-ZPL,V1.0.0,8,8192KB\x03\r\n"
SILENCE = None


class Bench:
    """A driver, its port, and what it journals."""

    def __init__(self, port: ScriptedPort | LoopPort, clock: FakeClock) -> None:
        self.port, self.clock = port, clock
        recording, self.journal = recorder(clock)
        self.driver = ZplLabelPrinter("bench", port, clock, recording)


def bench(*script: tuple[bytes, bytes | Exception | None]) -> Bench:
    clock = FakeClock()
    return Bench(ScriptedPort(script, clock, name="bench", baudrate=CARD.baudrate), clock)


def coupled(*, piecewise: bool = False, **options: bool) -> tuple[Bench, ZplLabelPrinterModel]:
    clock, model = FakeClock(), ZplLabelPrinterModel("window-1.label-printer", **options)
    return Bench(LoopPort(model, clock, piecewise=piecewise), clock), model


def told(**status: int | bool) -> tuple[bytes, bytes]:
    return ASK, zpl.host_status_reply(zpl.HostStatus(**status))


@pytest.mark.parametrize(
    ("answer", "state", "alarms"),
    [
        (told(), "ready", ()),
        (told(formats=1), "busy", ()),
        (told(remaining=1), "busy", ()),
        (told(partial=True), "busy", ()),
        (told(paused=True), "fault", ("paused",)),
        (told(paper_out=True), "fault", ("paper-out",)),
        (told(head_up=True, ribbon_out=True), "fault", ("head-open", "ribbon-out")),
        (told(over_temperature=True, remaining=1), "fault", ("over-temperature",)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_host_status_means_what_the_guide_says(answer: tuple[bytes, bytes], state: str, alarms: tuple[str, ...]) -> None:
    reading = bench(answer).driver.status()
    assert (reading.state, reading.alarms) == (state, alarms)


@pytest.mark.parametrize(
    ("flags", "alarms"),
    [
        (0x1, ("paper-out",)),
        (0x5, ("head-open", "paper-out")),
        (0x2, ("ribbon-out",)),
        (0x10, ("over-temperature",)),
        (0x4000, ("paper-jam",)),
        (0x100, ("unnamed-stop",)),
        (0x8, ("unnamed-stop",)),
    ],
    ids=lambda value: f"{value:x}" if isinstance(value, int) else None,
)
def test_silence_after_host_status_is_explained_by_the_error_flags_and_is_no_failure_of_the_link(flags: int, alarms: tuple[str, ...]) -> None:
    script = bench((ASK, SILENCE), (WHY, zpl.error_reply(flags)))
    reading = script.driver.status()
    assert (reading.state, reading.alarms) == ("fault", alarms)
    assert set(script.journal.kinds) == {"alarm.raised"} and script.port.finished


def test_a_printer_that_only_knows_its_name_is_stopped_for_a_reason_that_it_cannot_tell() -> None:
    script = bench((ASK, SILENCE), (WHY, SILENCE), (WHO, NAME), (ASK, SILENCE))
    assert script.driver.status().alarms == ("unnamed-stop",)


def test_a_printer_that_answers_on_the_second_asking_was_never_stopped() -> None:
    script = bench((ASK, SILENCE), (WHY, SILENCE), (WHO, NAME), (ASK, READY))
    assert script.driver.status().state == "ready"


def test_a_printer_that_answers_no_question_is_unreachable_after_three_timeouts_and_the_quiet_between() -> None:
    script = bench((ASK, SILENCE), (WHY, SILENCE), (WHO, SILENCE))
    with pytest.raises(ReplyTimeout):
        script.driver.status()
    assert script.journal.kinds == ["link.timeout"]
    assert script.clock.now_us == 5 * CARD.reply_timeout_s * 1_000_000


def test_a_lost_answer_without_any_error_is_asked_for_again() -> None:
    script = bench((ASK, SILENCE), (WHY, zpl.error_reply(0)), (ASK, READY))
    assert script.driver.status().state == "ready"
    assert script.journal.kinds == ["link.garbled", "device.recovered"]


def test_a_damaged_answer_is_never_a_status() -> None:
    with pytest.raises(GarbledReply):
        bench(*[(ASK, READY[:-1] + b"x")] * 3).driver.status()


def test_a_label_is_one_question_one_job_and_one_question() -> None:
    script = bench((ASK, READY), (JOB, SILENCE), (ASK, READY))
    script.driver.print_label(CONTENT)
    assert script.port.finished and script.journal.kinds == ["label.sent", "label.printed"]


def test_a_label_that_is_still_waiting_or_moving_is_waited_for() -> None:
    script = bench((ASK, READY), (JOB, SILENCE), told(formats=1), told(remaining=1), (ASK, READY))
    script.driver.print_label(CONTENT)
    assert script.journal.kinds[-1] == "label.printed"


def test_silence_because_the_labels_ran_out_stops_the_job_and_cancels_it() -> None:
    script = bench((ASK, READY), (JOB, SILENCE), (ASK, SILENCE), (WHY, zpl.error_reply(1)), (PURGE, SILENCE))
    with pytest.raises(DeviceError) as error:
        script.driver.print_label(CONTENT)
    assert (error.value.alarm, error.value.code) == ("paper-out", 1)
    assert script.port.finished and script.journal.kinds == ["label.sent", "alarm.raised", "device.refused"]


def test_a_dead_link_after_the_job_is_uncertain_and_the_job_is_never_sent_again() -> None:
    script = bench((ASK, READY), (JOB, SILENCE), (ASK, SILENCE), (WHY, SILENCE), (WHO, SILENCE), (PURGE, SILENCE))
    with pytest.raises(UncertainOutcome):
        script.driver.print_label(CONTENT)
    assert script.port.finished and "label.printed" not in script.journal.kinds


def test_nothing_is_sent_to_a_printer_that_is_stopped() -> None:
    script = bench((ASK, SILENCE), (WHY, zpl.error_reply(4)))
    with pytest.raises(DeviceError):
        script.driver.print_label(CONTENT)
    assert script.driver.last_sent == "" and script.port.finished


def test_content_that_no_label_can_hold_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(UsageError):
        bench().driver.print_label(LabelContent("123", ()))


def test_name_and_mileage_are_read() -> None:
    script = bench((WHO, NAME), (b"~HQOD", zpl.odometer_reply(12.4)))
    assert (script.driver.identification(), script.driver.mileage_km()) == ("CX-ZPL V1.0.0", 12)


# With the model at the other end of the line.


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "byte-by-byte"])
def test_driver_and_model_print_a_label_that_can_be_read(piecewise: bool) -> None:
    room, model = coupled(piecewise=piecewise)
    room.driver.print_label(CONTENT)
    label = model.take_label()
    assert label is not None and (label.serial, label.readable, label.complete) == ("261123000042", "261123000042", True)
    assert model.reprint is False and room.journal.kinds == ["label.sent", "label.printed"]


@pytest.mark.parametrize("silent_status", [True, False], ids=["silent", "with flags"])
def test_labels_that_end_in_mid_print_leave_no_label_now_or_later(silent_status: bool) -> None:
    room, model = coupled(silent_status=silent_status)
    model.paper_mm = 10.0
    with pytest.raises(DeviceError) as error:
        room.driver.print_label(CONTENT)
    assert error.value.alarm == "paper-out"
    room.clock.sleep(1)
    model.load_roll()
    room.clock.sleep(1)
    room.driver.purge()
    assert not model.plate
    room.driver.print_label(LabelContent("261123000043", ()))
    assert [label.serial for label in model.plate] == ["261123000043"]


@pytest.mark.parametrize("symptom", ["paper-out", "head-open", "ribbon-out", "over-temperature", "rewinder-full"])
def test_an_old_printer_that_is_silent_for_any_reason_is_told_from_a_dead_one(symptom: str) -> None:
    room, model = coupled(tells_errors=False)
    model.begin(symptom, **({"remaining_mm": 0.0} if symptom == "paper-out" else {}))
    assert room.driver.status().alarms == ("unnamed-stop",)
    model.begin("silence")
    with pytest.raises(ReplyTimeout):
        room.driver.status()
    model.end("silence")
    model.end(symptom)
    assert room.driver.status().alarms == ()


def test_a_power_cut_in_mid_label_is_uncertain_and_after_purge_the_plate_still_holds_what_came_out() -> None:
    room, model = coupled()
    model.begin("power-cycle", reprint=True, off_s=5.0)
    with pytest.raises(UncertainOutcome):
        room.driver.print_label(CONTENT)
    room.clock.sleep(5)
    room.driver.purge()
    assert [label.readable for label in model.plate] == [None, "261123000042"]


def test_purge_ends_a_format_that_a_broken_job_left_open() -> None:
    room, model = coupled()
    model.feed(JOB[:100])
    assert room.driver.status().state == "busy"
    room.driver.purge()
    room.driver.print_label(CONTENT)
    assert [label.serial for label in model.plate] == ["261123000042"]


def test_the_mileage_of_the_model_is_its_heads() -> None:
    room, model = coupled()
    model.head_km = 29.7
    assert room.driver.mileage_km() == 29


@given(noisy=st.sets(st.integers(0, 400), max_size=8), lost=st.sets(st.integers(0, 5), max_size=3), flip=st.integers(1, 255))
def test_under_noise_and_lost_answers_a_label_is_printed_once_or_the_caller_is_told(noisy: set[int], lost: set[int], flip: int) -> None:
    room, model = coupled()
    honest, answers, place = model.send, 0, 0

    def damaged(data: bytes, after_us: int = 0) -> None:
        nonlocal answers, place
        if answers not in lost:
            honest(bytes(byte ^ flip if place + index in noisy else byte for index, byte in enumerate(data)), after_us)
        answers, place = answers + 1, place + len(data)

    model.send = damaged
    told = False
    try:
        room.driver.print_label(CONTENT)
    except (DeviceError, LinkError):
        told = True
    room.clock.sleep(10)
    assert len(model.plate) <= 1
    assert told or [label.readable for label in model.plate] == ["261123000042"]
