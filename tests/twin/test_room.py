"""The room's rules, read off the journal event by event: nobody vanishes, nobody is served twice, nobody jumps the queue."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from caixue.events import Event
from tests.twin.small_scenarios import Ran, assert_clean, assert_fails, bare, fault, ran, small

PATIENCE = '[[patient_class]]\nname = "hurried"\nshare = {share}\npatience = {{ distribution = "exponential", mean = "{mean} s" }}'
TIMED = '[[patient_class]]\nname = "timed"\nshare = {share}\nreturns = ["{first} min", "{second} min"]'
BREAKDOWNS = """[[random_fault]]
device = "window-*"
kind = "out-of-service"
mtbf = "{mtbf} min"
repair = {{ distribution = "exponential", mean = "{repair} min" }}"""


class Rules:
    """Follows the journal of a room and objects to whatever must not happen. A number is a place in the order of arrival."""

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[int, int]] = {}  # patient → (-priority, number): who is first
        self.places: dict[str, tuple[int, int]] = {}
        self.at_window: dict[str, str] = {}  # window → patient
        self.gone: dict[str, str] = {}  # patient → how
        self.open: set[str] = set()
        self.staffed: set[str] = set()
        self.blocked: set[str] = set()
        self.now_us = 0

    def follow(self, events: Iterable[Event]) -> Rules:
        """Take every event of a run."""
        for event in events:
            if event.at_us > self.now_us:
                self.an_instant_is_over()
                self.now_us = event.at_us
            take: Callable[[Event], None] | None = getattr(self, "_" + event.kind.replace(".", "_").replace("-", "_"), None)
            if take is not None:
                take(event)
                assert len(self.waiting) + len(self.at_window) + len(self.gone) == len(self.places), event
        return self

    def an_instant_is_over(self) -> None:
        """Between two instants nobody waits while a window that could take somebody stands idle."""
        idle = (self.open & self.staffed) - self.blocked - self.at_window.keys()
        assert not (self.waiting and idle), f"at {self.now_us} us {sorted(self.waiting)} wait, and {sorted(idle)} are idle"

    def _patient_arrived(self, event: Event) -> None:
        assert event.subject not in self.places, event
        self.places[event.subject] = self.waiting[event.subject] = (-event.data["priority"], len(self.places))

    def _patient_called(self, event: Event) -> None:
        window = event.data["window"]
        assert window not in self.at_window, f"{event.subject} is called to {window}, where {self.at_window.get(window)} is"
        assert window in self.staffed and window not in self.blocked, event
        assert window in self.open or window.startswith("manual"), event
        assert not window.startswith("manual") or self.blocked, f"{window} is used, and no window is blocked"
        first = min(self.waiting.items(), key=lambda item: item[1])
        assert first[0] == event.subject, f"{event.subject} is called before {first[0]}"
        del self.waiting[event.subject]
        self.at_window[window] = event.subject

    def _patient_bumped(self, event: Event) -> None:
        assert self.at_window.pop(event.data["window"]) == event.subject, event
        self.waiting[event.subject] = self.places[event.subject]  # the old place

    def _patient_served(self, event: Event) -> None:
        assert self.at_window.pop(event.data["window"]) == event.subject, event
        self._goes(event.subject, "served")

    def _patient_left(self, event: Event) -> None:
        if event.data["window"]:
            assert self.at_window.pop(event.data["window"]) == event.subject, event
        else:
            del self.waiting[event.subject]
        self._goes(event.subject, "left")

    def _goes(self, patient: str, how: str) -> None:
        assert patient not in self.gone, f"{patient} {how} after having {self.gone.get(patient)}"
        self.gone[patient] = how

    def _window_opened(self, event: Event) -> None:
        self.open.add(event.subject)

    def _window_closed(self, event: Event) -> None:
        self.open.discard(event.subject)

    def _window_staffed(self, event: Event) -> None:
        self.staffed.add(event.subject)

    def _window_unstaffed(self, event: Event) -> None:
        self.staffed.discard(event.subject)

    def _window_blocked(self, event: Event) -> None:
        self.blocked.add(event.subject)

    def _window_restored(self, event: Event) -> None:
        self.blocked.discard(event.subject)


@st.composite
def rooms(draw: st.DrawFn) -> str:
    """Small bare rooms of all kinds: rates, services, priorities, hours, nurses, patience, returns and breakdowns."""
    whole = lambda low, high: draw(st.integers(low, high))  # noqa: E731 - reads better below
    windows = whole(1, 4)
    tables = []
    if draw(st.booleans()):
        tables.append(PATIENCE.format(share=draw(st.sampled_from((0.3, 1.0))), mean=whole(20, 300)))
    elif draw(st.booleans()):
        tables.append(TIMED.format(share=draw(st.sampled_from((0.2, 1.0))), first=whole(1, 8), second=whole(1, 8)))
    if draw(st.booleans()):
        tables.append(BREAKDOWNS.format(mtbf=whole(8, 40), repair=whole(1, 4)))
    elif draw(st.booleans()):
        tables.append(
            fault(
                "window-1", "out-of-service", at=f"+{whole(1, 15)} min", end=draw(st.sampled_from(('until = "repaired"', 'for = "4 min"')))
            )
        )
    if draw(st.booleans()):
        tables.append(f'[staff]\nengineers = {whole(1, 2)}\nnurses = {{ "07:00-07:10" = {whole(0, 4)}, "07:10-07:30" = {whole(1, 4)} }}')
    hours = [f'"{window}" = "07:{whole(0, 9):02}-07:{whole(10, 29):02}"' for window in range(1, windows + 1)]
    text = bare(
        *tables,
        windows=windows,
        duration="30 min",
        seed=whole(0, 10_000),
        per_h=f"{whole(0, 150)}, {whole(0, 150)}, {whole(0, 60)}",
        service=draw(
            st.sampled_from(('{ distribution = "exponential", mean = "90 s" }', '{ distribution = "deterministic", mean = "60 s" }'))
        ),
        load=f'slot = "10 min"\npriority_share = {draw(st.sampled_from((0, 0.3)))}',
    )
    return text.replace("[load]", f"open = {{ {', '.join(hours)} }}\n[load]") if draw(st.booleans()) else text


@given(rooms())
@settings(max_examples=120)
def test_every_room_keeps_the_rules(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.invariants.FULL_CHECK_EVERY", 1)  # people are counted in the room itself after every event
        one = ran(text)
    note(one.line)
    assert one.reasons == (), one
    rules = Rules().follow(one.events())
    assert not rules.waiting and not rules.at_window, one
    assert len(rules.gone) == one.figure("patient.count") == one.figure("patient.served") + one.figure("patient.left"), one


@pytest.mark.parametrize("scenario", ["peak-monday", "wrong-label-day"])
def test_a_room_with_devices_keeps_the_same_rules(scenario: str) -> None:
    one = ran(
        scenario,
        "duration=30 min",
        "fault.0.at=+3 min",
        "fault.1.at=+6 min",
        "fault.2.at=+9 min",
        "fault.3.at=+12 min",
        "staff.nurses={'07:00-13:00'=7}",
    )
    rules = Rules().follow(one.events())
    assert not rules.waiting and not rules.at_window, one


@pytest.mark.parametrize("mistake", ["patient.bumped", "patient.called", "patient.served", "patient.arrived"])
def test_the_rules_object_when_an_event_is_missing(mistake: str) -> None:
    events = ran(bare(fault("window-1", "out-of-service", end='for = "5 min"'), per_h="90")).events()
    Rules().follow(events)
    first = next(event for event in events if event.kind == mistake)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        Rules().follow(event for event in events if event is not first)


def test_a_timed_patient_comes_back_as_often_as_told_each_time_counted_from_the_first_draw() -> None:
    one = ran(bare(TIMED.format(share=1.0, first=10, second=20), per_h="12"))
    times: dict[str, list[tuple[str, int]]] = {}
    for event in one.events("patient.arrived", "patient.served"):
        times.setdefault(event.subject.removesuffix("-r").removesuffix("-r"), []).append((event.kind.removeprefix("patient."), event.at_us))
    assert len(times) > 1, one
    for steps in times.values():
        assert [kind for kind, _ in steps] == ["arrived", "served"] * 3, one
        at_us = [at for _, at in steps]
        assert (at_us[2] - at_us[1], at_us[4] - at_us[1]) == (600_000_000, 1_200_000_000), one


def test_a_patient_who_comes_back_queues_like_everybody_else() -> None:
    one = ran(
        bare(
            TIMED.format(share=0.3, first=3, second=3),
            windows=1,
            per_h="80",
            duration="30 min",
            service='{ distribution = "deterministic", mean = "50 s" }',
        )
    )
    assert [event for event in one.events("patient.called") if event.subject.endswith("-r")], one
    Rules().follow(one.events())


def test_a_patient_whose_patience_ends_leaves_and_is_never_called() -> None:
    one = ran(bare(PATIENCE.format(share=1.0, mean=60), windows=1, per_h="120"))
    left = {event.subject: event.at_us for event in one.events("patient.left")}
    assert left and {event.data["reason"] for event in one.events("patient.left")} == {"patience"}, one
    assert not [event for event in one.events("patient.called") if event.at_us >= left.get(event.subject, 1 << 62)], one


def test_a_patient_who_leaves_after_labelling_leaves_void_labels_behind(tmp_path: Path) -> None:
    site = tmp_path / "leavers.toml"
    site.write_text('schema = 1\nextends = "eight-window"\nname = "leavers"\n[behaviour]\nleft_after_labelling = 1.0\n', encoding="utf-8")
    one = ran(small(site=site.as_posix()))
    handed_over = one.events("label.handed-over")
    assert one.figure("patient.served") == 0 and one.figure("patient.left") == one.figure("patient.count") > 5, one
    assert {event.data["reason"] for event in one.events("patient.left")} == {"after-labelling"}, one
    assert handed_over and all(one.of_serial(event.subject)[-2:] == ["handed-over", "void"] for event in handed_over), one
    assert one.events("label.drawn", "specimen.received", "specimen.rejected") == [], one


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(fault("window-1.collection-host", "silence", at="{at}"), id="its host falls silent"),
        pytest.param(fault("window-1", "out-of-service", at="{at}", end='for = "2 min"'), id="somebody stops it"),
    ],
)
@pytest.mark.parametrize("before_ms", [100, 500, 900])
def test_a_tray_that_comes_out_while_the_window_fails_is_thrown_away(table: str, before_ms: int) -> None:
    """In the last second before the tray is handed over the host is told to present it, and does, whatever becomes of the window."""
    room = {"windows": 1, "per_h": "80", "duration": "30 min", "seed": 2}
    handed_over = next(event for event in ran(small(**room)).events("label.handed-over") if event.at_us > 240_000_000)
    one = ran(small(table.replace("{at}", f"+{handed_over.at_us // 1000 - before_ms} ms"), **room))
    assert one.events("patient.bumped"), one
    assert one.of_serial(handed_over.subject)[-1] == "void", one
    assert_clean(one)
    assert [event for event in one.events("patient.served") if event.data["window"] == "window-1" and event.at_us > handed_over.at_us], one


def test_the_manual_station_is_staffed_only_while_a_window_is_blocked() -> None:
    one = ran(small(fault("window-1.label-printer", "label-jam"), per_h="120"))
    assert_clean(one)
    spans = _spans(one, "window.blocked", "window.restored")
    manual = [event.at_us for event in one.events("window.staffed") if event.subject == "manual-1"]
    assert manual and all(any(start <= at_us <= end for start, end in spans) for at_us in manual), one
    assert [event for event in one.events("patient.served") if event.data["window"] == "manual-1"], one


def test_a_bumped_patient_is_the_next_to_be_called() -> None:
    one = ran(bare(fault("window-1", "out-of-service", end='for = "5 min"'), per_h="200"))
    bumped = one.events("patient.bumped")
    assert bumped, one
    for event in bumped:
        called = [other for other in one.events("patient.called") if other.seq > event.seq]
        assert called[0].subject == event.subject, one


def test_a_visit_that_was_broken_off_goes_on_where_it_stopped_on_bare_windows() -> None:
    text = bare(
        fault("window-1", "out-of-service", at="+5 min", end='for = "5 min"'),
        windows=1,
        per_h="200",
        service='{ distribution = "deterministic", mean = "90 s" }',
    )
    one = ran(text)
    patient = one.events("patient.bumped")[0].subject
    spans = [
        (event.kind, event.at_us) for event in one.events("draw.started", "patient.bumped", "patient.served") if event.subject == patient
    ]
    assert [kind for kind, _ in spans] == ["draw.started", "patient.bumped", "draw.started", "patient.served"], one
    assert (spans[1][1] - spans[0][1]) + (spans[3][1] - spans[2][1]) == 90_000_000, one


def test_a_window_that_is_down_for_two_reasons_comes_back_when_both_are_over() -> None:
    short = BREAKDOWNS.format(mtbf=3, repair=1)
    one = ran(bare(short, fault("window-1", "out-of-service", at="+2 min", end='for = "15 min"'), "[staff]\nengineers = 2", per_h="90"))
    assert len([event for event in one.events("window.blocked") if event.subject == "window-2"]) > 3, one
    calls = [event.at_us for event in one.events("patient.called") if event.data["window"] == "window-1"]
    assert not [at_us for at_us in calls if 120_000_000 <= at_us < 1_020_000_000], one
    assert [at_us for at_us in calls if at_us >= 1_020_000_000], one


def test_a_closed_window_takes_nobody_and_finishes_with_whom_it_has() -> None:
    one = ran(bare(per_h="300", windows=2).replace("[load]", 'open = { "1" = "07:00-07:08", "2" = "07:02-07:20" }\n[load]'))
    Rules().follow(one.events())
    closed_us = next(event.at_us for event in one.events("window.closed"))
    assert [event for event in one.events("patient.served") if event.data["window"] == "window-1" and event.at_us > closed_us], one


def test_without_nurses_nobody_is_served_and_the_run_ends_and_fails() -> None:
    one = ran(bare('[staff]\nnurses = { "00:00-24:00" = 0 }'))
    assert_fails(one, "drains at room")
    assert (one.figure("patient.served"), one.figure("patient.wait.mean")) == (0, None), one


def test_without_nurses_a_room_with_devices_ends_and_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.engines.wire.GRACE_US", 600_000_000)
    assert_fails(ran(small('[staff]\nnurses = { "00:00-24:00" = 0 }')), "drains at room")


def test_an_empty_morning_passes_with_nobody_served() -> None:
    one = ran(bare(per_h="0"))
    assert_clean(one)
    assert (one.figure("patient.count"), one.result.data["simulated_s"]) == (0, 1200), one


def test_one_window_serves_one_after_the_other() -> None:
    one = ran(bare(windows=1, per_h="120", service='{ distribution = "deterministic", mean = "45 s" }'))
    served = [event.at_us for event in one.events("patient.served")]
    assert served and all(after - before >= 45_000_000 for before, after in itertools.pairwise(served)), one


def test_fewer_nurses_than_windows_serve_at_no_more_windows_than_nurses() -> None:
    one = ran(bare('[staff]\nnurses = { "07:00-07:30" = 2 }', windows=4, per_h="300"))
    busy = 0
    for event in one.events("patient.called", "patient.served"):
        busy += 1 if event.kind == "patient.called" else -1
        assert busy <= 2, one


def _spans(one: Ran, start: str, end: str) -> list[tuple[int, int]]:
    spans, since = [], {}
    for event in one.events(start, end):
        if event.kind == start:
            since[event.subject] = event.at_us
        else:
            spans.append((since.pop(event.subject), event.at_us))
    return spans
