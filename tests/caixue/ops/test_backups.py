"""Backups of a site: made and verified, versioned, due, kept and let go; on a medium that is missing, full, read-only or another one nothing counts."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.backup import disk
from caixue.ops.backup.disk import side_of
from caixue.ops.backup.service import Backups
from caixue.ops.backup.terms import Copy, Retention, drill_due, expiring, kept
from caixue.site import SoftwareSpec
from tests.caixue.ops.backup_bench import DAY_US, ENGINEER, NURSE, Room, content, fill
from tests.caixue.scripted import START

TEMPLATES = "label-templates"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    there = Room(tmp_path).prepared()
    for number, one in enumerate(there.site.software):
        fill(there.folder(one.name), number)
    return there


def made(room: Room, medium: str = "disk-a", software: str = TEMPLATES) -> Copy:
    (event,) = room.backups.make(software, medium, by=ENGINEER)
    return room.backups.copies[event.subject]


def test_a_backup_that_was_restored_and_compared_counts_and_says_what_it_is(room: Room):
    copy = made(room)
    assert (copy.number, copy.version, copy.medium, copy.file) == ("label-templates-0001", "2026.10", "disk-a", "label-templates-0001.zip")
    assert copy.counts and room.journal.events[-1].data["verified"] is True
    assert room.on("disk-a") == ["label-templates-0001.zip", "label-templates-0001.zip.sha256"]
    assert not list((room.base / "scratch").iterdir())


def test_backups_are_numbered_and_the_content_tells_whether_anything_changed(room: Room):
    first, second = made(room), made(room, "disk-b")
    (room.folder(TEMPLATES) / "neu.zpl").write_bytes(b"^XA^XZ")
    third = made(room)
    assert [copy.number[-4:] for copy in (first, second, third)] == ["0001", "0002", "0003"]
    assert first.content == second.content != third.content


def test_services_that_read_the_journal_later_know_the_same(room: Room):
    copy = made(room)
    room.backups.check(copy.number, by=ENGINEER)
    room.backups.drill(copy.number, by=ENGINEER)
    made(room, "disk-b", "driver-service")
    (room.base / "media/b" / "driver-service-0001.zip").write_bytes(b"")
    with pytest.raises(BackupDamaged):
        room.backups.check("driver-service-0001", by=ENGINEER)
    assert room.services()[0].copies == room.backups.copies


def test_what_is_due_is_what_has_no_verified_backup_younger_than_its_term(room: Room):
    assert [(one.software, one.why) for one in room.backups.due()] == [(one.name, "never") for one in room.site.software]
    for one in room.site.software:
        made(room, software=one.name)
    room.backups.drill(f"{TEMPLATES}-0001", by=ENGINEER)
    assert room.backups.due() == []
    room.days(8)
    assert [(one.what, one.software, one.why) for one in room.backups.due()] == [("backup", TEMPLATES, "old")]
    room.days(24)
    assert [(one.what, one.software) for one in room.backups.due()] == [
        *(("backup", one.name) for one in room.site.software),
        ("drill", "collection-system"),
    ]


def test_an_installed_version_without_a_backup_is_due_at_once(room: Room):
    made(room)
    room.recorder.note(
        "patch.installed", "patch-0001", actor=ENGINEER, software=TEMPLATES, version="2026.11", where=["all"], before="2026.10", backup=""
    )
    assert ("backup", TEMPLATES, "version") in [(one.what, one.software, one.why) for one in room.backups.due()]
    assert made(room).version == "2026.11"
    room.recorder.note("patch.rolled-back", "patch-0001", actor=ENGINEER, reason="x", software=TEMPLATES, back_to="2026.10", where=["all"])
    assert made(room).version == "2026.10"


def test_a_backup_that_was_found_damaged_no_longer_counts(room: Room):
    copy = made(room)
    file = room.backups.file(copy)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    for look in (room.backups.check, room.backups.drill):
        with pytest.raises(BackupDamaged):
            look(copy.number, by=ENGINEER)
    with pytest.raises(BackupDamaged):
        room.backups.restore(copy.number, room.base / "live", by=ENGINEER)
    assert not room.backups.copies[copy.number].counts and not (room.base / "live").exists()
    assert (TEMPLATES, "never") in [(one.software, one.why) for one in room.backups.due()]


def test_a_backup_that_somebody_exchanged_with_its_side_file_is_not_the_one_on_record(room: Room):
    first = made(room)
    (room.folder(TEMPLATES) / "neu").write_bytes(b"x")
    second = made(room)
    for old, new in zip(*((room.backups.file(copy), disk.side_of(room.backups.file(copy))) for copy in (first, second)), strict=True):
        old.write_bytes(new.read_bytes().replace(b"0002.zip", b"0001.zip") if old.suffix == ".sha256" else new.read_bytes())
    assert disk.whole(room.backups.file(first)) == second.sha256
    with pytest.raises(BackupDamaged, match="SHA-256"):
        room.backups.check(first.number, by=ENGINEER)


def test_a_drill_says_which_backup_where_to_by_whom_and_how_long(room: Room):
    copy = made(room)
    (event,) = room.backups.drill(copy.number, room.base / "drill", by=ENGINEER)
    assert (event.subject, event.actor, event.data["compared"]) == (copy.number, ENGINEER, True)
    assert event.data["to"] == str(room.base / "drill") and event.data["duration_us"] >= 0
    assert content(room.base / "drill") == content(room.folder(TEMPLATES))
    with pytest.raises(UsageError):
        room.backups.drill(copy.number, room.base / "drill", by=ENGINEER)


def test_restoring_keeps_what_was_there_and_is_on_record(room: Room):
    copy, folder = made(room), room.folder(TEMPLATES)
    before = content(folder)
    fill(folder, 99)
    done, (event,) = room.backups.restore(copy.number, folder, by=ENGINEER, replace=True, reason="模板改坏了")
    assert content(folder) == before and done.kept is not None and content(done.kept) != before
    assert event.data["replaced"] == done.kept.name and event.data["reason"] == "模板改坏了"


@pytest.mark.parametrize("act", ["prepare", "make", "check", "drill", "restore", "prune"])
def test_a_nurse_may_do_none_of_it_and_nothing_is_written(room: Room, act: str):
    number = made(room).number
    before, events = content(room.base), len(room.journal.events)
    acts: dict[str, Any] = {
        "prepare": lambda: room.backups.prepare("disk-a", by=NURSE),
        "make": lambda: room.backups.make(TEMPLATES, "disk-a", by=NURSE),
        "check": lambda: room.backups.check(number, by=NURSE),
        "drill": lambda: room.backups.drill(number, by=NURSE),
        "restore": lambda: room.backups.restore(number, room.base / "x", by=NURSE),
        "prune": lambda: room.backups.prune("disk-a", by=NURSE),
    }
    with pytest.raises(UsageError):
        acts[act]()
    assert content(room.base) == before and len(room.journal.events) == events


# The medium.


def nothing_counts(room: Room, medium: str = "disk-a") -> None:
    assert room.backups.copies == {} and "backup.made" not in room.kinds()
    assert room.kinds()[-1] == "backup.refused"
    assert room.on(medium) == [] if (room.base / "media" / medium[-1]).is_dir() else True
    assert not list((room.base / "scratch").iterdir())


def test_a_medium_that_is_missing_is_no_empty_folder_to_write_to(room: Room):
    (room.base / "media/a").rename(room.base / "media/unplugged")
    with pytest.raises(BackupError, match="disk-a"):
        made(room)
    (room.base / "media/a").mkdir()  # as a mount point is, without its disk
    with pytest.raises(BackupError, match="prepare"):
        made(room)
    nothing_counts(room)


def test_another_disk_in_its_place_is_seen_by_its_marker(room: Room):
    for one, other in (("a", "x"), ("b", "a"), ("x", "b")):
        (room.base / "media" / one).rename(room.base / "media" / other)
    with pytest.raises(BackupError, match="disk-b"):
        made(room)
    with pytest.raises(UsageError, match="disk-b"):
        room.backups.prepare("disk-a", by=ENGINEER)
    nothing_counts(room)


def test_a_medium_of_another_site_or_with_a_marker_that_is_none_is_refused(room: Room):
    marker = room.base / "media/a/caixue-medium.json"
    for text in ('{"schema": 1, "site": "other", "medium": "disk-a"}', "[]", "{", "", "[" * 100_000):
        marker.write_text(text, encoding="utf-8")
        with pytest.raises(BackupError):
            made(room)
    nothing_counts(room)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", range(5))
def test_whichever_call_a_full_or_broken_disk_refuses_nothing_counts_and_nothing_half_written_stays(
    room: Room, monkeypatch: pytest.MonkeyPatch, number: int, call: int
):
    """Syncs are where a disk at last says so."""
    calls = [0]

    def refuse(opened: int, real: Any = os.fsync) -> None:
        calls[0] += 1
        if calls[0] == call + 1:
            raise OSError(number, os.strerror(number))
        real(opened)

    monkeypatch.setattr(disk.os, "fsync", refuse)
    if call == 4:
        made(room)
        assert calls[0] == 4  # that was all
        return
    with pytest.raises(BackupError):
        made(room)
    monkeypatch.undo()
    assert "backup.made" not in room.kinds() and room.kinds()[-1] == "backup.refused"
    assert not list((room.base / "media/a").glob("*.part"))
    assert made(room).counts


FULL = """
import resource, sys
from pathlib import Path
from caixue.errors import BackupError
from tests.caixue.ops.backup_bench import ENGINEER, Room
room = Room(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    room.backups.make("label-templates", "disk-a", by=ENGINEER)
except BackupError as error:
    print("refused", room.kinds(), error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes that the system keeps")
def test_where_the_system_takes_no_more_bytes_nothing_is_left(room: Room):
    (room.folder(TEMPLATES) / "big").write_bytes(os.urandom(200_000))
    words = [sys.executable, "-c", FULL, str(room.base), "100000"]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[3])
    assert done.stdout.startswith("refused ['backup.refused']"), done.stderr
    assert room.on("disk-a") == [] and resource.getrlimit(resource.RLIMIT_FSIZE)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs a Linux and its root")
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_real_disk_that_is_full_or_read_only(room: Room, kind: str):
    place = room.base / "media/a"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        room.backups.prepare("disk-a", by=ENGINEER)
        (room.folder(TEMPLATES) / "big").write_bytes(os.urandom(200_000))
        if kind == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        with pytest.raises(BackupError):
            made(room)
        nothing_counts(room)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_medium_within_the_folder_that_is_backed_up_is_refused(room: Room):
    inside = replace(room.site, media=(replace(room.site.media[0], folder=f"{TEMPLATES}/backup"),))
    (room.folder(TEMPLATES) / "backup").mkdir()
    with pytest.raises(UsageError):
        Backups(room.recorder, inside, room.journal, base=room.base).make(TEMPLATES, "disk-a", by=ENGINEER)


def test_a_folder_without_any_file_gives_no_backup(room: Room):
    (room.base / "empty" / "folder").mkdir(parents=True)
    (spec,) = (one for one in room.site.software if one.name == TEMPLATES)
    site = replace(room.site, software=(replace(spec, folder="empty"),))
    with pytest.raises(UsageError):
        Backups(room.recorder, site, room.journal, base=room.base, scratch=room.base / "scratch").make(TEMPLATES, "disk-a", by=ENGINEER)
    assert "backup.made" not in room.kinds() and room.on("disk-a") == []


@pytest.mark.parametrize("name", ["x" * 150, "标签" * 60], ids=["150 letters", "120 characters"])
def test_backups_of_a_software_with_a_long_name_are_files_of_their_own(room: Room, name: str):
    site = replace(room.site, software=(SoftwareSpec(name, "1", "template", folder=TEMPLATES),))
    book = Backups(room.recorder, site, room.journal, base=room.base, scratch=room.base / "scratch")
    for content_ in ("one", "two"):
        (room.folder(TEMPLATES) / "n").write_text(content_, encoding="utf-8")
        book.make(name, "disk-a", by=ENGINEER)
    assert [book.check(f"{name}-{number:04d}", by=ENGINEER)[0].data["whole"] for number in (1, 2)] == [True, True]


def test_an_older_archive_under_a_newer_name_is_refused_also_when_it_is_restored_by_its_file(room: Room):
    older = room.base / "media/a" / made(room).file
    (room.folder(TEMPLATES) / "neu.zpl").write_bytes(b"^XA^XZ")
    newer = room.base / "media/a" / made(room).file
    newer.write_bytes(older.read_bytes())
    side_of(newer).write_text(side_of(older).read_text(encoding="utf-8").replace(older.name, newer.name), encoding="utf-8", newline="\n")
    with pytest.raises(BackupDamaged):
        room.backups.restore_file(newer, room.base / "out", by=ENGINEER)
    assert not (room.base / "out").exists()
    room.backups.restore_file(older, room.base / "out", by=ENGINEER)
    assert (room.base / "out").exists()


def test_what_lies_on_a_medium_unrecorded_is_never_written_over(room: Room):
    stray = room.base / "media/a/label-templates-0001.zip"
    stray.write_bytes(b"of another record")
    assert made(room).number == "label-templates-0002"
    assert stray.read_bytes() == b"of another record" and room.backups.strays("disk-a") == [stray.name]


def test_ctrl_c_leaves_nothing_half_counted(room: Room):
    def told(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.backups.make(TEMPLATES, "disk-a", by=ENGINEER, told=told)
    assert room.on("disk-a") == [] and "backup.made" not in room.kinds() and not list((room.base / "scratch").iterdir())


@pytest.mark.parametrize("words", [("label-template", "disk-a"), (TEMPLATES, "disk-c"), ("windows-server", "disk-a")])
def test_an_unknown_software_or_medium_is_a_mistake_of_the_caller_and_nothing_is_noted(room: Room, words: tuple[str, str]):
    before = len(room.journal.events)
    with pytest.raises(UsageError):
        room.backups.make(*words, by=ENGINEER)
    assert len(room.journal.events) == before


# What is kept.


def copies(days: list[int], versions: list[str] | None = None) -> list[Copy]:
    """Whole backups of one software made on these days."""
    return [
        Copy(f"x-{n:04d}", "x", versions[n] if versions else "1", "disk-a", f"x-{n:04d}.zip", "", "", 1, 1, day * DAY_US, ENGINEER)
        for n, day in enumerate(days)
    ]


def day_of(at_us: int) -> datetime:
    return START + timedelta(microseconds=at_us)


def test_the_last_ones_and_the_newest_of_months_and_years_are_kept():
    found = kept(copies(list(range(1000))), day_of, Retention(3, 4, 3, 1))
    days = {day_of(int(number[-4:]) * DAY_US).date().isoformat(): why for number, why in found.items()}
    assert days == {
        **dict.fromkeys(("2029-08-18", "2029-08-17", "2029-08-16"), "last"),
        **dict.fromkeys(("2029-07-31", "2029-06-30", "2029-05-31"), "month"),
        **dict.fromkeys(("2028-12-31", "2027-12-31"), "year"),
    }


def test_the_way_back_to_the_version_before_stays():
    found = kept(copies([0, 1, 2, 3], ["1", "2", "2", "2"]), day_of, Retention(1, 0, 0, 2))
    assert found == {"x-0003": "last", "x-0000": "version"}


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.booleans(), st.sampled_from("123")), max_size=30),
    st.builds(Retention, *(st.integers(0, 3) for _ in range(4))),
)
def test_the_newest_whole_backup_is_never_let_go_whatever_the_rule(rows: list[tuple[int, bool, str]], rule: Retention):
    made_ = [
        replace(copy, whole=whole, version=version) for copy, (_, whole, version) in zip(copies([d for d, _, _ in rows]), rows, strict=True)
    ]
    gone = expiring(made_, day_of, rule)
    whole = [copy for copy in made_ if copy.counts]
    assert not whole or max(whole, key=lambda copy: (copy.made_us, copy.number)) not in gone
    left = [copy for copy in made_ if copy not in gone]
    assert expiring(left, day_of, rule) == []  # doing it twice is doing it once


def pruned(room: Room, number: int) -> list[str]:
    for _ in range(number):
        made(room)
        room.days(1)
    room.backups.retention = Retention(2, 0, 0, 0)
    return [copy.number for copy in room.backups.expiring("disk-a")]


def test_pruning_deletes_what_no_rule_keeps_and_says_so(room: Room):
    gone = pruned(room, 5)
    assert [event.subject for event in room.backups.prune("disk-a", by=ENGINEER)] == gone == [f"{TEMPLATES}-000{n}" for n in (1, 2, 3)]
    assert len(room.on("disk-a")) == 4
    assert room.backups.prune("disk-a", by=ENGINEER) == []
    with pytest.raises(UsageError):
        room.backups.check(gone[0], by=ENGINEER)


def test_where_the_newest_one_is_damaged_none_is_let_go(room: Room):
    pruned(room, 4)
    newest = room.base / "media/a" / f"{TEMPLATES}-0004.zip"
    newest.write_bytes(newest.read_bytes()[:-1])
    before = room.on("disk-a")
    with pytest.raises(BackupDamaged):
        room.backups.prune("disk-a", by=ENGINEER)
    assert room.on("disk-a") == before and "backup.expired" not in room.kinds()
    assert [event.subject for event in room.backups.prune("disk-a", by=ENGINEER)] == [f"{TEMPLATES}-0001"]  # of the three whole ones


def test_a_pruning_that_was_broken_off_after_the_deletion_is_ended_by_the_next(room: Room):
    gone = pruned(room, 3)
    for end in (".zip", ".zip.sha256"):
        (room.base / "media/a" / f"{gone[0]}{end}").unlink()
    assert [event.subject for event in room.backups.prune("disk-a", by=ENGINEER)] == gone


def test_parts_of_broken_off_backups_are_removed_once_they_are_a_day_old(room: Room):
    old, young = (room.base / "media/a" / f"{TEMPLATES}.{n}.part" for n in (1, 2))
    for file, days in ((old, 2), (young, 0)):
        file.write_bytes(b"half")
        os.utime(file, (START.timestamp() - days * 86_400,) * 2)
    theirs = room.base / "media/a/film.part"
    theirs.write_bytes(b"of somebody else")
    os.utime(theirs, (START.timestamp() - 9 * 86_400,) * 2)
    room.backups.prune("disk-a", by=ENGINEER)
    assert not old.exists() and young.exists() and theirs.exists()


def test_a_drill_is_due_monthly_for_the_software_whose_last_one_is_longest_ago():
    rows = [replace(copy, software=name) for copy, name in zip(copies([0, 0, 0]), "abc", strict=True)]
    assert drill_due([], 0) is None
    due = drill_due(rows, DAY_US)
    assert due is not None and (due.software, due.why) == ("a", "never")
    rows[0] = replace(rows[0], drilled_us=DAY_US)
    assert drill_due(rows, 31 * DAY_US) is None
    due = drill_due(rows, 33 * DAY_US)
    assert due is not None and (due.software, due.why) == ("b", "old")


def test_on_a_plain_journal_an_operation_is_an_act_of_its_own(room: Room):
    assert isinstance(room.recorder, Recorder) and isinstance(room.journal, MemoryJournal)
    assert made(room).number != made(room).number
