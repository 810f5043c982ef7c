"""The replay page: whole, offline, honest about what happened, and the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import heapq
import html
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from caixue.errors import UsageError
from caixue.events import KINDS, Event
from caixue.fonts import coverage, missing, sans_path
from caixue.fonts.rebuild import gb2312
from twin.replay import _embed, log, render_replay, tables, words, write_replay
from twin.replay.devices import FINE, HIDDEN, NOTE, SEEN
from twin.replay.people import Job, Leg, People
from twin.replay.timeline import Fold

US = 1_000_000
WINDOWS = tuple(f"window-{number}" for number in range(1, 9))
TUBES = ("citrate-blue", "serum-yellow", "edta-purple")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# --- a made-up day: enough like a run to draw, nothing like a model of one


class Day:
    """Writes events in any order and gives them sorted and numbered."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, str, str, dict[str, Any]]] = []

    def note(self, at_s: float, kind: str, subject: str, **data: Any) -> None:
        self.rows.append((round(at_s * US), len(self.rows), kind, subject, {key.rstrip("_"): value for key, value in data.items()}))

    def events(self) -> list[Event]:
        ordered = sorted(self.rows, key=lambda row: row[:2])
        return [Event(seq, row[0], row[2], row[3], row[4].pop("actor", ""), None, row[4]) for seq, row in enumerate(ordered)]


FAULTS = (  # name, target, kind, armed, fired, seen, restored, class, symptom
    ("fault-1", "window-3.label-printer", "print-head-dead-dots", 2700, 2711, 2764, 4120, "一般", "scan.no-read"),
    ("fault-2", "window-6.tube-dispenser", "lane-empty", 3600, 3652, 3655, 4480, "一般", "lane-empty"),
    ("fault-3", "window-5.tube-dispenser", "tube-jam", 4800, 4831, 4836, 6900, "较大", "tube-jam"),
    ("fault-4", "window-2.tube-dispenser", "bad-crc", 5400, 5407, 5407, 5995, "", ""),
)


def made_up_day(patients: int = 900, seed: int = 1, windows: tuple[str, ...] = WINDOWS, devices: bool = True) -> list[Event]:
    """Patients over five hours, first come first served, with four faults where there are devices."""
    day, dice = Day(), random.Random(seed)
    day.note(0, "record.started", "room", title="made up", seed=seed)
    blocked = _trouble(day) if devices else {}
    for window in windows:
        day.note(0, "window.opened", window)
        day.note(0, "window.staffed", window)
    free = [(dice.uniform(0, 60), window) for window in windows]
    heapq.heapify(free)
    arrivals = sorted(min(dice.triangular(-400, 18_000, 4500), 17_900) for _ in range(patients))
    bumped = dict.fromkeys(blocked, False)
    for number, arrived in enumerate(max(0.0, at) for at in arrivals):
        name, tubes = f"patient-{number:05d}", 1 + dice.choice((1, 2, 2, 3, 4))
        day.note(arrived, "patient.arrived", name, class_="adult", priority=int(dice.random() < 0.12), tubes=tubes)
        if dice.random() < 0.01:
            day.note(arrived + 500, "patient.left", name, reason="patience")
            continue
        at, window = heapq.heappop(free)
        called = max(at, arrived)
        start, end = blocked.get(window, (0, 0))
        if start <= called < end:
            heapq.heappush(free, (end, window))
            at, window = heapq.heappop(free)
            called = max(at, arrived, end if window in blocked and start <= at < end else 0)
        day.note(called, "patient.called", name, window=window)
        if called < start and called + 200 > start and not bumped.get(window, True):
            bumped[window] = True
            day.note(start, "patient.bumped", name, window=window, reason="window-blocked")
            heapq.heappush(free, (end, window))
            at, window = heapq.heappop(free)
            called = max(at, start + 5)
            day.note(called, "patient.called", name, window=window)
        ready = _prepare(day, called, window, name, tubes) if devices else called
        served = ready + dice.lognormvariate(4.55, 0.4)
        day.note(ready, "draw.started", name, window=window)
        day.note(served, "patient.served", name, window=window)
        heapq.heappush(free, (served + 8, window))
    for window in windows:
        day.note(21_600, "window.closed", window)
    return day.events()


def _prepare(day: Day, at: float, window: str, patient: str, tubes: int) -> float:
    for number in range(tubes):
        serial, tube = f"S{patient[-5:]}{number}", TUBES[number % 3]
        printer, scanner = f"{window}.label-printer", f"{window}.barcode-scanner"
        day.note(at, "label.created", serial, window=window, patient=patient, tube=tube)
        day.note(at + 0.1, "label.sent", serial, device=printer)
        day.note(at + 1.3, "tube.picked", f"{window}.tube-dispenser", lane=number, tube=tube, serial=serial)
        day.note(at + 1.9, "label.printed", serial, device=printer)
        day.note(at + 4.0, "label.applied", serial, device=f"{window}.collection-host")
        day.note(at + 6.0, "label.verified", serial, device=scanner, printer=printer)
        day.note(at + 7.0, "label.handed-over", serial, window=window, patient=patient)
        day.note(at + 90, "label.drawn", serial, patient=patient)
        day.note(at + 400, "label.received", serial)
        at += 8.96
    day.note(at, "receipt.printed", f"{window}.thermal-printer", patient=patient)
    return at


def _trouble(day: Day) -> dict[str, tuple[float, float]]:
    blocked = {}
    for number, (name, target, kind, armed, fired, seen, over, severity, symptom) in enumerate(FAULTS, 1):
        window = target.partition(".")[0]
        day.note(armed, "twin.fault-armed", name, target=target, kind_=kind)
        day.note(fired, "twin.fault-fired", name, target=target, kind_=kind)
        if not severity:
            for at in range(seen, over, 31):
                day.note(at, "link.garbled", target, detail="bad CRC")
                day.note(at + 0.2, "device.recovered", target)
            day.note(over, "twin.fault-ended", name, target=target, kind_=kind)
            continue
        incident = f"incident-{number}"
        blocked[window] = (seen, over)
        day.note(seen, "alarm.raised" if "-" in symptom and "." not in symptom else "scan.no-read", target, alarm=symptom)
        day.note(seen, "window.blocked", window, device=target, reason=symptom)
        day.note(seen, "incident.opened", incident, device=target, window=window, class_=severity, symptom=symptom, detected_us=seen * US)
        day.note(seen + 40, "incident.acknowledged", incident)
        day.note(seen + 40, "engineer.started", "engineer-1", task="repair", incident=incident)
        day.note(seen + 100, "incident.on-site", incident)
        day.note(seen + 300, "incident.diagnosed", incident, cause=kind)
        day.note(over - 1, "twin.fault-ended", name, target=target, kind_=kind)
        day.note(over - 1, "alarm.cleared", target, alarm=symptom)
        day.note(over, "window.restored", window)
        day.note(over, "incident.restored", incident, part="")
        day.note(over, "engineer.finished", "engineer-1", task="repair", incident=incident)
        day.note(over + 90, "incident.closed", incident)
    day.note(8400, "consumable.low", "window-1.label-printer", item="label-paper", level=80)
    day.note(8500, "engineer.started", "engineer-1", task="refill")
    day.note(8700, "consumable.refilled", "window-1.label-printer", item="label-paper", quantity=1, actor="engineer-1")
    day.note(8700, "engineer.finished", "engineer-1", task="refill")
    day.note(9000, "alarm.raised", "conveyor-1", alarm="belt-stopped")
    day.note(9600, "alarm.cleared", "conveyor-1", alarm="belt-stopped")
    return blocked


def made_up_result(**changes: Any) -> dict[str, Any]:
    faults = [
        {"name": f"{row[1]} {row[2]}", "armed_at": row[3], "fired_at": row[4], "seen_at": row[5], "recovered_at": row[6]} for row in FAULTS
    ]
    expectations = [
        {"figure": "patient.wait.p90", "limit": "<= 20 min", "actual": 742.6, "n": 881, "clause": "G3", "verdict": "pass"},
        {
            "figure": "incident.repair.max",
            "limit": "<= 30 min",
            "actual": 2064.0,
            "n": 3,
            "where": "class == 一般",
            "clause": "R3",
            "verdict": "fail",
        },
        {"figure": "label.crossed", "limit": "== 0", "actual": 0, "n": 2600, "clause": "C2.1", "verdict": "pass"},
        {"figure": "incident.response.max", "limit": "<= 5 min", "actual": None, "n": 0, "clause": "R3", "verdict": "no-data"},
    ]
    return {
        "schema": 1,
        "title": "周一早高峰，3 号窗打印头故障",
        "scenario": "peak-monday",
        "start": "2026-11-23T07:00:00+08:00",
        "seed": 20261123,
        "fidelity": "wire",
        "engine": "wire",
        "verdict": "pass",
        "expectations": expectations,
        "faults": faults,
        "simulated_s": 21_900.0,
    } | changes


@cache
def small() -> str:
    """The page of a day of 60 patients, made once."""
    return render_replay(made_up_result(), made_up_day(60), WINDOWS)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def font_of(page: str) -> TTFont:
    found = re.search(r"data:font/otf;base64,([A-Za-z0-9+/=]+)", page)
    assert found is not None
    return TTFont(io.BytesIO(base64.b64decode(found[1])))


def text_of(page: str) -> str:
    """The page without its font."""
    return re.sub(r"data:font/otf;base64,[A-Za-z0-9+/=]+", "", page)


def fold(events: list[Event], windows: tuple[str, ...] = WINDOWS, **result: Any) -> Fold:
    return Fold(made_up_result(**result), events, windows)


def day_of(*rows: tuple[float, str, str, dict[str, Any]]) -> list[Event]:
    day = Day()
    for at_s, kind, subject, data in rows:
        day.note(at_s, kind, subject, **{f"{key}_" if key == "kind" else key: value for key, value in data.items()})
    return day.events()


def at(rows: list[Any], second: float) -> Any:
    """The row in force at a time, as the page's script finds it."""
    return [row for row in rows if row[0] <= second * 1000][-1]


class Page(HTMLParser):
    """What a browser would see: scripts, loads, the title, and the state of each window."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts, self.loads, self.title, self.windows, self.counters = 0, list[str](), "", {}, {}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._in = tag
        self.scripts += tag == "script"
        self.loads += [str(found[key]) for key in ("src", "href", "action", "data") if key in found]
        if "data-window" in found:
            self.windows[found["data-window"]] = found
        if "data-counter" in found:
            self.counters[found["data-counter"]] = found.get("data-value")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title += data


# --- the font


def test_the_font_draws_all_of_gb2312_and_rare_characters_of_names() -> None:
    assert missing("".join(sorted(gb2312()))) == ""
    assert missing("㐀㐂䶮龦喆堃彧頔玥𬱖𫖮 ABC xyz 0123456789 ，。！？（）《》√×→≤≥①℃─│█—") == ""


def test_the_font_names_what_it_cannot_draw_once_and_in_order() -> None:
    assert missing("采\U0010ffff血\x1b\U0010ffff") == "\U0010ffff\x1b"


def test_the_font_s_coverage_is_what_fonttools_reads() -> None:
    assert coverage() == {chr(code) for code in TTFont(sans_path()).getBestCmap()}


def test_the_font_is_small_enough_for_the_wheel_and_carries_its_licence() -> None:
    assert sans_path().stat().st_size < 2_250_000
    assert "SIL OPEN FONT LICENSE" in sans_path().with_name("OFL.txt").read_text(encoding="utf-8")


def test_pillow_draws_chinese_with_it_and_not_boxes() -> None:
    font = ImageFont.truetype(str(sans_path()), 24)

    def dots(text: str) -> bytes:
        image = Image.new("1", (32, 32), 1)
        ImageDraw.Draw(image).text((2, 0), text, font=font, fill=0)
        return image.tobytes()

    box = dots("\U0010ffff")
    assert len({dots(char) for char in "采血喆䶮𬱖"} | {box}) == 6


# --- the page as a file


def test_the_page_loads_nothing_from_anywhere() -> None:
    page = Page(small())
    assert page.loads == []
    assert not re.search(r"https?://|@import|<link|<img|<iframe", text_of(small()))
    assert re.findall(r"url\((?!#|&quot;#|\"\))([^)]*)\)", text_of(small())) in ([], ['""'])


def test_the_same_run_gives_the_same_bytes_in_another_process_with_another_hash_seed() -> None:
    code = "import hashlib, test_replay as t; print(hashlib.sha256(t.small().encode()).hexdigest())"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, encoding="utf-8")
    assert other.stdout.strip() == hashlib.sha256(small().encode()).hexdigest()


def test_the_font_in_the_page_has_exactly_the_characters_of_the_page() -> None:
    drawn = {chr(code) for code in font_of(small()).getBestCmap()}
    assert drawn == set(text_of(small())) & coverage()
    assert set(text_of(small())) - drawn == {"\n"}


def test_a_character_that_the_font_lacks_is_named_on_the_page() -> None:
    page = render_replay(made_up_result(title="王\U00020bb7的一天"), [], WINDOWS)
    assert "U+20BB7" in page
    assert "缺字" not in small()


HOSTILE = "</title></script><script>alert(1)</script>\"'&<!--\x1b[2J\u202e\x00\ud800@@FONT@@\u2028\n"


def test_a_hostile_title_is_text_and_nothing_else() -> None:
    hostile = [
        Event(0, 0, "patient.arrived", HOSTILE, "", None, {"class": HOSTILE}),
        Event(1, 0, "patient.called", "p", "", None, {"window": HOSTILE}),
    ]
    page = render_replay(made_up_result(title=HOSTILE, seed=HOSTILE, faults=[{"name": HOSTILE}]), hostile, (HOSTILE,))
    seen = Page(page)
    assert seen.scripts == Page(small()).scripts == 2
    assert seen.title == words.plain(HOSTILE) == data_of(page)["head"]["title"]
    assert "\\x1b" in seen.title and "\\u{202e}" in seen.title and "\x1b" not in page
    page.encode("utf-8")


@given(st.text())
def test_no_text_can_end_the_data_or_hide_in_it(text: str) -> None:
    shown = words.plain(text)
    assert "<" not in _embed({"text": shown}) and json.loads(_embed({"text": shown})) == {"text": shown}
    assert html.unescape(html.escape(shown)) == shown
    assert len(shown) <= 160 and not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", shown)


def test_writing_the_page_gives_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    path = write_replay(tmp_path / "回放.html", made_up_result(), made_up_day(60), WINDOWS)
    assert path.read_bytes() == small().encode("utf-8")


def test_a_day_of_900_patients_stays_under_a_megabyte_and_a_half() -> None:
    events = made_up_day(900)
    assert len(events) > 30_000
    assert len(render_replay(made_up_result(), events, WINDOWS).encode()) < 1_500_000


def test_a_start_that_cannot_be_read_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="start"):
        render_replay(made_up_result(start="yesterday"), [], WINDOWS)


def test_a_record_without_events_still_gives_a_page() -> None:
    data = data_of(render_replay(made_up_result(), [], WINDOWS))
    assert data["end"] == 21_900_000 and [window["rows"] for window in data["windows"]] == [[[0, 2, -1, -1, 0, 0]]] * 8


def test_a_very_long_log_leaves_out_the_steps_of_labels_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST_EVENTS", 100)
    shown = fold(made_up_day(60)).lists()["log"]
    assert shown["all"] is False
    assert {kind for kind, _, _ in shown["kinds"]}.isdisjoint({"label.sent", "tube.picked"}) and "patient.served" in {
        kind for kind, _, _ in shown["kinds"]
    }


# --- words


def test_every_kind_of_event_has_its_words() -> None:
    assert set(tables.KINDS) == set(KINDS)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.window("window-3"), "3 号窗"),
        (words.window("manual-1"), "人工台 1"),
        (words.device("window-3.label-printer"), "3 号窗标签打印机"),
        (words.device("conveyor-1"), "传送带 1"),
        (words.device("mains"), "市电"),
        (words.device("window-2.never-heard-of"), "2 号窗never-heard-of"),
        (words.patient("patient-00042"), "042"),
        (words.incident("incident-0007"), "故障单 7"),
        (words.task("refill window-1.label-printer"), "补充耗材 1 号窗标签打印机"),
        (words.detail({"window": "window-2", "reason": "patience", "at_us": 5, "part": ""}), "等候过久 · 2 号窗"),
    ],
)
def test_things_are_called_as_people_call_them(said: str, expected: str) -> None:
    assert said == expected


# --- what the page tells


def recount(events: list[Event], until_us: int) -> tuple[int, int, int, int, int | None]:
    """Waiting, at a window, served, left and wait P90, counted anew and by another way: sets instead of steps."""
    place, arrived, called, waits = dict[str, str](), dict[str, int](), dict[str, int](), list[int]()
    for event in (event for event in events if event.at_us <= until_us):
        where = {
            "patient.arrived": "waiting",
            "patient.called": "window",
            "patient.bumped": "waiting",
            "patient.served": "served",
            "patient.left": "left",
        }
        if event.kind in where:
            place[event.subject] = where[event.kind]
        if event.kind == "patient.arrived":
            arrived[event.subject] = event.at_us // 1000
        if event.kind == "patient.called":
            called[event.subject] = event.at_us // 1000
    waits = sorted(called[name] - arrived[name] for name, now in place.items() if now == "served")
    p90 = next((wait for rank, wait in enumerate(waits, 1) if rank * 10 >= len(waits) * 9), None)
    here = list(place.values())
    return here.count("waiting"), here.count("window"), here.count("served"), here.count("left"), p90


@pytest.mark.parametrize("second", [0, 1, 2700, 2764, 3600, 5000, 7200, 12_000, 21_599])
def test_the_counters_equal_a_recount_of_the_events(second: int) -> None:
    events = made_up_day(300)
    assert fold(events).patients.at(second * 1000 + 999)[1:] == recount(events, second * US + 999_999)


def test_everyone_is_waiting_or_at_a_window_or_served_or_gone_at_every_moment() -> None:
    events = made_up_day(300)
    arrivals = sorted(event.at_us // 1000 for event in events if event.kind == "patient.arrived")
    for row in fold(events).patients.rows:
        assert sum(row[1:5]) == sum(at_ms <= row[0] for at_ms in arrivals)


def test_the_dots_drawn_are_as_many_as_the_queue_is_long() -> None:
    patients = fold(made_up_day(300)).patients
    for row in patients.rows:
        assert row[1] == sum(came <= row[0] and (went is None or went > row[0]) for came, went, _, _ in patients.spells if came is not None)


def test_a_window_that_is_down_says_which_device_and_why_until_it_is_restored() -> None:
    data = fold(made_up_day(60)).lists()
    rows = data["windows"][2]["rows"]
    down = at(rows, 2764)
    assert (down[1], data["strings"][down[6]], data["strings"][down[7]]) == (5, "标签打印机", "条码读不出")
    assert at(rows, 4119)[1] == 5 and at(rows, 4121)[1] != 5


def test_a_window_goes_from_closed_to_idle_to_tubes_to_draw_and_counts_the_verified_tubes() -> None:
    events = day_of(
        (10, "window.opened", "window-1", {}),
        (20, "patient.arrived", "patient-1", {"tubes": ["serum-yellow", "edta-purple"]}),
        (30, "patient.called", "patient-1", {"window": "window-1"}),
        (31, "label.created", "S1", {"window": "window-1", "patient": "patient-1"}),
        (37, "label.verified", "S1", {"device": "window-1.barcode-scanner"}),
        (40, "draw.started", "patient-1", {"window": "window-1"}),
        (90, "patient.served", "patient-1", {"window": "window-1"}),
        (95, "window.closed", "window-1", {}),
    )
    rows = fold(events, ("window-1",)).windows.all["window-1"].rows
    states = [(row.at_ms // 1000, row.state, row.patient, row.done, row.total) for row in rows]
    assert states == [
        (0, "closed", "", 0, 0),
        (10, "idle", "", 0, 0),
        (30, "prepare", "patient-1", 0, 2),
        (37, "prepare", "patient-1", 1, 2),
        (40, "draw", "patient-1", 0, 0),
        (90, "idle", "", 0, 0),
        (95, "closed", "", 0, 0),
    ]


def test_a_patient_bumped_from_a_window_waits_again_and_is_counted_once() -> None:
    events = day_of(
        (0, "patient.arrived", "patient-1", {}),
        (60, "patient.called", "patient-1", {"window": "window-1"}),
        (70, "patient.bumped", "patient-1", {"window": "window-1", "reason": "tube-jam"}),
        (600, "patient.called", "patient-1", {"window": "window-2"}),
        (700, "patient.served", "patient-1", {"window": "window-2"}),
    )
    patients = fold(events).patients
    assert patients.at(70_000)[1:5] == (1, 0, 0, 0)
    assert patients.at(700_000)[1:] == (0, 0, 1, 0, 600_000)
    assert [spell[3] for spell in patients.spells] == [0, 2]


def test_a_fault_is_hidden_until_it_shows_and_over_when_it_is_repaired() -> None:
    rows = fold(made_up_day(60)).devices.all["window-3.label-printer"].rows
    assert [at(rows, second)[1] for second in (2720, 2764, 4119, 4121)] == [HIDDEN, SEEN, SEEN, FINE]


def test_an_alarm_that_does_not_stop_a_device_is_a_note_only() -> None:
    events = day_of(
        (5, "alarm.raised", "window-1.tube-dispenser", {"alarm": "lane-low"}),
        (9, "alarm.cleared", "window-1.tube-dispenser", {"alarm": "lane-low"}),
    )
    assert [row.level for row in fold(events).devices.all["window-1.tube-dispenser"].rows] == [NOTE, FINE]


def test_a_garbled_reply_is_over_at_the_next_good_exchange() -> None:
    events = day_of(
        (5, "link.garbled", "window-1.label-printer", {"detail": "x"}),
        (6, "label.printed", "S1", {"device": "window-1.label-printer"}),
    )
    assert [row.level for row in fold(events).devices.all["window-1.label-printer"].rows] == [SEEN, FINE]


def test_the_engineer_walks_to_the_incident_until_on_site_and_home_afterwards() -> None:
    data = fold(made_up_day(60)).lists()
    (engineer,) = data["engineers"]
    assert engineer["legs"][0] == [2_804_000, 2_864_000, "", 2]
    assert engineer["legs"][-1][3] == ""
    assert data["strings"][engineer["tasks"][0][2]] == "维修 3 号窗标签打印机"
    assert data["strings"][engineer["tasks"][-1][2]] == "补充耗材 1 号窗标签打印机"


def test_a_walk_that_ended_before_the_work_began_is_drawn_before_it() -> None:
    people = People()
    for event in day_of((0, "incident.opened", "i", {"window": "window-1"}), (100, "incident.on-site", "i", {})):
        people.handlers[event.kind](event, event.at_us // 1000)
    legs = people.legs([Job(200_000, 400_000, "repair", "i")], lambda place: place)
    assert legs == [Leg(40_000, 100_000, "", "window-1"), Leg(400_000, 460_000, "window-1", "")]


def test_a_manual_station_is_drawn_after_the_windows_and_is_not_open_without_a_nurse() -> None:
    events = day_of((50, "window.staffed", "manual-1", {}), (99, "window.unstaffed", "manual-1", {}))
    data = fold(events).lists()
    assert [window["zh"] for window in data["windows"]][-2:] == ["8 号窗", "人工台 1"] and data["site"] == 8
    assert [row[1] for row in data["windows"][-1]["rows"]] == [0, 2, 0]


def test_bare_windows_have_no_devices_and_go_straight_to_the_draw() -> None:
    events = [event for event in made_up_day(60, devices=False) if event.kind != "draw.started"]
    data = fold(events, faults=[]).lists()
    assert data["devices"] == data["incidents"] == data["engineers"] == []
    assert {row[1] for window in data["windows"] for row in window["rows"]} == {0, 2, 4}


def test_devices_that_windows_share_stand_apart() -> None:
    data = fold(made_up_day(60)).lists()
    assert [device["zh"] for device in data["devices"] if device["at"] < 0] == ["传送带 1"]
    assert [device["letter"] for device in data["devices"] if device["at"] == 0] == ["主", "管", "签", "凭", "码"]


def test_faults_keep_their_four_times_and_one_that_never_fired_keeps_none() -> None:
    never = {"name": "window-1.label-printer paper-out", "armed_at": 60.5, "fired_at": None, "seen_at": None, "recovered_at": None}
    rows = fold([], faults=[*made_up_result()["faults"], never]).lists()["faults"]
    assert rows[0]["times"] == [2_700_000, 2_711_000, 2_764_000, 4_120_000] and rows[0]["zh"].startswith("3 号窗标签打印机 ")
    assert rows[-1]["times"] == [60_500, None, None, None]


def test_limits_are_shown_with_value_limit_and_verdict() -> None:
    rows = fold([]).lists()["expectations"]
    assert [(row["actual"], row["limit"], row["verdict"][1]) for row in rows] == [
        ("12.4 min", "≤ 20 min", "通过"),
        ("34.4 min", "≤ 30 min", "不达标"),
        ("0", "= 0", "通过"),
        ("—", "≤ 5 min", "无数据"),
    ]


NAMES = st.sampled_from(
    ["window-1", "window-2", "window-1.label-printer", "manual-1", "patient-1", "patient-2", "S1", "engineer-1", "i-1", "mains", ""]
)
VALUES = NAMES | st.integers(-3, 3) | st.none() | st.lists(st.just("edta-purple"), max_size=2)
DATA_KEYS = sorted({key for _, keys in KINDS.values() for key in keys})
ANY_EVENT = st.tuples(
    st.integers(0, 10**8), st.sampled_from(sorted(KINDS)), NAMES, st.dictionaries(st.sampled_from(DATA_KEYS), VALUES, max_size=4)
)


@settings(max_examples=150)
@given(st.lists(ANY_EVENT, max_size=30))
def test_any_order_of_any_events_can_be_shown_and_nobody_vanishes(rows: list[tuple[int, str, str, dict[str, Any]]]) -> None:
    ordered = sorted(rows, key=lambda row: row[0])
    events = [Event(seq, at_us, kind, subject, "engineer-1", None, data) for seq, (at_us, kind, subject, data) in enumerate(ordered)]
    found = fold(events, ("window-1",))
    json.dumps(found.lists())
    for row in found.patients.rows:
        assert min(row[1:5]) >= 0
        assert row[1] == sum(
            came <= row[0] and (went is None or went > row[0]) for came, went, _, _ in found.patients.spells if came is not None
        )


# --- in a real browser


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_in_a_browser_the_page_opens_from_a_file_and_shows_the_moment_its_address_names(tmp_path: Path) -> None:
    events = made_up_day(120)
    page = write_replay(tmp_path / "回放 1.html", made_up_result(), events, WINDOWS)
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    command = [
        str(CHROMIUM),
        *flags.split(),
        "--disable-sync",
        "--virtual-time-budget=3000",
        "--enable-logging=stderr",
        "--window-size=1280,800",
    ]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri() + "#t=08:00:30"]
    seen = subprocess.run(command, capture_output=True, timeout=120, check=True)
    dom, said = seen.stdout.decode("utf-8"), seen.stderr.decode("utf-8", "replace")
    assert "CONSOLE" not in said, said
    shown = Page(dom)
    assert shown.windows["window-3"]["data-state"] == "blocked" and shown.windows["window-1"]["data-state"] in ("idle", "prepare", "draw")
    waiting, at_window, served, left, _ = recount(events, 3_630 * US)
    assert [shown.counters[name] for name in ("clock", "waiting", "at-window", "served", "left")] == [
        "08:00:30",
        *map(str, (waiting, at_window, served, left)),
    ]
    assert 'data-font="loaded"' in dom
