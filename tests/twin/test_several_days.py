"""Several days are one world: what happens on a day stays, nights cost nothing, and every day is its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from caixue import cli
from caixue.errors import UsageError
from caixue.events import Event, from_json
from caixue.site import load_site
from tests.twin.small_scenarios import fault, read, small
from twin.days import Day, clinic_days
from twin.engines.wire import Run
from twin.experiment import Result, run
from twin.oneday import one_day
from twin.position import Steps
from twin.scenario import scenario_site

H = 3_600_000_000
MIN = H // 60
DAY = 24 * H
MONDAY = small(windows=2)  # from Monday, 2026-11-23 07:00


FRAME = "staff.duties=false"  # what duties the engineers have is told elsewhere


def several(text: str, *overrides: str, replay_day: int | None = None) -> tuple[Result, list[Event]]:
    """The run and all events of its journal."""
    lines: list[str] = []
    result = run(read(text, FRAME, *overrides), sink=lines.append, replay_day=replay_day)
    return result, [from_json(line) for line in lines]


def of(events: list[Event], *kinds: str) -> list[Event]:
    return [event for event in events if event.kind in kinds]


def days_of(*overrides: str, site: str = "eight-window") -> tuple[Day, ...]:
    scenario = read(small(windows=8, site=site), "load.rates_per_h=[60]", *overrides)
    return clinic_days(scenario, scenario_site(scenario))


@pytest.fixture(scope="module")
def three_days() -> tuple[Result, list[Event]]:
    """Friday, Saturday and Sunday."""
    return several(MONDAY, "start=2026-11-27T07:00:00+08:00", "days=3")


# which days


def test_days_follow_the_calendar_one_by_one_and_weekends_begin_when_the_room_opens() -> None:
    days = days_of("start=2026-11-27T07:00:00+08:00", "days=3", "duration=6 h")
    assert [day.date for day in days] == [date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)]
    assert [(day.start_us - day.midnight_us, day.end_us - day.midnight_us) for day in days] == [
        (7 * H, 13 * H),
        (7 * H + 30 * MIN, 11 * H + 30 * MIN),
        (7 * H + 30 * MIN, 11 * H + 30 * MIN),
    ]


def test_start_up_is_half_an_hour_before_and_never_before_the_run() -> None:
    first, second = days_of("days=2")
    assert (first.morning_us, second.morning_us) == (0, DAY - 30 * MIN)
    early, *_ = days_of("days=2", "start=2026-11-23T06:30:00+08:00")
    assert (early.morning_us, early.start_us) == (0, 30 * MIN)


def test_holidays_draw_few_people_and_make_up_days_as_many_as_a_workday() -> None:
    days = days_of("start=2026-10-07T07:00:00+08:00", "days=6")
    assert [day.factor for day in days] == [0.35, 1.0, 1.0, 1.0, 0.5, 1.2]  # the last holiday; a make-up Saturday; Sunday; Monday


def test_days_on_which_the_room_is_closed_are_passed_over(tmp_path: Path) -> None:
    site = tmp_path / "workdays.toml"
    site.write_text('schema = 1\nextends = "eight-window"\nname = "workdays"\n[opening]\nweekend = []\n', encoding="utf-8")
    scenario = read(small(windows=2), "days=2", "start=2026-11-27T07:00:00+08:00")
    assert [day.date.day for day in clinic_days(scenario, load_site(site))] == [27, 30]


def test_a_single_day_is_as_it_is_written_whatever_the_calendar_says() -> None:
    (day,) = days_of("start=2026-11-29T07:00:00+08:00", "duration=6 h")
    assert (day.start_us, day.end_us) == (0, 6 * H)


# one world


def test_the_first_of_several_days_is_the_single_day() -> None:
    alone, _ = several(MONDAY)
    _, events = several(MONDAY, "days=2")
    evening_us = of(events, "window.closed")[0].at_us
    told = [
        (e.at_us, e.kind, e.subject, dict(e.data)) for e in events if e.at_us < evening_us and not e.kind.startswith(("day.", "record."))
    ]
    same = [(e.at_us, e.kind, e.subject, dict(e.data)) for e in alone.events if e.at_us < evening_us and not e.kind.startswith("record.")]
    assert told == same and len(told) > 100


def test_no_patient_and_no_label_serial_comes_twice(three_days: tuple[Result, list[Event]]) -> None:
    people = [event.subject for event in of(three_days[1], "patient.arrived")]
    serials = [event.subject for event in of(three_days[1], "label.created")]
    assert len(set(people)) == len(people) and len(set(serials)) == len(serials)
    assert sorted({serial[:6] for serial in serials}) == ["261127", "261128", "261129"]


def test_the_days_differ(three_days: tuple[Result, list[Event]]) -> None:
    arrived = [event.at_us for event in of(three_days[1], "patient.arrived")]
    by_day = [[at_us % DAY for at_us in arrived if at_us // DAY == day] for day in range(3)]
    assert all(by_day) and by_day[1] != by_day[2]


def test_nothing_is_said_on_a_line_and_nobody_is_there_at_night(three_days: tuple[Result, list[Event]]) -> None:
    events = three_days[1]
    ends, starts = [e.at_us for e in of(events, "day.ended")], [e.at_us for e in of(events, "day.started")]
    nights = list(zip(ends, starts[1:], strict=False))
    assert len(nights) == 2
    assert not [event for event in events if any(start_us < event.at_us < end_us for start_us, end_us in nights)]


def test_a_night_costs_no_exchange() -> None:
    one, two = run(read(MONDAY)).exchanges, run(read(MONDAY, "days=2", FRAME)).exchanges
    assert two < 3.5 * one  # the second day has 30 minutes of start-up more than the first


def test_every_window_opens_each_morning_and_closes_each_evening(three_days: tuple[Result, list[Event]]) -> None:
    for window in ("window-1", "window-2"):
        kinds = [event.kind for event in three_days[1] if event.subject == window and event.kind in ("window.opened", "window.closed")]
        assert kinds == ["window.opened", "window.closed"] * 3


def test_nurses_keep_the_same_hours_every_day() -> None:
    text = small('[staff]\nnurses = { "07:00-07:10" = 1, "07:10-09:00" = 2 }')
    _, events = several(text, "days=2")
    second = [(event.at_us - DAY) // MIN for event in of(events, "window.staffed") if event.at_us >= DAY and event.subject == "window-2"]
    assert second[:1] == [10]


def test_what_is_broken_in_the_evening_is_broken_in_the_morning() -> None:
    result, events = several(small(fault("window-1.tube-dispenser", "tube-jam"), "[staff]\nengineers = 0"), "days=2")
    called = [event for event in of(events, "patient.called") if event.at_us > DAY]
    assert {event.data["window"] for event in called} == {"window-2", "manual-1"}
    assert result.data["days"][1]["figures"]["window.usable.min"] == 1
    assert result.data["days"][1]["figures"]["incident.count"] == 0  # it is the first day's


# the engineer


def test_a_fault_of_the_night_is_found_in_the_morning() -> None:
    result, events = several(small(fault("window-1.collection-host", "silence", at="+12 h")), "days=2")
    [opened] = of(events, "incident.opened")
    assert DAY - 30 * MIN <= opened.at_us < DAY - 29 * MIN
    [restored] = of(events, "incident.restored")
    assert restored.at_us < DAY and result.exit_code == 0


def test_the_engineer_finishes_what_he_has_begun_and_begins_nothing_after_his_hours() -> None:
    """Opening ends before noon, his shift at noon; the motor takes two hours, and the other window waits until he comes back at 15:00."""
    text = small(
        fault("window-1.collection-host", "motor-fault", at="+2 min"),
        fault("window-2.tube-dispenser", "tube-jam", at="+4 min"),
        per_h="30",
        seed=2,
    )
    _, events = several(text, "start=2026-11-24T11:15:00+08:00", "days=2")
    spells = [event for event in of(events, "engineer.started", "engineer.finished") if event.data["task"] == "incident"]
    motor, jam = (spells[:2], spells[2:4])
    start_us = 11 * H + 15 * MIN
    assert motor[1].at_us > 12 * H - start_us
    assert jam[0].at_us == 15 * H - start_us


# figures and files


def test_every_day_has_its_figures_and_the_run_has_those_of_all(three_days: tuple[Result, list[Event]]) -> None:
    data = three_days[0].data
    assert [(row["date"], row["kind"]) for row in data["days"]] == [
        ("2026-11-27", "workday"),
        ("2026-11-28", "weekend"),
        ("2026-11-29", "weekend"),
    ]
    for name in ("patient.count", "patient.served", "tube.labelled"):
        assert sum(row["figures"][name] for row in data["days"]) == data["figures"][name] > 0


def test_a_run_of_several_days_keeps_the_events_of_one(three_days: tuple[Result, list[Event]]) -> None:
    result, events = three_days
    assert result.shown is not None and not result.lines
    assert result.events == [event for event in events if result.events[0].seq <= event.seq <= result.events[-1].seq]
    waits = [row["figures"]["patient.wait.p90"] for row in result.data["days"]]
    assert result.shown.day.index == waits.index(max(waits))


def test_the_journal_has_no_gap(three_days: tuple[Result, list[Event]]) -> None:
    assert [event.seq for event in three_days[1]] == list(range(len(three_days[1])))
    assert all(one.at_us <= other.at_us for one, other in pairwise(three_days[1]))


def test_the_replay_is_a_day_of_its_own_that_begins_with_what_was_open() -> None:
    text = small(fault("window-1.tube-dispenser", "tube-jam"), "[staff]\nengineers = 0")
    result, _ = several(text, "days=2", replay_day=2)
    assert result.shown is not None
    data, events = one_day(result.data, result.shown)
    assert data["start"] == "2026-11-24T06:30:00+08:00" and "2026-11-24" in data["title"]
    carried = [event for event in events if event.at_us == 0 and event.kind in ("window.blocked", "incident.opened")]
    assert [event.kind for event in carried] == ["window.blocked", "incident.opened"]
    assert carried[1].data["detected_us"] < 0
    assert [row["name"] for row in data["faults"]] == ["window-1.tube-dispenser tube-jam"]


def test_a_day_that_the_run_does_not_have_cannot_be_replayed() -> None:
    with pytest.raises(UsageError, match="3"):
        run(read(MONDAY, "days=2"), replay_day=3)


def test_the_same_days_give_the_same_bytes(three_days: tuple[Result, list[Event]]) -> None:
    again, _ = several(MONDAY, "start=2026-11-27T07:00:00+08:00", "days=3")
    assert again.data["trace_sha256"] == three_days[0].data["trace_sha256"]


# from the command line


def month(folder: Path, *words: str) -> int:
    path = folder / "week.toml"
    path.write_text(small(windows=2, duration="5 min"), encoding="utf-8")
    return cli.main(("run", str(path), "--set", "days=3", "--set", FRAME, "--out", str(folder / "out"), *words))


def test_the_screen_shows_the_days_and_which_one_the_replay_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert month(tmp_path, "--replay-day", "2") == 0
    shown, progress = capfd.readouterr()
    assert all(day in shown for day in ("11-23", "11-24", "11-25"))
    assert "2026-11-24" in next(line for line in shown.splitlines() if "replay.html" in line)
    assert max(len(line.encode("gbk")) for line in shown.splitlines() if "out" not in line) <= 80
    assert "3/3" in progress or "3 of 3" in progress


def test_the_events_of_all_days_are_in_the_file(tmp_path: Path) -> None:
    assert month(tmp_path, "-q") == 0
    lines = (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines].count("day.ended") == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["events.jsonl", "junit.xml", "replay.html", "result.json"]


def test_ctrl_c_leaves_the_files_of_an_earlier_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events.jsonl").write_text("earlier", encoding="utf-8")
    monkeypatch.setattr("twin.course.Course.evening", interrupted)
    assert month(tmp_path, "-q") == cli.INTERRUPTED
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["events.jsonl"]
    assert (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8") == "earlier"


def interrupted(_course: object) -> Steps:
    raise KeyboardInterrupt
    yield


# what duties are hung on


def test_duties_run_at_start_up_time_and_after_the_room_is_empty_while_nobody_watches() -> None:
    done: list[tuple[str, int, int, bool, bool]] = []
    scenario = read(MONDAY, "days=2", "start=2026-11-23T06:30:00+08:00", FRAME)
    whole = Run(scenario, scenario_site(scenario), None, 0)

    def duty(name: str) -> Callable[[Day], Steps]:
        def steps(day: Day) -> Steps:
            room = whole.room
            windows_open = any(position.open for position in room.positions)
            done.append((name, day.index, whole.world.now_us, whole.course.resting, windows_open))
            yield whole.world.kernel.timeout(5 * MIN)

        return steps

    whole.course.mornings.append(duty("start-up"))
    whole.course.evenings.append(duty("shut-down"))
    try:
        whole.run(None)
    finally:
        whole.world.close()
    assert [(name, day) for name, day, *_ in done] == [("start-up", 0), ("shut-down", 0), ("start-up", 1), ("shut-down", 1)]
    assert [at_us for name, _, at_us, *_ in done if name == "start-up"] == [0, DAY]
    assert all(resting and not windows_open for *_, resting, windows_open in done)
