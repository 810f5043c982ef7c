"""The recorded day: every file that Excel or a queueing system writes is read, or refused with its line; names stay outside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caixue.errors import UsageError
from twin.arrivals import ArrivalLog, ArrivalsError, parse_arrivals, read_arrivals

START = datetime.fromisoformat("2026-11-23T07:00:00+08:00")
MINUTE = 60_000_000
HOUR = 60 * MINUTE
HERE = Path("day.csv")
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "recorded_day.csv"

DAY = """\
arrived_at,service_started_at,service_ended_at,position
07:05:30,07:06:00,07:08:00,S2
07:05:00,07:05:00,07:07:10,S1
07:20:00,07:20:00,07:21:00,S10
"""


def read(text: str | bytes, duration_us: int | None = 6 * HOUR, **needs: list[str]) -> ArrivalLog:
    return parse_arrivals(text.encode() if isinstance(text, str) else text, HERE, START, duration_us, **needs)


def refused(text: str | bytes, **needs: list[str]) -> ArrivalsError:
    with pytest.raises(ArrivalsError) as caught:
        read(text, **needs)
    return caught.value


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")


def test_people_are_sorted_by_arrival_with_times_after_the_start() -> None:
    log = read(DAY)
    assert log.arrived_us == (5 * MINUTE, 5 * MINUTE + 30_000_000, 20 * MINUTE)
    assert log.started_us == (5 * MINUTE, 6 * MINUTE, 20 * MINUTE)
    assert log.service_us == (130_000_000, 120_000_000, MINUTE)
    assert (log.position, log.line) == (("S1", "S2", "S10"), (3, 2, 4))
    assert (log.priority, log.orders, log.unrecorded, log.dropped_columns) == (None, None, (), ())


def test_people_of_one_instant_keep_the_order_of_the_file() -> None:
    assert read("arrived_at\n07:10\n07:05\n07:05\n").line == (3, 4, 2)


def test_only_arrivals_are_required() -> None:
    log = read("arrived_at\n07:05\n")
    assert (log.started_us, log.ended_us, log.service_us, log.position) == (None, None, None, None)
    assert log.positions == {}


def test_a_position_is_open_from_its_first_start_to_its_last_end() -> None:
    log = read(DAY + "07:30:00,07:31:00,07:33:00,S1\n")
    assert log.positions == {"S1": (5 * MINUTE, 33 * MINUTE), "S2": (6 * MINUTE, 8 * MINUTE), "S10": (20 * MINUTE, 21 * MINUTE)}
    assert list(log.positions) == ["S1", "S2", "S10"]


@pytest.mark.parametrize(
    ("row", "started_us"),
    [
        ("07:10:00,07:11:00,00:00:00,S1", 11 * MINUTE),
        ("07:10:00,07:11:00,,S1", 11 * MINUTE),
        ("07:10:00,,07:12:00,S1", None),
        ("07:10:00,07:09:00,07:12:00,S1", None),
        ("07:10:00,,,", None),
    ],
    ids=["the end before the start", "no end", "no start", "the start before the arrival", "nothing but the arrival"],
)
def test_a_service_whose_times_cannot_be_is_unrecorded_and_its_line_is_listed(row: str, started_us: int | None) -> None:
    log = read(DAY + row + "\n")
    assert log.service_us is not None and log.started_us is not None
    place = log.line.index(5)
    assert (log.service_us[place], log.started_us[place], log.unrecorded) == (None, started_us, (5,))
    assert log.arrived_us[place] == 10 * MINUTE
    assert log.positions["S1"] == (5 * MINUTE, 7 * MINUTE + 10_000_000)


def test_priorities_and_orders_are_read_and_may_be_empty() -> None:
    log = read("arrived_at,priority,orders\n07:05,1,blood-count;liver\n07:06,,\n07:07,２,coagulation、d-dimer\n")
    assert log.priority == (1, 0, 2)
    assert log.orders == (("blood-count", "liver"), (), ("coagulation", "d-dimer"))


@pytest.mark.parametrize(
    "written",
    [
        "07:05",
        "7:05",
        "07:05:00",
        "07:05:00.0",
        " 07:05:00 ",
        "０７：０５",
        "2026-11-23 07:05",
        "2026-11-23T07:05:00",
        "2026-11-23T07:05:00+08:00",
        "2026-11-23T07:05:00+0800",
        "2026-11-22T23:05:00Z",
        "2026-11-23 00:05:00 +01:00",
        "2026/11/23 7:05",
        "2026/11/23  7:05:00",
        "2026.11.23 7:05",
    ],
)
def test_a_time_may_be_written_like_this(written: str) -> None:
    assert read(f"arrived_at\n{written}\n").arrived_us == (5 * MINUTE,)


def test_parts_of_a_second_are_kept() -> None:
    assert read("arrived_at\n07:00:00.25\n07:00:00.000001\n").arrived_us == (1, 250_000)


def test_a_time_of_day_is_shanghai_time_wherever_the_start_was_written() -> None:
    start = datetime.fromisoformat("2026-11-22T23:00:00+00:00")
    assert parse_arrivals(b"arrived_at\n07:05\n", HERE, start).arrived_us == (5 * MINUTE,)


CHINESE = "姓名,arrived_at,备注\n王小明,07:05,空腹\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_any_usual_encoding_line_end_and_separator_is_read(encoding: str, line_end: str, separator: str) -> None:
    log = read(CHINESE.replace("\n", line_end).replace(",", separator).encode(encoding))
    assert (log.arrived_us, log.line) == ((5 * MINUTE,), (2,))


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\narrived_at;position\n07:05;S1\n",
        '"sep=,"\narrived_at,position\n07:05,S1\n',
        "arrived_at,position\n07:05,S1\n\n\n",
        "arrived_at,position\n07:05,S1\n,\n,\n",
        "\narrived_at,position\n07:05,S1",
        "arrived_at,position,,\n07:05,S1,,\n",
        "arrived_at,position\n07:05,S1,,,\n",
        '"arrived_at","position"\n"07:05","S1"\n',
        "Arrived at, POSITION \n 07:05 , S1 \n",
    ],
    ids=[
        "a line that names the separator",
        "the same in quotes",
        "blank lines at the end",
        "rows of separators at the end",
        "a blank line above",
        "columns without a name",
        "cells beyond the header",
        "everything in quotes",
        "spaces and capitals",
    ],
)
def test_what_excel_adds_does_no_harm(text: str) -> None:
    log = read(text)
    assert (log.arrived_us, log.position) == ((5 * MINUTE,), ("S1",))


def test_a_line_break_in_a_cell_is_counted() -> None:
    log = read('arrived_at,note\n07:05,"one\ntwo"\n07:06,x\n')
    assert log.line == (2, 4)


def test_columns_that_are_not_known_stay_outside_and_are_named() -> None:
    log = read(CHINESE)
    assert log.dropped_columns == ("姓名", "备注")
    assert "王" not in repr(log)


@pytest.mark.parametrize(
    "text",
    [
        "姓名,arrived_at\n王小明,7点05\n",
        "姓名,arrived_at\n王小明,07:05,更多\n",
        "姓名,arrived_at\n王小明\n",
        '姓名,arrived_at\n"王小明,07:05\n',
        "姓名,arrived_at\n王小明,06:05\n",
        "王小明,07:05\n李小红,07:06\n",
    ],
    ids=["a bad time", "a cell too many", "a cell too few", "an open quote", "too early", "no header"],
)
def test_no_message_shows_a_name(text: str) -> None:
    assert not set("王小明李红") & set(str(refused(text)))


# what is wrong → the file, the line, and a part of the suggestion; the line is quoted
BAD = {
    "a header without rows": ("arrived_at,position\n", 1, "每人一行"),
    "no column of arrivals": ("arrive_at,position\n07:05,S1\n", 1, '把 "arrive_at" 改名为 "arrived_at"'),
    "a column of arrivals by another name": ("time,position\n07:05,S1\n", 1, '加上列 "arrived_at"'),
    "a header twice": ("arrived_at,position,Position\n07:05,S1,S1\n", 1, "删去或改名"),
    "an unknown header twice": ("arrived_at,note,note\n07:05,a,b\n", 1, "删去或改名"),
    "a cell too many": ("arrived_at,position\n07:05,S1\n07:06,S1,x\n", 3, "双引号"),
    "a cell too few": ("arrived_at,position\n07:05,S1\n07:06\n", 3, "补上缺的格"),
    "a time in words": ("arrived_at\n07:05\n\nseven\n", 4, "07:05:30"),
    "a time in Chinese": ("arrived_at\n07:05\n7点06分\n", 3, '"07:06"'),
    "a time with dots": ("arrived_at\n7.6.30\n", 2, '"07:06:30"'),
    "a time that no clock shows": ("arrived_at\n07:61\n", 2, "07:05:30"),
    "an hour that no day has": ("arrived_at\n24:00\n", 2, "07:05:30"),
    "a day that no year has": ("arrived_at\n2026-02-30 07:05\n", 2, "2026-11-23 07:05:30"),
    "a date without a time": ("arrived_at\n2026-11-23\n", 2, "2026-11-23 07:05:30"),
    "Excel's number of a time": ("arrived_at\n0.295138889\n", 2, "07:05:00"),
    "Excel's number of a date and time": ("arrived_at\n46349.295138889\n", 2, "07:05:00"),
    "a zone that no country has": ("arrived_at\n2026-11-23T07:05:00+99:99\n", 2, "07:05:30"),
    "no time of arrival": ("arrived_at,position\n07:05,S1\n,S2\n", 3, "07:05:30"),
    "an unreadable end": ("arrived_at,service_started_at,service_ended_at\n07:05,07:06,later\n", 2, "07:05:30"),
    "an arrival before the start": ("arrived_at\n07:05\n06:57:47\n", 3, "start = 2026-11-23T06:57:47+08:00"),
    "an arrival on another day": ("arrived_at\n2026-11-24 07:05\n", 2, "1 d 5 min"),
    "an arrival after the end": ("arrived_at\n07:05\n13:20:30\n", 3, "6 h 21 min"),
    "a priority that is none": ("arrived_at,priority\n07:05,high\n", 2, "0 到 9"),
    "a priority below zero": ("arrived_at,priority\n07:05,-1\n", 2, "0 到 9"),
    "an unknown test": ("arrived_at,orders\n07:05,blood-count;livre\n", 2, '"liver"'),
    "quotes that are not closed": ('arrived_at,position\n07:05,S1\n07:06,"S1\n07:07,S1\n', 3, "成对"),
    "quotes in the middle": ('arrived_at,position\n07:05,"S1"x\n', 2, "成对"),
}


@pytest.mark.parametrize(("text", "line", "suggestion"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_its_line_and_a_way_out(text: str, line: int, suggestion: str) -> None:
    error = refused(text)
    assert len(error.problems) == 1, str(error)
    assert f"day.csv:{line}: " in str(error)
    assert text.split("\n")[line - 1].strip() in str(error)
    assert suggestion in error.problems[0].hint


@pytest.mark.parametrize("text", ["", "\n\n \n", "07:05:00,S1\n07:06:00,S2\n"], ids=["an empty file", "blank lines", "no header"])
def test_a_file_without_a_header_is_told_to_have_one(text: str) -> None:
    error = refused(text)
    assert "day.csv:1: " in str(error)
    assert "arrived_at" in error.problems[0].hint


@pytest.mark.parametrize("text", [text for text, _, _ in BAD.values()], ids=BAD)
def test_the_same_is_told_in_english(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    [problem] = refused(text).problems
    assert problem.what and problem.hint
    assert not any("\u4e00" <= char <= "\u9fff" for char in problem.hint + problem.what.replace("7点06分", ""))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + bytes(200), "另存为"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "另存为"),
        ("arrived_at\n07:05\n".encode("utf-16-le"), "CSV UTF-8"),
        (b"arrived_at\n07:05\n\xff\xff\xff\n", "CSV UTF-8"),
        (b"\xff\xfea", "CSV UTF-8"),
        (b"arrived_at\n" + b"x" * 200_000, "成对"),
        (b'arrived_at\n"' + b"x" * 200_000, "成对"),
    ],
    ids=["xlsx", "xls", "UTF-16 without a mark", "no text", "half of UTF-16", "a very long cell", "a very long cell in quotes"],
)
def test_what_is_no_csv_is_refused_with_the_way_to_make_one(content: bytes, words: str) -> None:
    assert words in str(refused(content))


def test_all_bad_rows_are_told_together() -> None:
    error = refused("arrived_at\n" + "".join(f"x{number}\n" for number in range(15)))
    assert [problem.line for problem in error.problems] == list(range(2, 17))
    assert str(error).endswith("还有 5 处问题")


def test_a_column_that_the_scenario_needs_must_be_there() -> None:
    needs = ["service_started_at", "service_ended_at"]
    assert "service_ended_at" in str(refused("arrived_at,service_started_at\n07:05,07:06\n", needs=needs))
    assert "完整的服务时间" in str(refused("arrived_at,service_started_at,service_ended_at\n07:05,07:06,07:01\n", needs=needs))
    assert read(DAY, needs=needs).service_us


def test_an_arrival_at_the_very_start_or_end_counts() -> None:
    assert read("arrived_at\n07:00:00\n13:00:00\n").arrived_us == (0, 6 * HOUR)
    assert read("arrived_at\n23:59:59\n", duration_us=None).arrived_us[0] > 6 * HOUR


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text(DAY, encoding="utf-8")
    assert len(read_arrivals(tmp_path / "day.csv", START).line) == 3
    for name, words in (("dya.csv", '"day.csv"'), (".", "不是文件"), ("no\0such.csv", "no")):
        with pytest.raises(ArrivalsError, match=words):
            read_arrivals(tmp_path / name, START)


def test_the_recorded_day_is_read_whole() -> None:
    if not RECORDED.is_file():
        pytest.skip("the recorded day is not on this machine")
    log = read_arrivals(RECORDED, datetime.fromisoformat("1999-08-02T06:30:00+08:00"), 18 * HOUR)
    assert (len(log.line), log.unrecorded, len(log.positions)) == (1511, (135,), 19)
    assert log.service_us is not None and log.service_us.count(None) == 1


@settings(max_examples=300)
@given(
    st.binary(max_size=120)
    | st.text(max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(
        st.sampled_from([*DAY.split("\n"), ",", '"', "\r", "\0", "07:05", "sep=;", ";", "\t", "é", "9" * 30, "2026-11-23 07:05"]),
        max_size=8,
    )
    .map("\n".join)
    .flatmap(lambda text: st.sampled_from(["utf-8", "utf-16", "gb18030", "utf-16-le"]).map(text.encode))
)
@example(b"sep=")
@example(b'sep="\n1')
@example(b"arrived_at\n0001-01-01 00:00\n9999-12-31 23:59:59.999999\n")
@example("arrived_at\n٠٧:٠٥\n".encode())
@example("arrived_at,priority\n07:05,²\n".encode())
def test_any_bytes_are_a_recorded_day_or_a_usage_error_that_names_the_file(content: bytes) -> None:
    try:
        assert isinstance(read(content), ArrivalLog)
    except UsageError as error:
        assert "day.csv" in str(error)
