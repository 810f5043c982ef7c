"""Every mistake in a scenario file is told with its line, the line itself and a way out. `#!` marks the line that must be named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twin.scenario import ScenarioError, parse_scenario

TOP = 'schema = 1\nsite = "eight-window"\n'
LOAD = '[load]\nprofile = "weekday-morning"\n'
BASE = TOP + LOAD
TIMING = TOP + 'fidelity = "timing"\n' + LOAD
BARE = 'schema = 1\nsite = "bare-windows"\n'
FAULT = BASE + '[[fault]]\nat = "+45 min"\n'
JAM = FAULT + 'device = "window-3.tube-dispenser"\nkind = "tube-jam"\n'
CRC = FAULT + 'link = "window-3.tube-dispenser"\nkind = "bad-crc"\n'
BROKEN = BARE + LOAD + '[[random_fault]]\nkind = "out-of-service"\nrepair = { distribution = "exponential", mean = "2 h" }\n'
EXPECT = BASE + '[[expect]]\nfigure = "patient.wait.p90"\n'

# what is wrong → the file, and a part of the suggestion
CASES = {
    # keys
    "a misspelt key": (TOP + 'duratoin = "6 h" #!\n' + LOAD, '"duration"'),
    "a misspelt key in a table": (BASE + "prioritty_share = 0.1 #!\n", '"priority_share"'),
    "a misspelt table": (BASE + "[staf] #!\nengineers = 1\n", '"staff"'),
    "a misspelt key in an inline table": (TOP + '[load]\nprofile = "weekday-morning"\nservice = { distribution = "exponential", maen = "110 s" } #!\n', "mean"),
    "a misspelt key in a list": (EXPECT + 'limit = "<= 15 min"\nclaus = "R3" #!\n', '"clause"'),
    "a key of the top below a table": (BASE + "seed = 7 #!\n", "第一个 [表] 之前"),
    "a key in the wrong table": (BASE + "[staff]\nprofile = 3 #!\n", "[load]"),
    "an unknown key of a fault": (CRC + "evry = 7 #!\n", '"every"'),
    "a fault's key that its kind does not have": (JAM + "lane = 5 #!\n", "until"),
    "no schema": ('site = "eight-window" #!\n' + LOAD, "schema = 1"),
    "another schema": ('schema = 2 #!\nsite = "eight-window"\n' + LOAD, "schema = 1"),
    "no site": ("schema = 1 #!\n" + LOAD, 'site = "eight-window"'),
    "no load": ("schema = 1 #!\n" + 'site = "eight-window"\n', "weekday-morning"),
    # units
    "a bare number for a duration": (TOP + "duration = 720 #!\n" + LOAD, '"720 min"'),
    "a bare number in quotes": (TOP + 'duration = "720" #!\n' + LOAD, '"720 min"'),
    "a bare number in a nested table": (
        TOP + '[load]\nprofile = "weekday-morning"\nservice = { distribution = "exponential", mean = 110 } #!\n',
        '"110 s"',
    ),
    "a misspelt unit": (TOP + 'duration = "6 hrs" #!\n' + LOAD, '"6 h"'),
    "a bare number in an array": (BASE + '[[patient_class]]\nname = "timed"\nshare = 0.1\nreturns = [\n"60 min",\n120, #!\n]\n', '"120 min"'),
    "words for a duration": (TOP + 'duration = "all morning" #!\n' + LOAD, '"12 min"'),
    "a negative duration": (TOP + 'duration = "-6 h" #!\n' + LOAD, '"6 h"'),
    "a duration of nothing": (TOP + 'duration = "0 s" #!\n' + LOAD, '"12 min"'),
    "an endless duration": (TOP + 'duration = "9000 d" #!\n' + LOAD, '"6 h"'),
    "a fault at a bare number": (BASE + '[[fault]]\nat = 45 #!\ndevice = "window-3.tube-dispenser"\nkind = "tube-jam"\n', '"45 min"'),
    "a fault at a time of day": (BASE + '[[fault]]\nat = "07:45" #!\ndevice = "window-3.tube-dispenser"\nkind = "tube-jam"\n', '"12 min"'),
    # the start
    "a start without a zone": (TOP + "start = 2026-11-23T07:00:00 #!\n" + LOAD, "+08:00"),
    "a start in quotes": (TOP + 'start = "2026-11-23T07:00:00+08:00" #!\n' + LOAD, "start = 2026-11-23T07:00:00+08:00"),
    "a start in another age": (TOP + "start = 0026-11-23T07:00:00+08:00 #!\n" + LOAD, "start = 2026-11-23T07:00:00+08:00"),
    # types and ranges
    "a number in quotes": (TOP + 'seed = "7" #!\n' + LOAD, "seed = 7"),
    "half a seed": (TOP + "seed = 1.5 #!\n" + LOAD, "seed = 3"),
    "a negative seed": (TOP + "seed = -1 #!\n" + LOAD, "≥ 0"),
    "text that is a number": (TOP + "title = 8 #!\n" + LOAD, 'title = "text"'),
    "a fidelity of its own": (TOP + 'fidelity = "wires" #!\n' + LOAD, '"wire"'),
    "a share above one": (BASE + "priority_share = 15 #!\n", "≤ 1"),
    "shares above one together": (
        BASE + '[[patient_class]]\nname = "a"\nshare = 0.7\n[[patient_class]]\nname = "b"\nshare = 0.6 #!\n',
        "至多 0.3",
    ),
    "a class twice": (BASE + '[[patient_class]]\nname = "a"\nshare = 0.1\n[[patient_class]]\nname = "a" #!\nshare = 0.1\n', "换一个名字"),
    "one table where a list belongs": (BASE + '[fault] #!\nat = "+1 min"\n', "[[fault]]"),
    "a list where one table belongs": (TOP + "[[load]] #!\nprofile = 1\n", "[load]"),
    "not a number": (BASE + "scale = nan #!\n", "普通的数"),
    # the load
    "two sources of load": (BASE + "rates_per_h = [60] #!\n", "删去 rates_per_h"),
    "no source of load": (TOP + "[load] #!\nscale = 1.0\n", "weekday-morning"),
    "an unknown profile": (TOP + '[load]\nprofile = "weekday-mornings" #!\n', '"weekday-morning"'),
    "an empty list of rates": (TOP + "[load]\nrates_per_h = [] #!\n", "rates_per_h = [60"),
    "a negative rate": (TOP + "[load]\nrates_per_h = [\n60,\n-1, #!\n]\n", "≥ 0"),
    "a slot without rates": (BASE + 'slot = "1 h" #!\n', "删去 slot"),
    "a recorded day that is not there": (BARE + '[load]\narrivals_csv = "nowhere.csv" #!\n', "相对于场景文件"),
    "a service without its spread": (BASE + 'service = { distribution = "lognormal", mean = "110 s" } #!\n', 'sd = "45 s"'),
    "a service with a spread it does not have": (
        BASE + '[load.service]\ndistribution = "exponential"\nmean = "110 s"\nsd = "4 s" #!\n',
        "删去 sd",
    ),
    "a misspelt distribution": (BASE + '[load.service]\ndistribution = "log-normal" #!\nmean = "110 s"\nsd = "4 s"\n', '"lognormal"'),
    "a recorded service without a record": (BASE + 'service = { distribution = "recorded" } #!\n', "arrivals_csv"),
    # staff and windows
    "no nurses at all": (BASE + "[staff]\nnurses = {} #!\n", '"07:00-10:30" = 8'),
    "a shift that is not one": (BASE + "[staff.nurses]\n'7 to 10' = 8 #!\n", "07:00-12:00"),
    "a shift that ends before it starts": (BASE + '[staff]\nnurses = { "10:30-07:00" = 8 } #!\n', "07:00-12:00"),
    "shifts that overlap": (BASE + '[staff.nurses]\n"07:00-10:30" = 8\n"10:00-13:00" = 5 #!\n', "不得重叠"),
    "half a nurse": (BASE + '[staff.nurses]\n"07:00-10:30" = 2.5 #!\n', "= 8"),
    "a shift outside the run": (BASE + '[staff.nurses]\n"07:00-10:30" = 8\n"14:00-15:00" = 2 #!\n', "历时 6 h"),
    "opening hours outside the run": (BASE + '[windows.open]\n"1-4" = "07:00-12:00"\n"5-8" = "05:00-06:30" #!\n', "从 07:00 开始"),
    "hours of the day in a run of two days": (TOP + 'duration = "30 h"\n' + LOAD + '[staff]\nnurses = { "07:00-10:30" = 8 } #!\n', "duration"),
    "windows that are not numbers": (BASE + '[windows]\nopen = { "window-1" = "07:00-12:00" } #!\n', '"1-4"'),
    "hours that overlap": (BASE + '[windows.open]\n"1-4" = "07:00-09:30, 09:30-12:00" #!\n', "07:00-09:30, 09:40-12:00"),
    "a break outside the run": (BASE + '[windows.open]\n"1-4" = "07:00-09:30, 13:30-14:00" #!\n', "从 07:00 开始"),
    "a window with two times": (BASE + '[windows.open]\n"1-4" = "07:00-12:00"\n"4" = "07:30-11:00" #!\n', '"4"'),
    "a window that the site does not have": (BASE + '[windows]\nopen = { "1-9" = "07:00-12:00" } #!\n', '"1-8"'),
    "opening hours in other words": (BASE + '[windows]\nopen = "always" #!\n', '"recorded"'),
    "recorded hours without a record": (BASE + '[windows]\nopen = "recorded" #!\n', "bare-windows"),
    "more windows than the site has": (BASE + "[windows]\ncount = 10 #!\n", "bare-windows"),
    "no windows": (BARE + LOAD + "[windows]\ncount = 0 #!\n", "≥ 1"),
    # names
    "a misspelt site": ('schema = 1\nsite = "eight-windows" #!\n' + LOAD, '"eight-window"'),
    "a site file that is not there": ('schema = 1\nsite = "my/site.toml" #!\n' + LOAD, "相对于场景文件"),
    "a misspelt device": (FAULT + 'device = "window-3.tube-dispensor" #!\nkind = "tube-jam"\n', '"window-3.tube-dispenser"'),
    "a window that is not there": (FAULT + 'device = "window-9.tube-dispenser" #!\nkind = "tube-jam"\n', ".tube-dispenser"),
    "a wildcard in a fault": (FAULT + 'device = "window-*.tube-dispenser" #!\nkind = "tube-jam"\n', ".tube-dispenser"),
    "a link of no device": (FAULT + 'link = "window-3" #!\nkind = "bad-crc"\n', "window-3."),
    "a device on bare windows": (
        BARE + LOAD + '[[fault]]\nat = "+1 min"\ndevice = "window-3.tube-dispenser" #!\nkind = "tube-jam"\n',
        "window-",
    ),
    "a misspelt kind of fault": (FAULT + 'device = "window-3.tube-dispenser"\nkind = "tube-jamb" #!\n', '"tube-jam"'),
    "a link fault on a device": (FAULT + 'device = "window-3.tube-dispenser"\nkind = "bad-crc" #!\n', "tube-jam"),
    "a device fault on a link": (FAULT + 'link = "window-3.tube-dispenser"\nkind = "tube-jam" #!\n', "bad-crc"),
    "a fault of neither device nor link": (BASE + '[[fault]] #!\nat = "+1 min"\nkind = "tube-jam"\n', "device ="),
    "a fault of device and link": (JAM + 'link = "window-3.tube-dispenser" #!\n', "删去"),
    "a fault with two ends": (JAM + 'until = "repaired"\nfor = "10 min" #!\n', "删去"),
    "a fault until something else": (JAM + 'until = "repair" #!\n', '"repaired"'),
    "a fault after the end": (BASE + '[[fault]]\nat = "+7 h" #!\ndevice = "window-3.tube-dispenser"\nkind = "tube-jam"\n', '"+6 h"'),
    "a fault without a time": (BASE + '[[fault]] #!\ndevice = "window-3.tube-dispenser"\nkind = "tube-jam"\n', '"+45 min"'),
    "a detail of the wrong type": (CRC + 'every = "7" #!\n', "every = 7"),
    "a detail out of range": (CRC + "every = 0 #!\n", "every = 7"),
    "a lane that is not there": (FAULT + 'device = "window-3.tube-dispenser"\nkind = "lane-empty"\nlane = 9 #!\n', "1 到 8"),
    "a tube that does not exist": (
        FAULT + 'device = "window-3.tube-dispenser"\nkind = "wrong-rack"\nloaded = "citrate-bleu" #!\n',
        '"citrate-blue"',
    ),
    "a detail without its unit": (FAULT + 'link = "window-3.tube-dispenser"\nkind = "latency"\ndelay = "200" #!\n', "200 ms"),
    "breakdowns of nothing": (BROKEN + 'device = "windows-*" #!\nmtbf = "40 h"\n', '"window-*"'),
    "a breakdown without a unit": (BROKEN + 'device = "window-*"\nmtbf = 40 #!\n', '"40 min"'),
    "a breakdown without a repair": (
        BARE + LOAD + '[[random_fault]] #!\ndevice = "window-*"\nkind = "out-of-service"\nmtbf = "40 h"\n',
        "exponential",
    ),
    "a breakdown of a kind that windows do not have": (
        BROKEN.replace('out-of-service"', 'out-of-servise" #!') + 'device = "window-*"\nmtbf = "40 h"\n',
        '"out-of-service"',
    ),
    "breakdowns of a device": (BROKEN.replace("bare-windows", "eight-window") + 'device = "window-*.label-printer" #!\nmtbf = "40 h"\n', '"window-*"'),
    # figures, limits, clauses
    "a misspelt figure": (BASE + '[[expect]]\nfigure = "patient.wiat.p90" #!\nlimit = "<= 15 min"\n', '"patient.wait.p90"'),
    "a misspelt figure of the steady state": (BASE + '[[steady]]\nfigure = "window.useable" #!\nlimit = ">= 8"\n', '"window.usable"'),
    "a limit without a comparison": (EXPECT + 'limit = "15 min" #!\n', '"<= 15 min"'),
    "a limit with a printed sign": (EXPECT + 'limit = "≤ 15 min" #!\n', '"<= 15 min"'),
    "a limit the wrong way round": (EXPECT + 'limit = "=< 15 min" #!\n', '"<= 15 min"'),
    "a limit without a unit": (EXPECT + 'limit = "<= 15" #!\n', '"<= 15 min"'),
    "a limit with a misspelt unit": (EXPECT + 'limit = "<= 900 secs" #!\n', '"<= 900 s"'),
    "a limit that is a number": (EXPECT + "limit = 15 #!\n", '"<= 15 min"'),
    "a count with a unit": (BASE + '[[expect]]\nfigure = "label.crossed"\nlimit = "== 0 s" #!\n', '"== 0"'),
    "a share in percent": (BASE + '[[expect]]\nfigure = "window.busy.share"\nlimit = "<= 85 %" #!\n', '"<= 0.85"'),
    "a share above one in a limit": (BASE + '[[expect]]\nfigure = "window.busy.share"\nlimit = "<= 85" #!\n', '"<= 0.85"'),
    "a list held equal": (BASE + '[[expect]]\nfigure = "queue.length.by_slot"\nlimit = "== 3" #!\n', '"<= 3"'),
    "no limit": (BASE + '[[expect]] #!\nfigure = "label.crossed"\n', 'limit = "<= 15 min"'),
    "an unknown clause": (EXPECT + 'limit = "<= 15 min"\nclause = "R33" #!\n', '"R3"'),
    "a condition that is none": (EXPECT + 'limit = "<= 15 min"\nwhere = "adults" #!\n', "class == 一般"),
    "a condition on an unknown field": (EXPECT + 'limit = "<= 15 min"\nwhere = "clas == adult" #!\n', '"class"'),
    "a condition on a figure of the whole room": (
        BASE + '[[expect]]\nfigure = "throughput.per_h"\nlimit = ">= 60"\nwhere = "window == window-1" #!\n',
        "删去 where",
    ),
    "a fault class that the contract does not have": (
        BASE + '[[expect]]\nfigure = "incident.repair.max"\nlimit = "<= 30 min"\nwhere = "class == 普通" #!\n',
        "一般",
    ),
    "a condition on a window that is not there": (EXPECT + 'limit = "<= 15 min"\nwhere = "window == window-9" #!\n', '"window-'),
    "a condition on a class that is not there": (EXPECT + 'limit = "<= 15 min"\nwhere = "class == adults" #!\n', '"adult"'),
    # the store and the people
    "an item that the store does not have": (BASE + '[[stock]]\nitem = "moter" #!\non_hand = 0\n', '"motor"'),
    "an item twice": (BASE + '[[stock]]\nitem = "motor"\non_hand = 0\n[[stock]]\nitem = "motor" #!\non_hand = 1\n', "删去一个"),
    "less than nothing in the store": (BASE + '[[stock]]\nitem = "motor"\non_hand = -1 #!\n', "≥ 0"),
    "an engineer who does not work": (
        BASE + '[staff]\nengineers = 0\n[[fault]]\nat = "+5 min"\ndevice = "engineer-1" #!\nkind = "off-site"\n',
        "engineers = 1",
    ),
    # several days
    "several days that are no days": (TOP + "days = 5\nduration = \"20 h\" #!\n" + LOAD, '"6 h"'),
    "several days at hours when the room is closed": (TOP + "start = 2026-11-23T18:00:00+08:00\ndays = 2 #!\n" + LOAD, "opening"),
    "a fault after the last of several days": (
        TOP + "days = 2\n" + LOAD + '[[fault]]\nat = "+31 h" #!\ndevice = "window-3.tube-dispenser"\nkind = "tube-jam"\n',
        "增加 days",
    ),
    "windows that are closed on a weekend": (TOP + "days = 7\n" + LOAD + '[windows]\nopen = { "1-8" = "11:30-13:00" } #!\n', "opening"),
    "random faults without devices": (BARE + LOAD + "[random_faults]\nenabled = true #!\n", "[[random_fault]]"),
    # what is not simulated yet
    "appointments": (BASE + "[appointments] #!\nshare = 0.3\n", "删去 appointments"),
    "a lane": (BASE + '[[patient_class]]\nname = "child"\nshare = 0.04\nlane = "window-8" #!\n', "删去 lane"),
    "a batch": (BASE + '[[patient_class]]\nname = "exam"\nshare = 0.04\nbatch = 60 #!\n', "删去 batch"),
    "missed calls": (BASE + '[[patient_class]]\nname = "late"\nshare = 0.04\nmissed_call = 0.05 #!\n', "删去 missed_call"),
    "two nurses for a child": (BASE + '[[patient_class]]\nname = "child"\nshare = 0.04\nnurses_needed = 2 #!\n', "删去 nurses_needed"),
    "several days of timing": (TOP + 'fidelity = "timing"\ndays = 2 #!\n' + LOAD, 'fidelity = "wire"'),
    "the duties of a day of timing": (TOP + 'fidelity = "timing"\n' + LOAD + "[staff]\nduties = true #!\n", 'fidelity = "wire"'),
    "a lane that is no window": (TIMING + '[[patient_class]]\nname = "child"\nshare = 0.04\nlane = "window-9" #!\n', '"window-8"'),
    "a group of unknown size": (TIMING + '[[patient_class]]\nname = "exam"\nshare = 0\nat = "+30 min" #!\n', "batch = 60"),
    "a group with a share of the load": (TIMING + '[[patient_class]]\nname = "exam"\nshare = 0.1 #!\nbatch = 60\nat = "+30 min"\n', "share = 0"),
    "a group after the end": (TIMING + '[[patient_class]]\nname = "exam"\nshare = 0\nbatch = 60\nat = "+6 h" #!\n', "at"),
    "appointments by the millisecond": (TIMING + '[appointments]\nshare = 0.3\nslot = "1 ms" #!\n', '"15 min"'),
    # TOML itself
    "text without quotes": (TOP + "title = 周一 #!\n" + LOAD, "双引号"),
    "a duration without quotes": (TOP + "duration = 6 h #!\n" + LOAD, '"6 h"'),
    "quotes of a text processor": (TOP + "title = “周一” #!\n" + LOAD, "全角标点"),
    "quotes that are not closed": (TOP + 'title = "周一 #!\n' + LOAD, "加上引号"),
    "a key twice": (TOP + "seed = 1\nseed = 2 #!\n" + LOAD, "删去其中一个"),
    "a table twice": (BASE + "[staff]\nengineers = 1\n[staff] #!\nengineers = 2\n", "合并"),
    "a line that is none": (TOP + "hello #!\n" + LOAD, "title ="),
    "a bracket that is not closed": (TOP + '[load]\nrates_per_h = [60, 180\nslot = "1 h" #!\n', "补上 ]"),
    "no such day": (TOP + "start = 2026-02-30T07:00:00+08:00 #!\n" + LOAD, "start = 2026-11-23T07:00:00+08:00"),
    "a Windows path in double quotes": (BARE + '[load]\narrivals_csv = "C:\\data\\day.csv" #!\n', "单引号"),
}  # fmt: skip


def refused(text: str | bytes, tmp_path: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text.encode() if isinstance(text, str) else text, tmp_path / "bad.toml")
    return caught.value


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")


@pytest.mark.parametrize(("text", "suggestion"), CASES.values(), ids=CASES)
def test_a_mistake_is_told_with_its_line_and_a_way_out(text: str, suggestion: str, tmp_path: Path) -> None:
    error = refused(text, tmp_path)
    [number] = [number for number, line in enumerate(text.split("\n"), 1) if "#!" in line]
    line = text.split("\n")[number - 1]
    assert len(error.problems) == 1, str(error)
    assert f"bad.toml:{number}: " in str(error)
    assert line.strip() in str(error)
    assert suggestion in error.problems[0].hint


@pytest.mark.parametrize(("text", "suggestion"), CASES.values(), ids=CASES)
def test_the_same_mistake_is_told_in_english(text: str, suggestion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    [problem] = refused(text, tmp_path).problems
    told = re.sub("一般|较大|重大|普通", "", problem.what + problem.hint)
    assert problem.what and problem.hint
    assert told.isascii() or not re.search("[\u4e00-\u9fff]", told)


def test_there_are_many_cases_and_no_two_are_the_same() -> None:
    assert len(CASES) >= 40
    assert len({text for text, _ in CASES.values()}) == len(CASES)


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()], ids=CASES)
def test_a_message_can_be_printed_on_a_gbk_console(text: str, tmp_path: Path) -> None:
    str(refused(text, tmp_path)).encode("gbk")


def test_all_mistakes_of_a_file_are_told_together_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = CRC + 'evry = 7\n[[expect]]\nfigure = "patient.wait"\nlimit = "15 min"\n[staf]\nnurses = 3\n'
    error = refused(text, tmp_path)
    assert [problem.line for problem in error.problems] == [9, 11, 12, 13]


def test_an_empty_file_lacks_all_that_has_no_default(tmp_path: Path) -> None:
    told = str(refused("", tmp_path))
    assert all(f'缺少键 "{key}"' in told for key in ("schema", "site", "load"))


def test_ten_mistakes_are_told_and_the_others_counted(tmp_path: Path) -> None:
    error = refused(BASE + "".join(f"unknown{number} = 1\n" for number in range(14)), tmp_path)
    assert str(error).count("bad.toml:") == 10
    assert str(error).endswith("还有 4 处问题")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('schema = 1\ntitle = "周一"\n'.encode("gb18030"), ["bad.toml:2: ", "GB18030", 'title = "周一"', "UTF-8"]),
        ("schema = 1\n".encode("utf-16"), ["bad.toml:1: ", "UTF-16", "UTF-8"]),
        (b"schema = 1\n\n\xff\xff\xff = 1", ["bad.toml:3: ", "UTF-8"]),
        (b"schema = 1\nx = \x00", ["bad.toml:2: "]),
        (b"x = " + b"[" * 5000, ["bad.toml"]),
        (b"x = " + b"9" * 5000, ["bad.toml"]),
    ],
    ids=["GB18030", "UTF-16", "no text at all", "a zero byte", "brackets without end", "digits without end"],
)
def test_bytes_that_are_not_a_scenario_are_refused_by_line(content: bytes, words: list[str], tmp_path: Path) -> None:
    told = str(refused(content, tmp_path))
    assert all(word in told for word in words), told


def test_a_control_character_in_the_file_does_not_reach_the_console(tmp_path: Path) -> None:
    assert "\x1b" not in str(refused(BASE + '"\\u001b[31m" = 1\n', tmp_path))
