"""Site files: the built-in ones say what the room is, and every mistake in one's own is named with its place."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.site import BUILT_IN, Site, load_site
from caixue.tubes import TUBE_KINDS
from caixue.units import duration_us

pytestmark = pytest.mark.usefixtures("english")

KINDS = ("collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner")


@pytest.fixture(scope="module")
def room() -> Site:
    return load_site("eight-window")


def write(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text('schema = 1\nextends = "eight-window"\n' + text, encoding="utf-8")
    return path


def test_the_built_in_room_has_eight_windows_with_five_devices_each(room: Site) -> None:
    assert [window.name for window in room.windows] == [f"window-{number}" for number in range(1, 9)]
    assert [window.index for window in room.windows] == list(range(8))
    assert all(window.devices == tuple(f"{window.name}.{kind}" for kind in KINDS) for window in room.windows)


def test_every_device_of_the_built_in_room_is_reached_in_the_twin_under_its_own_name(room: Site) -> None:
    assert all(device.url == f"twin://{name}" and device.name == name for name, device in room.devices.items())


def test_hosts_and_dispensers_speak_modbus_rtu_as_unit_1_belt_and_sorter_modbus_tcp_and_nothing_else_does(room: Site) -> None:
    modbus = {device.kind for device in room.devices.values() if device.framing == "rtu" and device.unit == 1}
    assert modbus == {"collection-host", "tube-dispenser"}
    over_tcp = {device.kind for device in room.devices.values() if device.framing == "mbap"}
    assert over_tcp == {"conveyor", "sorter"}
    assert {device.kind for device in room.devices.values() if not device.framing} == set(KINDS) - modbus - over_tcp


def test_the_manual_station_has_a_label_printer_and_a_scanner(room: Site) -> None:
    assert room.manual_station.devices == ("manual-1.label-printer", "manual-1.barcode-scanner")
    assert room.devices["manual-1.label-printer"].window == "manual-1"


def test_one_engineer_is_resident_and_every_window_has_a_nurse(room: Site) -> None:
    roles = [person.role for person in room.people]
    assert (roles.count("engineer"), roles.count("nurse")) == (1, 8)


def test_the_tubes_that_patients_need_are_in_a_lane_and_in_the_store(room: Site) -> None:
    store = {item.item for item in room.stock}
    for kind in TUBE_KINDS:
        assert room.tubes.lanes_of(kind)
        assert room.tubes.mix[kind] > 0
        assert kind in store


def test_nothing_in_the_store_starts_below_its_minimum(room: Site) -> None:
    assert all(item.on_hand >= item.minimum and item.unit_cost_fen > 0 for item in room.stock)


def test_the_readings_are_sentences_for_every_report(room: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    sentences = " / ".join(room.readings.sentences())
    for words in ("end of next working day", "10 min", "first of reported and detected", "access-refused", "within 5 min"):
        assert words in sentences
    assert room.readings.immediate_response_us == duration_us("5 min")


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 11, 23), ["07:00-12:00", "13:30-17:00"]),
        (date(2026, 11, 22), ["07:30-11:30"]),
        (date(2026, 10, 1), ["07:30-11:30"]),
        (date(2026, 2, 14), ["07:00-12:00", "13:30-17:00"]),
    ],
    ids=["Monday", "Sunday", "National Day", "make-up Saturday"],
)
def test_opening_hours_follow_the_calendar(room: Site, day: date, hours: list[str]) -> None:
    assert [str(span) for span in room.opening_on(day)] == hours


def test_bare_windows_are_the_same_room_without_devices(room: Site) -> None:
    bare = load_site("bare-windows")
    assert (len(bare.windows), bare.devices, bare.manual_station.devices) == (8, {}, ())
    assert (bare.opening, bare.calendar, bare.readings) == (room.opening, room.calendar, room.readings)


def test_bare_windows_can_be_any_number_or_have_any_names() -> None:
    bare = load_site("bare-windows")
    assert [window.name for window in bare.with_windows(10).windows][-1] == "window-10"
    assert [(window.name, window.index) for window in bare.with_windows(["7", "采血3"]).windows] == [("7", 0), ("采血3", 1)]


def test_fewer_windows_leave_only_their_devices_and_the_shared_ones(room: Site) -> None:
    small = room.with_windows(["window-3"])
    assert {device.window for device in small.devices.values()} == {"window-3", "manual-1", ""}
    assert {name for name, device in small.devices.items() if not device.window} >= {"conveyor-1", "sorter-1"}


@pytest.mark.parametrize("windows", [0, [], 9, ["window-9"], ["window-1", "window-1"]])
def test_windows_that_cannot_be_are_refused(room: Site, windows: int | list[str]) -> None:
    with pytest.raises(UsageError):
        room.with_windows(windows)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_site_can_be_sent_to_another_process(name: str) -> None:
    site = load_site(name)
    assert pickle.loads(pickle.dumps(site)) == site


def test_a_device_row_of_ones_own_replaces_the_link_of_one_device(tmp_path: Path) -> None:
    rows = '[[device]]\nname = "window-3.label-printer"\nkind = "label-printer"\nurl = "COM3"\nbaudrate = 19200\noptions = { encoding = "gb18030" }\n'
    site = load_site(write(tmp_path, rows))
    device = site.devices["window-3.label-printer"]
    assert (device.url, device.baudrate, device.window, device.options) == ("COM3", 19200, "window-3", {"encoding": "gb18030"})
    assert site.devices["window-4.label-printer"].url == "twin://window-4.label-printer"


def test_two_modbus_units_may_share_a_line(tmp_path: Path) -> None:
    row = '[[device]]\nname = "belt-{0}"\nkind = "conveyor"\nurl = "COM3"\nframing = "rtu"\nunit = {0}\n'
    site = load_site(write(tmp_path, row.format(1) + row.format(2)))
    assert (site.devices["belt-1"].unit, site.devices["belt-2"].unit, site.devices["belt-2"].window) == (1, 2, "")


def test_a_site_may_extend_a_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, 'place = "三楼"\n[labels]\ndpi = 300\n')
    (tmp_path / "small.toml").write_text('schema = 1\nextends = "site.toml"\nname = "small"\n', encoding="utf-8-sig")
    site = load_site(str(tmp_path / "small.toml"))
    assert (site.name, site.place, site.labels.dpi, site.labels.feed_mm) == ("small", "三楼", 300, 33)


def test_a_sites_own_calendar_decides_its_days(tmp_path: Path) -> None:
    (tmp_path / "calendar.toml").write_text(
        'schema = 1\n[[year]]\nyear = 2026\ncomplete = false\nsource = "hospital notice"\n'
        'holidays = [{ name = "院庆", first = 2026-11-23, last = 2026-11-23 }]\n',
        encoding="utf-8",
    )
    site = load_site(write(tmp_path, '[calendar]\noverrides = ["calendar.toml"]\n'))
    assert [str(span) for span in site.opening_on(date(2026, 11, 23))] == ["07:30-11:30"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[labels]\ndpy = 300\n", 4, ["labels.dpy", "unknown key", "'dpi'", "dpy = 300"]),
        ("opning = 1\n", 3, ["opning", "'opening'"]),
        ("[labels]\nfeed_mm = -3\n", 4, ["labels.feed_mm", "greater than 0"]),
        ("[walking]\napproach = 37\n", 4, ["walking.approach", 'write "37 s"']),
        ('[readings]\nworking_day = "8 working hour"\n', 4, ["readings.working_day", "'8 working hours'"]),
        ('[opening]\nworkday = ["12:00-07:00"]\n', 4, ["opening.workday.1", "12:00-07:00"]),
        ('[opening]\nworkday = ["07:00-12:00", "11:00-13:00"]\n', 4, ["opening.workday", "follow one another"]),
        ("[tubes.mix]\nserum-yelow = 0.1\n", 4, ["tubes.mix.serum-yelow", "'serum-yellow'"]),
        ("[tubes.mix]\nserum-yellow = 0.5\n", 3, ["tubes.mix", "1.12, not 1"]),
        ('[tubes]\nlanes = ["edta-purpel"]\n', 4, ["tubes.lanes.1", "'edta-purple'"]),
        ('[[window]]\nname = "w"\ndevices = ["label-prnter"]\n', 5, ["window.1.devices.1", "'label-printer'"]),
        ('[[window]]\nname = "w"\n[[window]]\nname = "w"\n', 5, ["window.2", "used twice"]),
        ('[[person]]\nname = "a"\nrole = "nures"\n', 5, ["person.1.role", "'nurse'"]),
        ('[[person]]\nname = "a"\n', 3, ["person.1.role", "missing"]),
        ('[[stock]]\nitem = "a"\non_hand = true\nminimum = 1\nunit = "piece"\nunit_cost = "1 yuan"\n', 5, ["stock.1.on_hand"]),
        ('[[device]]\nname = "belt"\nkind = "conveyor"\nurl = "x"\nunit = 248\n', 7, ["device.1.unit", "247"]),
        ('[[device]]\nname = "belt"\nkind = "conveyor"\nurl = "x"\nframing = "rtuu"\n', 7, ["device.1.framing", "'rtu'"]),
        ('[[device]]\nname = "belt"\nkind = "conveyor"\nurl = "twin://window-1.label-printer"\n', 3, ["same url"]),
        ("labels = 3\n", 3, ["labels", "write a table"]),
        ("name = \n", 3, ["not TOML"]),
    ],
)
def test_a_mistake_is_named_with_file_line_key_and_a_near_word(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_site(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_all_mistakes_of_a_file_are_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_site(write(tmp_path, "[labels]\ndpy = 300\n[walking]\napproach = 37\n"))
    assert "site.toml:4: labels.dpy" in str(caught.value)
    assert "site.toml:6: walking.approach" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"name = '\xb2\xc9\xd1\xaa'\n", b"\x00", b"[" * 2000, b'extends = "site.toml"\n', b"extends = 3\n", b"calendar = 3\n", b""]
)
def test_a_file_that_is_no_site_is_a_usage_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"site\.toml"):
        load_site(path)


@pytest.mark.parametrize("name", ["", "nowhere.toml", "a\0b.toml"])
def test_a_site_that_does_not_exist_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError):
        load_site(name)


def test_a_misspelt_site_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'eight-window'"):
        load_site("eight-windows")
