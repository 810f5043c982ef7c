"""The Modbus device models: the same answers to the same bytes however they are cut, every exception code, and physical state."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers import collection_host, tube_dispenser
from caixue.tubes import TUBE_KINDS
from caixue.wire.modbus import READ_HOLDING, READ_INPUT, WRITE, Reply, Request, parse_reply, reply_frame, request_frame
from tests.caixue.modbus_bench import with_crc
from twin.devices.collection_host import CollectionHostModel
from twin.devices.label_printer import PrintedLabel
from twin.devices.modbus import FRAME_GAP_US, TURNAROUND_US, JobModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.things import Station, TubeFactory

LANES = {1: "serum-yellow", 2: "edta-purple", 3: "citrate-blue"}
EMPTY, LOCKED, JAM = 2, 3, 1
MOTOR, SUCTION, NO_LABEL, NO_TUBE = 1, 2, 3, 4


class Device:
    """A model on a bench without a line: bytes in, bytes out, timers moved by hand."""

    def __init__(self, model: JobModel) -> None:
        self.model = model
        self.now_us = 0
        self.sent: list[tuple[int, bytes]] = []
        self._timers: list = []
        self._numbers = count()
        model.send = lambda data, after_us=0: self.sent.append((self.now_us + after_us, data))
        model.call_later = self._call_later

    def _call_later(self, after_us: int, function, *arguments) -> None:
        heappush(self._timers, (self.now_us + after_us, next(self._numbers), function, arguments))

    def pass_time(self, us: int) -> None:
        end_us = self.now_us + us
        while self._timers and self._timers[0][0] <= end_us:
            self.now_us, _, function, arguments = heappop(self._timers)
            function(*arguments)
        self.now_us = end_us

    def ask(self, request: Request) -> Reply | None:
        """The reply to one request; None for silence."""
        before = len(self.sent)
        self.model.feed(request_frame(request))
        assert len(self.sent) <= before + 1
        return parse_reply(self.sent[-1][1], request) if len(self.sent) > before else None

    def inputs(self) -> dict[str, int]:
        """All input registers by name."""
        registers = self.model.card.inputs
        reply = self.ask(Request(1, READ_INPUT, 0, len(registers)))
        assert reply is not None
        return {name: reply.values[register.address] for name, register in registers.items()}

    def start(self, command: str, parameter: int = 0, job: int = 1) -> Reply | None:
        return self.ask(Request(1, WRITE, 0, 3, (self.model.card.commands[command], parameter, job)))

    def do(self, command: str, parameter: int = 0, job: int = 1) -> dict[str, int]:
        """Carry out one job and give the registers at its end."""
        self.start(command, parameter, job)
        self.pass_time(10_000_000)
        return self.inputs()


def dispenser(capacity: int = 10, low: int = 2) -> Device:
    return Device(TubeDispenserModel("dispenser", Station(), TubeFactory(), LANES, capacity=capacity, low=low))


def host() -> Device:
    return Device(CollectionHostModel("host", Station()))


def label(number: int = 1) -> PrintedLabel:
    return PrintedLabel("printer", number, f"26112300000{number}", f"26112300000{number}", True)


devices = pytest.mark.parametrize("make", [dispenser, host])


# Any bytes, in any pieces

function_codes = st.sampled_from([1, 2, 3, 4, 5, 6, 15, 16, 17, 43])
frames = st.one_of(
    st.builds(lambda u, f, a, n: request_frame(Request(u, f, a, n)), st.integers(1, 2), st.sampled_from([3, 4]), st.integers(0, 12), st.integers(1, 12)),
    st.builds(lambda u, a, v: request_frame(Request(u, WRITE, a, len(v), tuple(v))), st.integers(1, 2), st.integers(0, 4),
              st.lists(st.integers(0, 6), min_size=1, max_size=4)),
    st.builds(lambda f, body: with_crc(bytes([1, f]) + body), function_codes, st.binary(max_size=16)),
)  # fmt: skip
streams = st.lists(frames | st.binary(max_size=12), max_size=12).map(b"".join)


def answers(device: Device, chunks: list[bytes]) -> tuple[list[tuple[int, bytes]], list[int]]:
    for chunk in chunks:
        device.model.feed(chunk)
    device.pass_time(60_000_000)
    return device.sent, device.model.read_inputs()


@devices
@given(streams, st.lists(st.integers(0, 200), max_size=8))
def test_answers_do_not_depend_on_how_the_bytes_are_cut(make, stream: bytes, cuts: list[int]):
    whole = answers(make(), [stream])
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert answers(make(), [stream[start:end] for start, end in pairwise(places)]) == whole
    assert answers(make(), [stream[at : at + 1] for at in range(len(stream))]) == whole


@devices
@given(st.lists(st.binary(max_size=300) | frames, max_size=8))
def test_no_bytes_make_a_model_raise_and_all_it_says_are_frames(make, chunks: list[bytes]):
    for _, frame in answers(make(), chunks)[0]:
        assert frame == with_crc(frame[:-2])
        assert frame[0] == 1


@devices
def test_a_long_stream_of_requests_in_one_piece_is_answered_in_full(make):
    device = make()
    device.model.feed(request_frame(Request(1, READ_INPUT, 0, 5)) * 200)
    assert len(device.sent) == 200


@devices
def test_a_request_is_found_after_garbage_and_a_silence(make):
    device = make()
    device.model.feed(b"\x01\x10\x00\x00\x00\x7f\xff")  # the start of something long
    device.pass_time(FRAME_GAP_US)
    assert device.ask(Request(1, READ_INPUT, 0, 1)) == Reply(1, READ_INPUT, (0,))


@devices
def test_a_request_may_pause_for_less_than_the_gap_that_ends_a_frame(make):
    device = make()
    frame = request_frame(Request(1, READ_INPUT, 0, 1))
    for byte in frame:
        assert device.sent == []
        device.model.feed(bytes([byte]))
        device.pass_time(FRAME_GAP_US - 1)
    assert len(device.sent) == 1


@devices
def test_a_reply_begins_the_turnaround_after_the_request(make):
    device = make()
    device.pass_time(123)
    device.ask(Request(1, READ_INPUT, 0, 1))
    assert device.sent[0][0] == 123 + TURNAROUND_US


# Units and exceptions


@devices
@pytest.mark.parametrize("unit", [0, 2, 247])
def test_a_request_for_another_unit_is_neither_answered_nor_obeyed(make, unit: int):
    device = make()
    for request in (Request(unit, READ_INPUT, 0, 1), Request(unit, WRITE, 0, 3, (1, 1, 1)), Request(unit, READ_INPUT, 500, 1)):
        assert device.ask(request) is None
    assert device.inputs()["accepted"] == 0


@devices
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("01 06 0000 0001", 1),
        ("01 01 0000 0001", 1),
        ("01 05 0000 FF00", 1),
        ("01 0F 0000 0008 01 FF", 1),
        ("01 04 0008 0005", 2),
        ("01 04 FFFF 0001", 2),
        ("01 03 0003 0001", 2),
        ("01 10 0001 0003 06 0001 0001 0001", 2),
        ("01 04 0000 0000", 3),
        ("01 04 0000 007E", 3),
        ("01 03 0000 FFFF", 3),
        ("01 10 0000 0000 00", 3),
        ("01 10 0000 0002 06 0001 0001 0001", 3),
        ("01 10 0000 0001 03 0001 00", 3),
        ("01 10 0000 0003 06 0063 0001 0001", 3),
        ("01 10 0000 0003 06 0000 0001 0001", 3),
    ],
    ids=["write-single", "coils", "write-coil", "write-coils", "input-address", "last-address", "holding-address", "write-address",
         "no-count", "count-126", "count-65535", "write-nothing", "bytes-too-many", "odd-bytes", "unknown-command", "command-0"],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_the_standards_code(make, body: str, code: int):
    device = make()
    request = bytes.fromhex(body)
    device.model.feed(with_crc(request))
    assert [frame for _, frame in device.sent] == [with_crc(bytes([1, request[1] | 0x80, code]))]
    assert device.inputs()["accepted"] == 0


@devices
def test_a_second_command_is_latched_and_a_third_is_refused_as_busy(make):
    device = make()
    command = next(iter(device.model.card.commands))
    assert device.start(command, 1, 1) == device.start(command, 1, 2) == Reply(1, WRITE, (), 0, 3)
    assert device.start(command, 1, 3) == Reply(1, WRITE, error=6)
    assert device.inputs()["accepted"] == 2
    device.pass_time(10_000_000)
    assert device.inputs()["completed"] == 2
    assert device.model.most_in_flight == 2


def test_a_latched_dispense_is_carried_out_after_the_first_so_that_a_blind_repetition_shows():
    device = dispenser()
    device.start("dispense", 1, 1)
    device.pass_time(600_000)
    device.start("dispense", 1, 1)
    device.pass_time(600_000)
    assert device.model.dispensed == 1
    device.pass_time(1_200_000)
    assert device.model.dispensed == 2


@devices
def test_a_silent_model_neither_answers_nor_obeys_until_it_is_repaired(make):
    device = make()
    fired = []
    device.model.effects["silence"] = lambda: fired.append("silence")
    device.model.begin("silence")
    assert device.start("reset") is None
    assert fired == ["silence"]
    device.model.end("silence")
    assert device.inputs()["accepted"] == 0


@devices
def test_holding_registers_show_the_last_command(make):
    device = make()
    device.start("reset", 7, 9)
    assert device.ask(Request(1, READ_HOLDING, 0, 3)) == Reply(1, READ_HOLDING, (device.model.card.commands["reset"], 7, 9))


@devices
def test_a_job_shows_busy_while_it_runs_and_done_at_its_end(make):
    device = make()
    device.start("reset", 0, 42)
    during = device.inputs()
    assert (during["state"], during["accepted"], during["completed"]) == (1, 42, 0)
    device.pass_time(int(device.model.card.durations_s["reset"] * 1_000_000))
    after = device.inputs()
    assert (after["state"], after["completed"], after["result"]) == (0, 42, 1)


def test_every_card_command_has_a_duration_and_is_carried_out():
    for device in (dispenser(), host()):
        for job, command in enumerate(device.model.card.commands, 1):
            assert device.model.card.durations_s[command] > 0
            assert device.do(command, 1, job)["completed"] == job


# The dispenser


def test_a_dispensed_tube_falls_into_the_cradle_and_its_colour_is_seen():
    device = dispenser()
    for job, (lane, kind) in enumerate(LANES.items(), 1):
        seen = device.do("dispense", lane, job)
        assert (seen["result"], seen["alarm"], seen["colour"]) == (1, 0, TUBE_KINDS[kind].colour)
    assert [tube.kind for tube in device.model.station.cradle] == list(LANES.values())


def test_lanes_are_shown_low_at_their_mark_and_empty_at_nothing():
    device = dispenser(capacity=3, low=1)
    shown = [(device.inputs()["low"], device.inputs()["empty"])]
    for job in (1, 2, 3):
        seen = device.do("dispense", 2, job)
        shown.append((seen["low"], seen["empty"]))
    assert shown == [(0, 0), (0, 0), (0b10, 0), (0b10, 0b10)]


def test_an_empty_lane_fails_the_job_and_does_not_stop_the_others():
    device = dispenser(capacity=1)
    device.do("dispense", 1, 1)
    seen = device.do("dispense", 1, 2)
    assert (seen["result"], seen["alarm"], seen["state"]) == (2, EMPTY, 0)
    seen = device.do("dispense", 2, 3)
    assert (seen["result"], seen["alarm"]) == (1, 0)


def test_a_locked_lane_gives_nothing_until_it_is_unlocked():
    device = dispenser()
    assert device.do("lock", 2, 1)["locked"] == 0b10
    assert device.do("dispense", 2, 2)["alarm"] == LOCKED
    assert device.do("unlock", 2, 3)["locked"] == 0
    assert device.do("dispense", 2, 4)["result"] == 1


@pytest.mark.parametrize("lane", [0, 4, 9, 65535])
def test_a_lane_that_is_not_there_counts_as_locked(lane: int):
    assert dispenser().do("dispense", lane)["alarm"] == LOCKED


@pytest.mark.parametrize("symptom", ["jam", "brief-jam"])
def test_a_jam_stops_every_job_but_reset_and_reset_does_not_remove_it(symptom: str):
    device = dispenser()
    fired = []
    device.model.effects[symptom] = lambda: fired.append(symptom)
    device.model.begin(symptom)
    assert fired == []
    seen = device.do("dispense", 1, 1)
    assert (seen["state"], seen["alarm"], seen["result"]) == (2, JAM, 2)
    assert fired == [symptom]
    assert device.do("lock", 1, 2)["result"] == 2
    assert device.do("reset", 0, 3)["alarm"] == 0
    assert device.do("dispense", 1, 4)["alarm"] == JAM
    device.model.end(symptom)
    assert device.do("dispense", 1, 5)["result"] == 1
    assert device.model.dispensed == 1


def test_a_wrong_rack_is_seen_by_the_colour_sensor_and_nothing_else():
    device = dispenser()
    device.model.begin("wrong-rack", lane=3, loaded="edta-purple")
    seen = device.do("dispense", 3)
    assert (seen["result"], seen["alarm"]) == (1, 0)
    assert seen["colour"] == TUBE_KINDS["edta-purple"].colour != TUBE_KINDS[LANES[3]].colour
    assert device.do("lock", 3, 2)["locked"] == 0b100
    device.model.end("wrong-rack")  # who puts the right rack in also unlocks the lane at the panel
    assert device.inputs()["locked"] == 0
    assert device.do("dispense", 3, 3)["colour"] == TUBE_KINDS[LANES[3]].colour


def test_a_wrong_rack_stays_in_its_lane_when_the_others_are_refilled():
    device = dispenser(capacity=5, low=4)
    device.model.begin("wrong-rack", lane=3, loaded="edta-purple")
    device.do("dispense", 3, 1)
    device.do("dispense", 1, 2)
    assert device.model.refill() == {"serum-yellow": 1}
    assert len(device.model.lanes[3]) == 4


def test_a_lane_that_somebody_emptied_fires_when_it_shows_and_is_refilled_by_the_repair():
    device = dispenser()
    fired = []
    device.model.effects["lane-empty"] = lambda: fired.append(device.now_us)
    device.model.begin("lane-empty", lane=1)
    assert fired == []
    assert device.inputs()["empty"] == 1
    assert fired == [device.now_us]
    device.model.end("lane-empty")
    assert device.inputs()["empty"] == 0


steps = st.lists(
    st.tuples(st.sampled_from(["dispense", "lock", "unlock", "reset"]), st.integers(0, 4))
    | st.tuples(st.sampled_from(["refill", "jam", "lane-empty", "wrong-rack", "repair"]), st.integers(1, 3)),
    max_size=25,
)


@given(steps)
@settings(max_examples=60)
def test_no_tube_appears_or_vanishes_whatever_happens(story: list[tuple[str, int]]):
    device = dispenser(capacity=4, low=2)
    model, active = device.model, []
    for job, (what, number) in enumerate(story, 1):
        if what in model.card.commands:
            device.do(what, number, job % 250 + 1)
        elif what == "refill":
            model.refill()
        elif what == "repair":
            while active:
                model.end(active.pop())
        elif what not in active:
            active.append(what)
            model.begin(what, **{"jam": {}, "lane-empty": {"lane": number}, "wrong-rack": {"lane": number, "loaded": "esr-black"}}[what])
        station = model.station
        tubes = [*(tube for lane in model.lanes.values() for tube in lane), *station.cradle, *station.tray, *station.bin, *station.nurse]
        assert len(tubes) == len({tube.number for tube in tubes}) == model.factory.made
        assert model.held() + len(station.cradle) + len(station.bin) == model.factory.made
        assert model.dispensed == len(station.cradle)


# The collection host


def ready_host(labels: int = 1, tubes: int = 1) -> Device:
    """A host with tubes in its cradle and labels on the printer's plate."""
    device = host()
    station, factory, plate = device.model.station, TubeFactory(), [label(number) for number in range(1, labels + 1)]
    station.take_label = lambda: plate.pop(0) if plate else None
    for _ in range(tubes):
        station.arrive(factory.make("serum-yellow"))
    return device


def test_the_host_sticks_the_label_that_lies_on_the_plate_on_the_tube_at_the_station():
    device = ready_host()
    assert device.do("apply")["result"] == 1
    assert [stuck.serial for stuck in device.model.station.cradle[0].labels] == ["261123000001"]


def test_without_a_label_the_host_stops_with_its_alarm():
    device = ready_host(labels=0)
    seen = device.do("apply")
    assert (seen["state"], seen["alarm"], seen["result"]) == (2, NO_LABEL, 2)
    assert device.model.station.cradle[0].labels == []


def test_without_a_tube_the_host_stops_with_its_alarm_and_leaves_the_label():
    device = ready_host(tubes=0)
    assert device.do("apply")["alarm"] == NO_TUBE
    assert device.model.station.take_label() is not None


@pytest.mark.parametrize("command", ["release", "reject"])
def test_a_tube_that_is_not_there_cannot_be_moved(command: str):
    assert ready_host(tubes=0).do(command)["alarm"] == NO_TUBE


def test_tubes_go_from_the_station_to_tray_or_bin_and_the_tray_to_the_nurse():
    device = ready_host(tubes=3)
    assert device.do("release", job=1)["tray"] == 1
    assert device.do("reject", job=2)["bin"] == 1
    seen = device.do("release", job=3)
    assert (seen["station"], seen["tray"], seen["bin"]) == (0, 2, 1)
    assert device.do("present", job=4)["tray"] == 0
    assert [tube.number for tube in device.model.station.nurse] == [1, 3]


def test_clear_empties_station_plate_and_tray_into_the_bin():
    device = ready_host(labels=2, tubes=3)
    device.do("release", job=1)
    seen = device.do("clear", job=2)
    assert (seen["result"], seen["station"], seen["tray"], seen["bin"]) == (1, 0, 0, 3)
    assert device.model.station.take_label() is None


@pytest.mark.parametrize(("symptom", "alarm"), [("motor-fault", MOTOR), ("suction-lost", SUCTION)])
def test_a_broken_host_fails_its_next_job_and_works_again_after_the_repair(symptom: str, alarm: int):
    device = ready_host()
    fired = []
    device.model.effects[symptom] = lambda: fired.append(symptom)
    device.model.begin(symptom)
    assert device.do("apply", job=1)["alarm"] == alarm
    assert fired == [symptom]
    assert device.do("reset", job=2)["alarm"] == 0
    assert device.do("apply", job=3)["alarm"] == alarm
    device.model.end(symptom)
    assert device.do("apply", job=4)["result"] == 1


def test_an_alarm_that_stops_the_host_is_cleared_by_reset_alone():
    device = ready_host(labels=0)
    device.do("apply", job=1)
    assert device.do("release", job=2)["result"] == 2
    assert device.do("reset", job=3)["state"] == 0
    assert device.do("release", job=4)["result"] == 1


# Cards


@pytest.mark.parametrize("card", [tube_dispenser.CARD, collection_host.CARD], ids=lambda card: card.kind)
def test_a_cards_registers_are_adjacent_and_each_names_its_source(card):
    for registers in (card.inputs, card.holdings):
        assert sorted(register.address for register in registers.values()) == list(range(len(registers)))
        assert all(register.source and register.unit for register in registers.values())


def test_a_reply_of_a_model_is_what_the_codec_would_write():
    device = dispenser()
    device.ask(Request(1, READ_INPUT, 0, 9))
    assert device.sent[0][1] == reply_frame(Reply(1, READ_INPUT, (0, 0, 0, 0, 0, 0, 0, 0, 0)))
