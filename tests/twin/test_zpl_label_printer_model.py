"""The ZPL label printer model: the same mechanics in another language, and a window that works with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.site import load_site
from caixue.tubes import LabelContent
from caixue.wire import zpl
from tests.caixue.scripted import FakeClock
from tests.twin.small_scenarios import assert_clean, fault, in_order, ran, small
from twin.devices.base import Surroundings
from twin.devices.zpl_label_printer import FAULTS, ZplLabelPrinterModel
from twin.things import Station, TubeFactory

SERIAL = "261123000042"
JOB = zpl.render_label(LabelContent(SERIAL, ("紫帽 EDTA",)))
SITE = """schema = 1
name = "zpl-at-window-1"
extends = "eight-window"
[[device]]
name = "window-1.label-printer"
kind = "zpl-label-printer"
url = "twin://window-1.label-printer"
"""


class Bench:
    """A model on a bench: time advances by hand, and replies are kept with their times."""

    def __init__(self, **options: bool) -> None:
        self.model = ZplLabelPrinterModel("window-1.label-printer", **options)
        self.clock = FakeClock()
        self.said: list[tuple[int, bytes]] = []
        self.model.send = lambda data, after_us=0: self.said.append((self.clock.now_us + after_us, data))
        self.model.call_later = self.clock.call_later

    def after(self, duration_s: float) -> None:
        self.clock.sleep(duration_s)

    def ask(self, question: bytes) -> bytes | None:
        before = len(self.said)
        self.model.feed(question)
        return self.said[-1][1] if len(self.said) > before else None

    def plate(self) -> list[tuple[str, str | None, bool]]:
        return [(label.serial, label.readable, label.complete) for label in self.model.plate]


def test_a_ready_printer_answers_host_status_in_the_form_of_the_guide() -> None:
    assert Bench().ask(b"~HS") == (
        b"\x02031,0,0,0264,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,1,0,0,00000000,1,000\x03\r\n\x020000,0\x03\r\n"
    )


@pytest.mark.parametrize(
    "change",
    [{"paper_mm": 0.0}, {"ribbon_mm": 0.0}, {"head_is_open": True}, {"hot": True}, {"rewinder_full": True}, {"jammed": True}],
    ids=lambda change: next(iter(change)),
)
def test_a_stopped_printer_does_not_answer_host_status_and_says_why_when_it_is_asked_for_errors(change: dict[str, float]) -> None:
    bench = Bench()
    for name, value in change.items():
        setattr(bench.model, name, value)
    assert bench.ask(b"~HS") is None
    assert b"ERRORS: 1 00000000" in (bench.ask(b"~HQES") or b"")
    assert bench.ask(b"~HI") == b"\x02CX-ZPL,V1.0.0,8,8192KB\x03\r\n"


def test_other_models_answer_with_flags_while_they_are_stopped() -> None:
    bench = Bench(silent_status=False)
    bench.model.paper_mm, bench.model.head_is_open = 0.0, True
    status = zpl.host_status(bench.ask(b"~HS") or b"")
    assert (status.paper_out, status.head_up, status.ribbon_out) == (True, True, False)


def test_a_paused_printer_answers_and_says_so() -> None:
    bench = Bench()
    bench.model.feed(b"~PP")
    assert zpl.host_status(bench.ask(b"~HS") or b"").paused
    bench.model.feed(JOB)
    bench.after(5)
    assert bench.plate() == []
    bench.model.feed(b"~PS")
    bench.after(5)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_a_label_is_counted_from_its_end_of_format_until_it_lies_on_the_plate() -> None:
    bench, counts = Bench(), []
    bench.model.feed(JOB + JOB)
    for _ in range(7):
        status = zpl.host_status(bench.ask(b"~HS") or b"")
        counts.append((status.formats, status.remaining))
        bench.after(0.2)
    assert counts[0] == (2, 0) and (1, 1) in counts and counts[-1] == (0, 0)
    assert len(bench.plate()) == 2


def test_control_commands_are_obeyed_in_the_middle_of_a_field_and_harm_nothing() -> None:
    bench = Bench()
    at = JOB.index(b"^FD_") + 6
    bench.model.feed(JOB[:at] + b"~HS" + JOB[at:])
    assert zpl.host_status(bench.said[0][1]).partial
    bench.after(1)
    assert bench.plate() == [(SERIAL, SERIAL, True)]


def test_a_format_that_only_sets_something_prints_nothing_and_an_empty_one_feeds_a_label() -> None:
    bench = Bench()
    bench.model.feed(b"^XA^JZN^CI28^XZ")
    bench.after(1)
    assert (bench.plate(), bench.model.reprint) == ([], False)
    bench.model.feed(b"^XA^XZ")
    bench.after(1)
    assert bench.plate() == [("", None, True)]


def test_a_reset_forgets_the_jobs_and_the_settings_and_hears_nothing_until_it_is_up() -> None:
    bench = Bench()
    bench.model.feed(JOB + JOB + b"~JR" + JOB)
    bench.after(2)
    assert bench.ask(b"~HS") is None
    bench.after(2)
    assert bench.ask(b"~HS") is not None
    assert (bench.plate(), bench.model.reprint) == ([], True)


def test_a_worn_head_spoils_the_same_bars_as_in_tspl() -> None:
    bench = Bench()
    bench.model.begin("dead-dots")
    bench.model.feed(JOB)
    bench.after(1)
    assert [label.readable for label in bench.model.plate] == [None]


PIECES = (JOB, JOB[:70], JOB[70:], b"~HS", b"~HQES", b"~HI", b"~HQOD", b"~JA", b"~JR", b"~PP", b"~PS", b"~", b"^", b"^XA", b"^XZ", b"^XA^XZ",
          b"^FD", b"^FDx_4", b"^JZY", b"^PQ2", b"^BY0", b"^FOx", b"\r\n", b"abc")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_chunks_of_the_same_bytes_print_and_answer_the_same(parts: list[bytes]) -> None:
    data = b"".join(parts)
    whole, single = Bench(), Bench()
    whole.model.feed(data)
    for byte in data:
        single.model.feed(bytes([byte]))
    for bench in (whole, single):
        bench.after(30)
    assert whole.said == single.said
    assert (whole.plate(), whole.model.reprint) == (single.plate(), single.model.reprint)


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_fault_of_the_catalogue_changes_what_the_printer_does_and_is_repaired(row) -> None:
    bench, fired = Bench(), []
    bench.model.effects[row.symptom] = lambda: fired.append(row.kind)
    bench.model.begin(row.symptom, **row.detail)
    bench.model.feed(JOB)
    bench.after(10)
    bench.ask(b"~HS")
    assert fired == [row.kind]
    bench.model.end(row.symptom)
    bench.model.plate.clear()
    bench.model.feed(b"~JA")
    bench.after(5)
    bench.model.plate.clear()
    bench.model.feed(JOB.replace(SERIAL.encode(), b"261123000043"))
    bench.after(10)
    assert bench.plate() == [("261123000043", "261123000043", True)]
    assert zpl.host_status(bench.ask(b"~HS") or b"") == zpl.HostStatus(label_dots=264)


# A room with it.


@pytest.fixture
def site(tmp_path: Path) -> str:
    """Eight windows, and at the first a ZPL printer in the place of the TSPL one."""
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    assert load_site(path).devices["window-1.label-printer"].kind == "zpl-label-printer"
    return path.as_posix()


def test_a_window_with_a_zpl_printer_serves_its_patients(site: str) -> None:
    one = ran(small(site=site))
    assert_clean(one)
    printed = {event.data["device"] for event in one.events("label.printed")}
    assert printed == {"window-1.label-printer", "window-2.label-printer"}


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_each_fault_of_the_printer_is_seen_and_repaired_in_a_room(site: str, row) -> None:
    one = ran(small(fault("window-1.label-printer", row.kind), site=site, duration="40 min", seed=2))
    assert_clean(one)
    assert in_order(one.faults[0]), f"{one.faults} in{one!r}"


def test_the_manual_station_may_have_one_too(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("window-1", "manual-1"), encoding="utf-8")
    broken = fault("window-1", "out-of-service", at="+1 min", end='for = "15 min"')
    one = ran(small(broken, site=path.as_posix(), windows=1))
    assert_clean(one)
    assert {event.data["device"] for event in one.events("label.printed")} == {"window-1.label-printer", "manual-1.label-printer"}


def test_the_printer_of_a_site_hands_its_labels_to_its_window() -> None:
    station = Station()
    model = ZplLabelPrinterModel.build("p", 1, Surroundings(station, TubeFactory(), load_site("eight-window")))
    assert station.take_label() is None and station.take_label == model.take_label
