"""The label printer model: bytes in, labels with their physical troubles out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.tubes import LabelContent
from caixue.wire import code128, tspl
from tests.caixue.scripted import FakeClock
from twin.devices.label_mechanism import WORN_COLUMNS, Image
from twin.devices.label_printer import FAULTS, LabelPrinterModel

SERIAL = "261123000042"
FEED_MM = 33.0


class Bench:
    """A model on a bench: time advances by hand, and replies are kept with their times."""

    def __init__(self, paper_mm: float | None = None, **options: float) -> None:
        self.model = LabelPrinterModel("window-1.label-printer", **options)
        if paper_mm is not None:
            self.model.paper_mm = paper_mm
        self.clock = FakeClock()
        self.said: list[tuple[int, bytes]] = []
        self.model.send = lambda data, after_us=0: self.said.append((self.clock.now_us + after_us, data))
        self.model.call_later = self.clock.call_later

    def after(self, duration_s: float) -> None:
        """Let that much time pass."""
        self.clock.sleep(duration_s)

    def print(self, *serials: str) -> None:
        """Send one job for each serial."""
        for serial in serials:
            self.model.feed(tspl.render_label(LabelContent(serial, ("张*",))))

    def ask(self) -> int | None:
        """The status byte over the wire."""
        before = len(self.said)
        self.model.feed(tspl.STATUS_QUERY)
        return self.said[-1][1][0] if len(self.said) > before else None

    def plate(self) -> list[tuple[str, str | None, bool]]:
        """What lies on the plate, oldest first."""
        return [(label.serial, label.readable, label.complete) for label in self.model.plate]


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 0x00), ({"head_is_open": True}, 0x01), ({"jammed": True}, 0x02), ({"jammed": True, "head_is_open": True}, 0x03), ({"paper_mm": 0.0}, 0x04),
     ({"ribbon_mm": 0.0}, 0x08), ({"ribbon_mm": 0.0, "paper_mm": 0.0, "head_is_open": True}, 0x0D), ({"paused": True}, 0x10)],
    ids=lambda value: f"{value:02x}" if isinstance(value, int) else None,
)  # fmt: skip
def test_the_status_byte_is_that_of_the_manual(change: dict, status: int):
    """Gprinter GP-2120T manual p. 30."""
    bench = Bench()
    for name, value in change.items():
        setattr(bench.model, name, value)
    bench.model.feed(b"\x1b!?")
    assert bench.said == [(2_000, bytes([status]))]


def test_a_label_shows_as_printing_only_while_it_moves():
    bench = Bench()
    bench.print(SERIAL)
    assert bench.ask() == 0x00  # the image is being built: an answer one must not trust
    bench.after(0.15)
    assert bench.ask() == 0x20
    assert bench.plate() == []
    bench.after(0.5)
    assert bench.ask() == 0x00
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_labels_are_taken_from_the_plate_in_the_order_in_which_they_came():
    bench = Bench()
    told = []
    bench.model.on_printed = told.append
    bench.print("000001", "000002")
    bench.after(2)
    taken = [bench.model.take_label(), bench.model.take_label()]
    assert told == taken
    assert [(label.serial, label.number) for label in taken] == [("000001", 1), ("000002", 2)]
    assert bench.model.take_label() is None


JOB = tspl.render_label(LabelContent(SERIAL, ("紫帽 EDTA",)))


PIECES = (JOB, JOB[:60], JOB[60:],
          b"\x1b!?", b"\x1b!S", b"\x1b!.", b"\x1b!P", b"\x1b!O", b"\x1b!R", b"\x1b", b"!", b"~!@\r\n", b"PRINT 2\n", b"SET REPRINT ON\r\n",
          b"CLS\r\n", b"\r\n", b'BARCODE 1,1,"128",9,0,90,3,3,"X1"\r\n', b'BARCODE x"\r\n')  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_chunks_of_the_same_bytes_print_and_answer_the_same(parts: list[bytes]):
    data = b"".join(parts)
    whole, single = Bench(), Bench()
    whole.model.feed(data)
    for byte in data:
        single.model.feed(bytes([byte]))
    for bench in (whole, single):
        bench.after(30)
    assert whole.said == single.said
    assert whole.plate() == single.plate()
    assert whole.model.reprint == single.model.reprint


def test_a_question_that_begins_inside_another_is_the_same_in_two_pieces():
    whole, pieces = Bench(), Bench()
    whole.model.feed(b"\x1b!" + tspl.STATUS_QUERY)
    pieces.model.feed(b"\x1b!")
    pieces.model.feed(tspl.STATUS_QUERY)
    assert whole.said == pieces.said


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_survived(data: bytes):
    bench = Bench()
    bench.model.feed(data)
    bench.after(1)


def test_an_immediate_question_inside_a_job_is_answered_at_once_and_harms_nothing():
    bench = Bench()
    bench.model.feed(JOB[:50] + tspl.STATUS_QUERY + JOB[50:])
    assert bench.said == [(2_000, b"\x00")]
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_paper_that_ends_in_mid_label_leaves_nothing_on_the_plate_and_with_reprint_off_nothing_comes_later():
    bench = Bench(paper_mm=FEED_MM + 10)
    bench.print("000001", "000002")
    bench.after(5)
    assert bench.plate() == [("000001", "000001", True)]
    assert bench.ask() == 0x04
    bench.model.load_roll()
    bench.after(5)
    assert bench.ask() == 0x00
    assert len(bench.plate()) == 1


@pytest.mark.parametrize("stubborn", [False, True], ids=["reprint-on", "reprints-whatever-it-is-told"])
def test_a_printer_that_reprints_puts_the_stopped_label_out_after_the_roll_is_changed(stubborn: bool):
    bench = Bench(paper_mm=10.0)
    bench.model.reprint_always = stubborn
    job = tspl.render_label(LabelContent(SERIAL, ()))
    bench.model.feed(job if stubborn else job.replace(b"REPRINT OFF", b"REPRINT ON"))
    bench.after(1)
    if stubborn:
        bench.model.feed(tspl.CANCEL)
    bench.model.load_roll()
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_after_cancel_even_reprint_on_prints_nothing():
    bench = Bench(paper_mm=10.0)
    bench.model.feed(tspl.render_label(LabelContent(SERIAL, ())).replace(b"REPRINT OFF", b"REPRINT ON"))
    bench.after(1)
    bench.model.feed(tspl.CANCEL)
    bench.model.load_roll()
    bench.after(1)
    assert bench.plate() == []


def test_power_lost_in_mid_label_gives_half_a_label_and_a_copy_while_the_printer_says_it_is_ready():
    bench = Bench()
    fired = []
    bench.model.effects["power-cycle"] = lambda: fired.append(bench.clock.now_us)
    bench.model.begin("power-cycle", reprint=True, off_s=5.0)
    bench.print(SERIAL)
    bench.after(1)
    assert fired == [350_000]
    assert not bench.model.powered
    assert bench.ask() is None
    bench.after(5)
    assert bench.plate() == [(SERIAL, None, False), (SERIAL, SERIAL, True)]
    assert bench.ask() == 0x00
    assert bench.model.reprint


def test_a_jam_stops_the_next_label_and_a_person_clears_it():
    bench = Bench()
    bench.model.begin("jam")
    assert bench.ask() == 0x00
    bench.print(SERIAL)
    bench.after(1)
    assert bench.ask() == 0x02
    bench.model.end("jam")
    bench.after(1)
    assert (bench.ask(), bench.plate()) == (0x00, [])


def test_a_head_opened_in_mid_label_ruins_that_label_only():
    bench = Bench()
    bench.print("000001", "000002")
    bench.after(0.3)
    bench.model.begin("head-open")
    bench.after(1)
    assert (bench.ask(), bench.plate()) == (0x01, [])
    bench.model.end("head-open")
    bench.after(1)
    assert bench.plate() == [("000002", "000002", True)]


def test_a_label_whose_image_is_ready_waits_while_an_alarm_stands():
    bench = Bench()
    bench.print(SERIAL)
    bench.after(0.05)
    bench.model.begin("head-open")
    bench.after(1)
    assert (bench.ask(), bench.plate()) == (0x01, [])
    bench.model.end("head-open")
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_a_paused_printer_prints_when_it_is_resumed():
    bench = Bench()
    bench.model.feed(tspl.PAUSE)
    bench.print(SERIAL)
    bench.after(1)
    assert (bench.ask(), bench.plate()) == (0x10, [])
    bench.model.feed(tspl.RESUME)
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_a_silent_printer_still_prints():
    bench = Bench()
    fired = []
    bench.model.effects["silence"] = lambda: fired.append(True)
    bench.model.begin("silence")
    assert not fired
    assert bench.ask() is None
    assert fired
    bench.print(SERIAL)
    bench.after(1)
    bench.model.end("silence")
    assert bench.ask() == 0x00
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_a_reset_forgets_the_job_and_is_silent_until_it_has_started_again():
    bench = Bench()
    bench.print(SERIAL)
    bench.model.feed(tspl.RESET + tspl.STATUS_QUERY)
    assert bench.said == []
    bench.after(3)
    assert bench.ask() == 0x00
    assert bench.plate() == []


def test_the_mileage_is_a_number_and_a_carriage_return():
    bench = Bench()
    bench.model.head_km = 12.9
    bench.model.feed(b"~!@\r\n")
    assert bench.said == [(2_000, b"12\r")]


def test_a_damaged_bar_code_command_prints_a_label_that_cannot_be_read():
    bench = Bench()
    bench.model.feed(JOB.replace(b"BARCODE", b"BARCO\xc4E"))
    bench.after(1)
    assert bench.plate() == [("", None, True)]


def test_a_new_head_reads_again_and_has_run_nothing():
    bench = Bench()
    bench.model.begin("dead-dots")
    bench.print(SERIAL)
    bench.after(1)
    bench.model.end("dead-dots")
    bench.print(SERIAL)
    bench.after(1)
    assert [readable for _, readable, _ in bench.plate()] == [None, SERIAL]
    assert bench.model.head_km == FEED_MM / 1_000_000


def test_dead_dots_take_effect_with_the_first_label_whose_bars_they_touch():
    bench = Bench()
    fired = []
    bench.model.effects["dead-dots"] = lambda: fired.append(True)
    bench.model.begin("dead-dots", columns=(5, 400))  # beside the bars
    bench.print(SERIAL)
    bench.after(1)
    assert not fired
    bench.model.begin("dead-dots", columns=(100,))  # the first bar
    bench.print(SERIAL)
    bench.after(1)
    assert fired


def test_with_the_default_worn_head_no_label_reads_wrong_and_hardly_any_reads_at_all():
    dice = random.Random(20261123)
    serials = [f"{dice.randrange(10**12):012d}" for _ in range(200)]
    rows = [Image(serial, left=tspl.LAYOUT.bar_x).damaged_by(WORN_COLUMNS) for serial in serials]
    read = [code128.decode(row) if row is not None else serial for serial, row in zip(serials, rows, strict=True)]
    assert all(text in (serial, None) for serial, text in zip(serials, read, strict=True))
    assert sum(text is None for text in read) >= 190


@given(st.integers(0, 10**12 - 1), st.sets(st.integers(0, 99) | st.integers(302, 431), max_size=5))
@settings(max_examples=40, deadline=None)
def test_dead_dots_that_touch_no_bar_leave_what_a_scanner_would_read(serial: int, columns: set[int]):
    image = Image(f"{serial:012d}", left=100)
    assert image.damaged_by(columns) is None
    assert code128.decode(code128.dots(image.serial, image.narrow)) == image.serial


def test_a_ladder_of_bars_survives_dead_dots():
    bench = Bench()
    bench.model.begin("dead-dots")
    bench.model.feed(JOB.replace(b"96,0,0,2,2", b"96,0,90,2,2"))
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


@given(st.lists(st.sampled_from(["label", "label", "label", "jam", "head-open", "paper-out", "power-cycle", "roll", "wait"]), max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_paper_appears_or_vanishes(happenings: list[str]):
    bench = Bench(roll_labels=5)
    model, loaded_mm = bench.model, 5 * FEED_MM
    for happening in happenings:
        if happening == "label":
            bench.print(SERIAL)
            bench.after(0.37)
        elif happening == "roll":
            model.load_roll()
            loaded_mm += 5 * FEED_MM
        elif happening == "wait":
            bench.after(10)
        else:
            model.begin(happening)
            bench.after(0.4)
            model.end(happening)
            loaded_mm += 5 * FEED_MM if happening == "paper-out" else 0
        assert model.printed_total * FEED_MM + model.wasted_mm + model.paper_mm == pytest.approx(loaded_mm)
        assert model.paper_mm >= 0


def test_a_person_refills_what_runs_low_and_says_what_went_in():
    bench = Bench(roll_labels=200, near_end_labels=100, ribbon_mm=10.0)
    assert bench.model.refill() == {"ribbon": 1}
    assert bench.model.refill() == {}
    bench.model.paper_mm = 100 * FEED_MM
    assert bench.model.refill() == {"label-roll": 1}
    bench.model.begin("paper-out")
    bench.model.end("paper-out")
    assert bench.model.refill() == {"label-roll": 1}
    assert bench.model.paper_mm == 200 * FEED_MM


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_every_fault_of_the_catalogue_changes_what_the_printer_does_and_is_repaired(fault):
    bench = Bench()
    fired = []
    bench.model.effects[fault.symptom] = lambda: fired.append(fault.kind)
    bench.model.begin(fault.symptom, **fault.detail)
    bench.print(SERIAL)
    bench.after(10)
    bench.ask()
    assert fired == [fault.kind]
    bench.model.end(fault.symptom)
    bench.model.plate.clear()
    bench.model.feed(tspl.CANCEL + b"\r\nCLS\r\n")
    bench.print("261123000043")
    bench.after(10)
    assert bench.ask() == 0x00
    assert bench.plate() == [("261123000043", "261123000043", True)]
