"""Queue logs as they come: encodings, separators, headers, workbooks; every row that cannot be used is counted and named by its line."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from caixue.units import US_PER_DAY
from tests.twin.queue_logs import CHINESE, ENGLISH, FORMS, iso, text, visits, workbook
from twin.csv_rows import ArrivalsError
from twin.fitting.bad_rows import WORDS, Fate, Kind, fate
from twin.fitting.columns import NAMES, overrides
from twin.fitting.people import NONE
from twin.fitting.queue_log import QueueLog, Reading, read_logs
from twin.fitting.times import date_of

PEOPLE = visits()[:200]
HEADER = "到达时间,开始时间,结束时间\n"
GOOD = "2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 07:03:00\n"


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "log.csv"


def read(path: Path, content: str | bytes, **reading) -> QueueLog:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_logs([path], Reading(**reading))


def refused(path: Path, content: str | bytes, **reading) -> str:
    with pytest.raises(ArrivalsError) as caught:
        read(path, content, **reading)
    return str(caught.value)


def the_same(found: QueueLog, expected: QueueLog) -> bool:
    columns = ("arrived_us", "started_us", "service_us")
    return all(np.array_equal(getattr(found.people, name), getattr(expected.people, name)) for name in columns)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> QueueLog:
    return read(tmp_path_factory.mktemp("plain") / "log.csv", text(PEOPLE))


def test_everybody_is_read_once_with_nothing_wrong(plain: QueueLog) -> None:
    assert len(plain.people.line) == plain.rows == len(PEOPLE)
    assert plain.bad.counts() == {}
    expected = [int((one.ended - one.started).total_seconds()) * 1_000_000 for one in PEOPLE]
    assert plain.people.service_us.tolist() == expected
    assert {date_of(int(us)) for us in plain.people.arrived_us} == {one.arrived.date() for one in PEOPLE}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_any_usual_encoding_and_separator_gives_the_same(place: Path, plain: QueueLog, encoding: str, separator: str) -> None:
    found = read(place, text(PEOPLE, separator=separator).encode(encoding))
    assert the_same(found, plain)
    assert found.files[0].separator == separator


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_any_form_of_times_gives_the_same(place: Path, plain: QueueLog, form) -> None:
    assert the_same(read(place, text(PEOPLE, form)), plain)


@pytest.mark.parametrize("form", [None, *FORMS.values()], ids=["dates", *FORMS])
def test_a_workbook_gives_the_same(tmp_path: Path, plain: QueueLog, form) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "log.xlsx"
    workbook(PEOPLE, path, form)
    found = read_logs([path], Reading())
    assert the_same(found, plain)
    assert (found.files[0].encoding, found.people.line[0]) == ("xlsx", 2)


def test_a_sheet_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, path = openpyxl.Workbook(), tmp_path / "log.xlsx"
    book.active.append(["说明"])
    sheet = book.create_sheet("一月")
    sheet.append(["到达时间"])
    sheet.append(["2026-01-05 07:00:00"])
    book.save(path)
    for name in ("一月", "2"):
        assert len(read_logs([path], Reading(sheet=name)).people.line) == 1
    with pytest.raises(ArrivalsError, match="没有工作表 三月"):
        read_logs([path], Reading(sheet="三月"))
    with pytest.raises(ArrivalsError, match="没有到达时间一列"):
        read_logs([path], Reading())


def test_without_openpyxl_the_message_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    path = tmp_path / "log.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ArrivalsError, match=r"caixue\[excel\]"):
        read_logs([path], Reading())


@pytest.mark.parametrize("header", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_columns_are_known_in_both_languages(place: Path, plain: QueueLog, header: tuple[str, ...]) -> None:
    found = read(place, text(PEOPLE, header=header))
    assert the_same(found, plain)
    assert found.files[0].columns == {"ticket": 2, "arrived_at": 3, "service_started_at": 4, "service_ended_at": 5, "position": 6}
    assert found.files[0].dropped_columns == 2


@pytest.mark.parametrize("name", [name for names in NAMES.values() for name in names])
def test_every_name_is_found_with_spaces_capitals_and_brackets(place: Path, name: str) -> None:
    field = next(field for field, names in NAMES.items() if name in names)
    header = f" {name.upper().replace('_', ' ')}（说明） "
    alone = field == "arrived_at"
    found = read(place, f"{header}\n2026-01-05 07:00\n" if alone else f"{header},到达时间\n2026-01-05 07:00,2026-01-05 07:00\n")
    assert found.files[0].columns[field] == 1


def test_a_column_is_named_by_its_header_or_its_number(place: Path) -> None:
    log = "何时来,何时叫,何时走\n2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 07:03:00\n"
    for words in (
        ["arrived_at=何时来", "service_started_at=何时叫", "结束时间=何时走"],
        ["arrived_at=1", "叫号=2", "service_ended_at=3"],
    ):
        found = read(place, log, columns=overrides(words))
        assert found.people.service_us.tolist() == [120_000_000]


def test_a_file_without_a_header_is_read_by_numbers(place: Path) -> None:
    found = read(place, "2026-01-05 07:00:00,王小明\n2026-01-05 07:02:00,李小红\n", columns=overrides(["arrived_at=1"]))
    assert (len(found.people.line), found.rows) == (2, 2)


def test_titles_blank_rows_and_a_line_that_names_the_separator_stand_above_the_header(place: Path) -> None:
    found = read(place, "sep=,\n采血室排队明细,,\n\n导出人：王小明,,\n" + HEADER + GOOD)
    assert found.people.line.tolist() == [6]


def test_the_header_that_comes_again_on_each_page_is_told_and_harmless(place: Path) -> None:
    found = read(place, HEADER + GOOD + HEADER + GOOD.replace("07:00", "07:02").replace("07:01", "07:02"))
    assert (len(found.people.line), found.bad.counts()) == (2, {Kind.HEADER_AGAIN: 1})


def test_a_date_of_its_own_column_belongs_to_the_times(place: Path) -> None:
    found = read(place, "日期,取号时间,开始时间,结束时间\n2026/1/5,7:00,7:01,7:03\n")
    assert date_of(int(found.people.arrived_us[0])) == date(2026, 1, 5)
    assert found.people.service_us.tolist() == [120_000_000]


@pytest.mark.parametrize("name", ["queue-2026-01-05.csv", "20260105.csv", "采血室2026年01月05日.csv"])
def test_times_without_a_date_take_it_from_the_name_of_the_file(tmp_path: Path, name: str) -> None:
    found = read(tmp_path / name, "到达时间\n07:00\n")
    assert found.files[0].day == date_of(int(found.people.arrived_us[0])) == date(2026, 1, 5)


def test_or_from_the_option(place: Path) -> None:
    assert date_of(int(read(place, "到达时间\n07:00\n", day=date(2026, 1, 6)).people.arrived_us[0])) == date(2026, 1, 6)


def test_a_file_that_nobody_dated_is_one_day_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for number, path in enumerate(paths):
        path.write_text(f"到达时间\n07:0{number}\n", encoding="utf-8")
    assert (read_logs(paths, Reading()).people.arrived_us // US_PER_DAY).tolist() == [-1, -2]


def test_some_times_without_a_date_are_bad_rows(place: Path) -> None:
    found = read(place, "到达时间\n2026-01-05 07:00\n07:01\n")
    assert (found.people.line.tolist(), found.bad.counts()) == ([2], {Kind.NO_DATE: 1})


# what is wrong → the row below a good one
ROWS = {
    Kind.NO_ARRIVAL: ",2026-01-05 07:01:00,2026-01-05 07:03:00",
    Kind.ARRIVAL: "王小明,2026-01-05 07:01:00,2026-01-05 07:03:00",
    Kind.ARRIVAL_DATE_ONLY: "2026-01-05,2026-01-05 07:01:00,2026-01-05 07:03:00",
    Kind.TOO_FEW: "2026-01-05 07:00:00,2026-01-05 07:01:00",
    Kind.TOO_MANY: "2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 07:03:00,王小明",
    Kind.QUOTES: '"2026-01-05" 07:00:00,2026-01-05 07:01:00,2026-01-05 07:03:00',
    Kind.HEADER_AGAIN: HEADER.strip(),
    Kind.NO_SERVICE: "2026-01-05 07:00:00,,",
    Kind.NO_START: "2026-01-05 07:00:00,,2026-01-05 07:03:00",
    Kind.NO_END: "2026-01-05 07:00:00,2026-01-05 07:01:00,",
    Kind.SERVICE: "2026-01-05 07:00:00,过号,2026-01-05 07:03:00",
    Kind.START_BEFORE_ARRIVAL: "2026-01-05 07:00:00,2026-01-05 06:59:00,2026-01-05 07:03:00",
    Kind.BACKWARDS: "2026-01-05 07:00:00,2026-01-05 07:03:00,2026-01-05 07:01:00",
    Kind.ZERO: "2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 07:01:00",
    Kind.TOO_LONG: "2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 19:01:00",
}


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.name)
def test_a_row_with_something_wrong_is_named_by_its_line_and_nothing_else_suffers(place: Path, kind: Kind) -> None:
    found = read(place, HEADER + GOOD + ROWS[kind] + "\n" + GOOD.replace("07:00:00", "07:00:30"))
    assert list(found.bad.sorted()) == [(0, 3, kind)]
    arrives = fate(kind) is not Fate.LEFT_OUT
    assert found.people.line.tolist() == ([2, 3, 4] if arrives else [2, 4])
    assert (found.people.service_us != NONE).tolist() == ([True, False, True] if arrives else [True, True])
    assert found.rows == 3


def test_every_kind_has_words_for_people() -> None:
    assert set(WORDS) == set(Kind)


def test_the_same_ticket_at_the_same_time_is_one_person_and_with_a_service_if_any_row_has_one(place: Path) -> None:
    log = "票号,到达时间,开始时间,结束时间\nA1,2026-01-05 07:00,,\nA1,2026-01-05 07:00,2026-01-05 07:05,2026-01-05 07:08\nA2,2026-01-05 07:00,,\n"
    found = read(place, log)
    assert found.people.line.tolist() == [3, 4]
    assert found.bad.counts()[Kind.DUPLICATE] == 1


def test_the_same_ticket_at_two_times_counts_twice_and_is_told(place: Path) -> None:
    found = read(place, "票号,到达时间\nA1,2026-01-05 07:00\nA1,2026-01-05 09:00\nA1,2026-01-06 07:00\n")
    assert (len(found.people.line), found.bad.counts()) == (3, {Kind.TICKET_TWICE: 1})


def test_without_tickets_the_same_service_at_the_same_window_is_one_person(place: Path) -> None:
    row = "2026-01-05 07:00:00,2026-01-05 07:01:00,2026-01-05 07:03:00,"
    found = read(place, "到达时间,开始时间,结束时间,窗口\n" + f"{row}3\n{row}3\n{row}4\n")
    assert (found.people.line.tolist(), list(found.bad.sorted())) == ([2, 4], [(0, 3, Kind.DUPLICATE)])


def test_two_people_of_one_second_are_two_people(place: Path) -> None:
    assert len(read(place, "到达时间\n2026-01-05 07:00:00\n2026-01-05 07:00:00\n").people.line) == 2


def test_two_exports_that_overlap_count_their_people_once(tmp_path: Path, plain: QueueLog) -> None:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path, people in zip(paths, (PEOPLE[:120], PEOPLE[80:]), strict=True):
        path.write_text(text(people), encoding="gb18030")
    found = read_logs(paths, Reading())
    assert (len(found.people.line), found.bad.counts()) == (len(PEOPLE), {Kind.DUPLICATE: 40})


def test_a_copy_of_a_file_is_read_once_and_said(tmp_path: Path) -> None:
    paths = [tmp_path / "one.csv", tmp_path / "one (1).csv"]
    for path in paths:
        path.write_text("到达时间\n2026-01-05 07:00\n", encoding="utf-8")
    found = read_logs(paths, Reading())
    assert (len(found.people.line), found.files[1].repeats) == (1, "one.csv")


@pytest.mark.parametrize(
    ("cell", "urgent"), [("1", True), ("是", True), ("Ｙ", True), ("0", False), ("否", False), ("", False), ("3", True), ("也许", False)]
)
def test_who_goes_first(place: Path, cell: str, urgent: bool) -> None:
    found = read(place, f"到达时间,优先\n2026-01-05 07:00,{cell}\n")
    assert found.people.urgent.tolist() == [urgent]
    assert found.bad.counts() == ({Kind.PRIORITY: 1} if cell == "也许" else {})


def test_a_quote_that_nobody_closed_costs_one_row(place: Path) -> None:
    rows = "".join(GOOD.replace("07:00:00", f"07:00:{second:02d}") for second in range(60))
    found = read(place, HEADER + '"2026-01-05 07:00:00,,\n' + rows)
    assert (len(found.people.line), list(found.bad.sorted())) == (60, [(0, 2, Kind.QUOTES)])


def test_a_line_break_in_a_cell_is_counted(place: Path) -> None:
    found = read(place, '备注,到达时间\n"一\n二",2026-01-05 07:00\n三,2026-01-05 07:01\n')
    assert found.people.line.tolist() == [2, 4]


def test_a_name_cut_off_in_the_middle_of_a_character_harms_nobody(place: Path) -> None:
    rows = "".join(f"王小明,2026-01-05 07:{minute:02d}\n" for minute in range(60))
    content = ("姓名,到达时间\n" + rows).encode("gb18030") + "李".encode("gb18030")[:1] + b",2026-01-05 08:00\n"
    found = read(place, content)
    assert (len(found.people.line), found.files[0].encoding, found.files[0].broken_line) == (61, "gb18030", 62)


# what is wrong with the file → its content, and what the message says
FILES = {
    "nothing in it": (b"", "文件是空的"),
    "a header alone": (HEADER.encode(), "表头下面没有数据"),
    "no column of arrivals": ("姓名,电话\n王小明,139\n".encode(), "--column arrived_at=3"),
    "a column almost of that name": ("姓名,到达时刻\n王小明,07:00\n".encode(), "--column arrived_at=2"),
    "two columns of that name": ("到达时间,到达时间\n07:00,07:01\n".encode(), "--column arrived_at=1"),
    "no row that can be used": ("到达时间\n王小明\n".encode(), "没有一行能用；这一行到达时间读不懂"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "另存为 .xlsx"),
    "a page that is called xls": ("<html><table><tr><td>王小明".encode("gbk"), "网页表格"),
    "no text at all": (bytes(range(256)) * 20, "不是 UTF-8"),
    "a broken workbook": (b"PK\x03\x04" + b"\0" * 100, "不是完好的 Excel 工作簿"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_log_is_refused_with_its_line_and_a_way_out(place: Path, what: str) -> None:
    if "workbook" in what:
        pytest.importorskip("openpyxl")
    content, says = FILES[what]
    message = refused(place, content)
    assert says in message and "log.csv:" in message and "王" not in message


@pytest.mark.parametrize(
    ("words", "says"), [(["arrived_at=没有"], "没有列 没有"), (["arrived_at=1", "service_started_at=1"], "两项指到同一列")]
)
def test_columns_asked_for_wrongly_are_told(place: Path, words: list[str], says: str) -> None:
    assert says in refused(place, "到达,开始时间x,票号\n2026-01-05 07:00,1,2\n", columns=overrides(words))


def test_a_file_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "queue.csv").write_text(iso(PEOPLE[0].arrived), encoding="utf-8")
    with pytest.raises(ArrivalsError, match=r"queue\.csv"):
        read_logs([tmp_path / "queu.csv"], Reading())


def test_cells_of_a_workbook_may_be_numbers_times_of_day_and_dates(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, path = openpyxl.Workbook(), tmp_path / "log.xlsx"
    sheet = book.active
    for row in (
        ["日期", "到达时间", "开始时间", "结束时间"],
        [date(2026, 1, 5), time(7, 0), time(7, 1), time(7, 3)],
        ["2026/1/5", "上午 7:00", 46027.292361111111, "7:03"],
        [46027, 0.29166666666666669, timedelta(hours=7, minutes=1), datetime(2026, 1, 5, 7, 3)],  # noqa: DTZ001
    ):
        sheet.append(row)
    book.save(path)
    found = read_logs([path], Reading())
    assert found.bad.counts() == {}
    assert {date_of(int(us)) for us in found.people.arrived_us} == {date(2026, 1, 5)}
    assert np.round(found.people.service_us / 1e6).tolist() == [120, 120, 120]


def test_a_workbook_of_1904_counts_its_days_from_there(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, path = openpyxl.Workbook(), tmp_path / "log.xlsx"
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for cell in ("到达时间", datetime(2026, 1, 5, 7), 46027 - 1462 + 7 / 24):  # noqa: DTZ001
        book.active.append([cell])
    book.save(path)
    first, second = read_logs([path], Reading()).people.arrived_us.tolist()
    assert first == second and date_of(first) == date(2026, 1, 5)


def test_two_days_of_the_same_content_are_two_days_where_the_names_say_so(tmp_path: Path) -> None:
    paths = [tmp_path / "2026-01-05.csv", tmp_path / "2026-01-06.csv"]
    for path in paths:
        path.write_text("到达时间\n07:00\n", encoding="utf-8")
    found = read_logs(paths, Reading())
    assert len(found.people.line) == 2 and not any(one.repeats for one in found.files)


def test_a_date_in_the_name_is_told_only_where_it_was_needed(tmp_path: Path) -> None:
    assert read(tmp_path / "2026-01-05.csv", HEADER + GOOD).files[0].day is None


def test_progress_tells_the_file_its_rows_and_how_much_of_it_is_read(place: Path) -> None:
    place.write_text("到达时间\n" + "2026-01-05 07:00:00\n" * 40_000, encoding="utf-8")
    told: list[tuple[str, int, float]] = []
    read_logs([place], Reading(), lambda *now: told.append(now))
    assert [name for name, *_ in told] == ["log.csv"] * 3
    assert [rows for _, rows, _ in told] == [16_384, 32_768, 40_000]
    assert told[0][2] < told[1][2] <= 1
