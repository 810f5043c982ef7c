"""An archive gives back what was put in, or refuses: every damaged byte, every path that leaves the folder, every source that moves."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.ops.backup import archive, restoring, taking
from caixue.ops.backup.archive import BELOW, MANIFEST, About, Manifest, SourceChanged, unpack, write
from caixue.ops.backup.disk import settle, sha256_of, side_of
from caixue.ops.backup.names import unfit
from caixue.ops.backup.restoring import restore
from caixue.ops.backup.survey import survey
from caixue.ops.backup.taking import take
from tests.caixue.ops.backup_bench import MEMORY, content, fill
from tests.caixue.scripted import START

ABOUT = About("room", "label-templates", "2026.10", START.isoformat())
NOW = START.astimezone(SHANGHAI)
ROUNDS = 1000


def backup(source: Path, file: Path, **options: object) -> Path:
    """A verified backup of `source` under its own name."""
    taken = take(source, file.with_name("x.part"), ABOUT, **options)  # type: ignore[arg-type]
    settle(taken.part, file, taken.sha256)
    return file


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that needs no real disk: the rounds are many."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    fill(tmp_path / "source", 1)
    return tmp_path / "source"


def test_what_is_restored_is_what_was_there_names_bytes_modes_and_times(source: Path, tmp_path: Path):
    os.chmod(source / "空的", 0o755)
    first = next(path for path in source.rglob("*") if path.is_file())
    os.chmod(first, 0o640)
    restore(backup(source, tmp_path / "a.zip"), tmp_path / "back", NOW)
    assert content(tmp_path / "back") == content(source)
    before, after = survey(source), survey(tmp_path / "back")
    assert [(one.path, one.size, one.mode, one.mtime_ns // 1000) for one in after.files] == [
        (one.path, one.size, one.mode, one.mtime_ns // 1000) for one in before.files
    ]


def test_the_same_folder_gives_the_same_bytes(source: Path, tmp_path: Path):
    first, second = backup(source, tmp_path / "a.zip"), backup(source, tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()


def test_any_windows_or_linux_can_open_it_without_this_program(source: Path, tmp_path: Path):
    file = backup(source, tmp_path / "a.zip")
    with zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        held = {name.removeprefix(BELOW): zipped.read(name) for name in zipped.namelist() if name != MANIFEST}
    assert held == {path: data for path, data in content(source).items() if data is not None}
    assert side_of(file).read_text(encoding="ascii") == f"{sha256_of(file)}  a.zip\n"  # as `sha256sum -c` reads it


def test_of_1000_backups_with_one_damaged_byte_none_is_restored(memory: Path):
    """Each round backs up a folder, damages one byte of the archive or of its side file, and tries to restore it."""
    chance, source = Random(1), memory / "source"
    source.mkdir()
    for number in range(ROUNDS):
        (source / f"模板-{number % 3}.zpl").write_bytes(chance.randbytes(chance.randrange(200)))
        taken = take(source, memory / "x.part", ABOUT, scratch=memory)
        file = memory / f"a-{number}.zip"
        settle(taken.part, file, taken.sha256)
        damage(file, chance)
        with pytest.raises(BackupDamaged):
            restore(file, memory / "back", NOW)
        assert not (memory / "back").exists(), number


def damage(file: Path, chance: Random) -> None:
    """Change one byte of an archive or of its side file."""
    at = chance.randrange(file.stat().st_size + side_of(file).stat().st_size)
    victim, at = (file, at) if at < file.stat().st_size else (side_of(file), at - file.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[at] ^= chance.randrange(1, 256)
    victim.write_bytes(data)


def test_without_the_side_file_no_archive_is_believed_whichever_byte_of_it_is_damaged(tmp_path: Path):
    """Whoever takes the digest anew after a damage still gets the same files or a refusal, never others."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.zpl").write_bytes(b"^XA^XZ" * 3)
    taken = take(tmp_path / "source", tmp_path / "x.part", ABOUT)
    whole = taken.part.read_bytes()
    for at in range(len(whole)):
        damaged = tmp_path / "d.zip"
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            unpack(damaged, tmp_path / "out")
        except BackupDamaged:
            assert not (tmp_path / "out").exists()
            continue
        assert content(tmp_path / "out") == content(tmp_path / "source"), at
        (tmp_path / "out" / "a.zpl").unlink()
        (tmp_path / "out").rmdir()


def test_a_cut_or_lengthened_archive_is_refused(source: Path, tmp_path: Path):
    file = backup(source, tmp_path / "a.zip")
    whole = file.read_bytes()
    for data in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"\0"):
        file.write_bytes(data)
        with pytest.raises(BackupDamaged):
            restore(file, tmp_path / "back", NOW)


UNFIT = (
    *("../x", "a/../../x", "/etc/x", "C:/x", "c:x", "a\\..\\x", "", "a//b", "./a", "a/", "nul", "NUL.txt", "com1", "lpt9.x.y", "CONIN$"),
    *("a.", "a ", "a/b. /c", "a\0b", "a\nb", "a*", "con .txt", "x" * 256, "a/" * 2500 + "b", "\ud800"),
)
FIT = ("a", "模板/标签.zpl", ".hidden", "a..b", "com", "com10", "nul1", "..a", "a b", "-x", "~", "'; DROP TABLE x", "é")


@pytest.mark.parametrize("path", UNFIT, ids=ascii)
def test_a_path_that_leaves_the_folder_or_is_none_on_windows_is_unfit(path: str):
    assert unfit(path)


@pytest.mark.parametrize("path", FIT, ids=ascii)
def test_an_ordinary_path_is_fit(path: str):
    assert not unfit(path)


def forged(file: Path, names: list[str], *, said: list[str] | None = None, folders: tuple[str, ...] = ()) -> Path:
    """An archive of somebody who knows the format: whole by its digests, with these members and this manifest."""
    data = b"evil"
    rows = [
        {"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "mode": 420, "mtime_us": 0}
        for name in (names if said is None else said)
    ]
    about = {"site": "room", "software": "x", "version": "1", "made": "now"}
    with zipfile.ZipFile(file, "w") as zipped:
        for name in names:
            zipped.writestr(f"{BELOW}{name}", data)
        zipped.writestr(MANIFEST, json.dumps({"about": about, "folders": folders, "files": rows}))
    side_of(file).write_text(f"{sha256_of(file)}  {file.name}\n", encoding="ascii")
    return file


def test_a_forged_archive_with_honest_names_would_be_restored(tmp_path: Path):
    """So that what follows is refused for its names and for nothing else."""
    restore(forged(tmp_path / "f.zip", ["a/b"]), tmp_path / "back", NOW)
    assert content(tmp_path / "back") == {"a": None, "a/b": b"evil"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "said", "folders"),
    [
        (["../evil"], None, ()),
        (["a", "../../evil"], None, ()),
        (["/tmp-evil"], None, ()),
        (["con"], None, ()),
        (["A", "a"], None, ()),
        (["a", "a"], None, ()),
        (["a", "b"], ["a"], ()),
        (["a"], ["a", "b"], ()),
        (["a"], None, ("../out",)),
        (["a"], None, ("a",)),
        (["a", "a/b"], None, ()),
    ],
    ids=[
        "up",
        "far up",
        "absolute",
        "device",
        "capitals",
        "twice",
        "unlisted",
        "missing",
        "folder up",
        "folder and file",
        "file as folder",
    ],
)
def test_a_forged_archive_writes_nothing(tmp_path: Path, names: list[str], said: list[str] | None, folders: tuple[str, ...]):
    place = tmp_path / "deep" / "deeper"
    place.mkdir(parents=True)
    with pytest.raises(BackupError):
        restore(forged(tmp_path / "f.zip", names, said=said, folders=folders), place / "back", NOW)
    assert content(tmp_path / "deep") == {"deeper": None}


def test_a_manifest_that_promises_more_than_the_disk_holds_is_refused_before_anything_is_written(tmp_path: Path):
    file = forged(tmp_path / "f.zip", [])
    row = {"path": "a", "size": 10**18, "sha256": "0" * 64, "mode": 420, "mtime_us": 0}
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr(
            MANIFEST, json.dumps({"about": {"site": "r", "software": "x", "version": "1", "made": ""}, "folders": [], "files": [row]})
        )
    side_of(file).write_text(f"{sha256_of(file)}  {file.name}\n", encoding="ascii")
    with pytest.raises(BackupError):
        restore(file, tmp_path / "back", NOW)


def test_a_manifest_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = forged(tmp_path / "f.zip", ["a"])
    monkeypatch.setattr(archive, "LONGEST_MANIFEST", 100)
    with pytest.raises(BackupDamaged):
        restore(file, tmp_path / "back", NOW)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
@pytest.mark.parametrize("target", ["/etc/hostname", "文件-0.dat", "nowhere", ".."])
def test_a_link_is_refused_and_named(source: Path, tmp_path: Path, target: str):
    (source / "link").symlink_to(target)
    with pytest.raises(UsageError, match="link"):
        backup(source, tmp_path / "a.zip")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files in folders")
def test_a_pipe_is_refused_and_not_waited_for(source: Path, tmp_path: Path):
    os.mkfifo(source / "pipe")
    with pytest.raises(UsageError, match="pipe"):
        backup(source, tmp_path / "a.zip")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file systems that do not tell capital letters apart")
def test_two_names_that_are_one_on_windows_are_refused(source: Path, tmp_path: Path):
    (source / "A.zpl").write_bytes(b"1")
    (source / "a.zpl").write_bytes(b"2")
    with pytest.raises(UsageError, match=r"a\.zpl"):
        backup(source, tmp_path / "a.zip")


def moving(monkeypatch: pytest.MonkeyPatch, change: object, times: int) -> None:
    """Let `change` happen after the source was read, so many times."""
    left = [times]

    def write_and_change(*given: object, **named: object) -> object:
        manifest = write(*given, **named)  # type: ignore[arg-type]
        if left[0] > 0:
            left[0] -= 1
            change()  # type: ignore[operator]
        return manifest

    monkeypatch.setattr(taking, "write", write_and_change)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_source_file_that_nobody_may_read_is_named(source: Path, tmp_path: Path):
    (source / "secret").write_bytes(b"x")
    os.chmod(source / "secret", 0)
    with pytest.raises(BackupError, match="secret"):
        backup(source, tmp_path / "a.zip")


def test_a_restoring_whose_last_rename_is_refused_leaves_the_folder_as_it_was(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file, target = backup(source, tmp_path / "a.zip"), tmp_path / "live"
    target.mkdir()
    (target / "own.txt").write_bytes(b"my own")

    def refuse(one: Path, other: Path, real: Callable[..., None] = os.rename) -> None:
        if ".restoring-" in one.name:
            raise PermissionError(13, "in use")
        real(one, other)

    monkeypatch.setattr(restoring.os, "rename", refuse)
    with pytest.raises(BackupError):
        restore(file, target, NOW, replace=True)
    assert content(target) == {"own.txt": b"my own"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "a.zip.sha256", "live", "source"]


@pytest.mark.parametrize("what", ["grows", "appears", "goes", "same size"])
def test_a_source_that_changes_meanwhile_is_taken_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str):
    file = source / "settings.ini"
    file.write_bytes(b"speed=100")
    change = {
        "grows": lambda: file.write_bytes(file.read_bytes() + b"0"),
        "appears": lambda: (source / f"new-{len(list(source.iterdir()))}").write_bytes(b"x"),
        "goes": lambda: file.unlink(missing_ok=True),
        "same size": lambda: file.write_bytes(b"speed=200"),
    }[what]
    moving(monkeypatch, change, 1)
    restore(backup(source, tmp_path / "a.zip"), tmp_path / "back", NOW)
    assert content(tmp_path / "back") == content(source)


def test_a_source_that_never_holds_still_gives_no_backup(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = source / "log.txt"
    file.write_bytes(b"")
    moving(monkeypatch, lambda: file.write_bytes(file.read_bytes() + b"more"), 99)
    with pytest.raises(SourceChanged):
        backup(source, tmp_path / "a.zip")
    assert not list(tmp_path.glob("*.zip*")) and not list(tmp_path.glob("*.part"))


def test_bytes_that_change_while_the_system_tells_the_same_of_the_file_are_seen_by_the_comparison(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = source / "settings.ini"
    file.write_bytes(b"speed=100")
    moving(monkeypatch, lambda: file.write_bytes(bytes(reversed(file.read_bytes()))), 99)
    still = survey(source)
    monkeypatch.setattr(taking, "survey", lambda folder: still if folder == source else survey(folder))
    with pytest.raises(SourceChanged):
        backup(source, tmp_path / "a.zip")


def test_an_archive_that_does_not_give_back_what_was_read_is_no_backup(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def write_worse(file: Path, *given: object) -> object:
        manifest = write(file, *given)  # type: ignore[arg-type]
        data = bytearray(file.read_bytes())
        data[len(data) // 3] ^= 1
        file.write_bytes(data)
        return manifest

    monkeypatch.setattr(taking, "write", write_worse)
    with pytest.raises(BackupError):
        backup(source, tmp_path / "a.zip")


def test_a_folder_that_holds_something_is_replaced_only_when_told_and_kept(source: Path, tmp_path: Path):
    file, target = backup(source, tmp_path / "a.zip"), tmp_path / "live"
    target.mkdir()
    restore(file, target, NOW)  # empty: nothing is lost
    (target / "own.txt").write_bytes(b"my own")
    with pytest.raises(UsageError, match="force-replace"):
        restore(file, target, NOW)
    assert (target / "own.txt").read_bytes() == b"my own"
    kept = [restore(file, target, NOW, replace=True).kept for _ in range(2)]
    assert content(target) == content(source)
    assert kept[0] is not None and (kept[0] / "own.txt").read_bytes() == b"my own"
    assert kept[1] is not None and kept[0] != kept[1]


def test_who_restores_another_backup_to_the_same_place_meanwhile_leaves_no_half_of_it_there(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file, target = backup(source, tmp_path / "a.zip"), tmp_path / "live"
    other = tmp_path / "other"
    fill(other, 2)
    second, real = backup(other, tmp_path / "b.zip"), restoring.compare

    def meanwhile(fresh: Path, manifest: Manifest) -> None:
        """The first is compared; the second, in another process, begins, and is killed half-way."""
        real(fresh, manifest)
        with monkeypatch.context() as patch:
            patch.setattr(restoring.os, "getpid", lambda: 1)
            patch.setattr(restoring.shutil, "rmtree", lambda path, ignore_errors=False: ignore_errors or real_rmtree(path))
            patch.setattr(restoring, "compare", killed)
            with pytest.raises(KeyboardInterrupt):
                restore(second, target, NOW)

    def killed(fresh: Path, manifest: Manifest) -> None:
        raise KeyboardInterrupt

    real_rmtree = restoring.shutil.rmtree
    monkeypatch.setattr(restoring, "compare", meanwhile)
    restore(file, target, NOW)
    assert content(target) == content(source)


def test_what_others_keep_beside_the_folder_under_a_like_name_stays(source: Path, tmp_path: Path):
    file, theirs = backup(source, tmp_path / "a.zip"), tmp_path / "live.restoring"
    theirs.mkdir()
    (theirs / "own.txt").write_bytes(b"my own")
    restore(file, tmp_path / "live", NOW)
    assert (theirs / "own.txt").read_bytes() == b"my own"


def test_the_root_of_a_disk_or_a_folder_that_holds_the_backup_is_no_place_to_restore_to(source: Path, tmp_path: Path):
    file = backup(source, tmp_path / "a.zip")
    for place in (Path(tmp_path.anchor), tmp_path, tmp_path / "source" / ".."):
        with pytest.raises(UsageError):
            restore(file, place, NOW, replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "a.zip.sha256", "source"]


def test_a_file_in_the_place_of_the_folder_is_kept_too(source: Path, tmp_path: Path):
    file, target = backup(source, tmp_path / "a.zip"), tmp_path / "live"
    target.write_bytes(b"a file")
    kept = restore(file, target, NOW, replace=True).kept
    assert kept is not None and kept.read_bytes() == b"a file"


def test_a_file_by_that_name_that_is_no_archive_is_refused(tmp_path: Path):
    file = tmp_path / "a.zip"
    with pytest.raises(UsageError):
        restore(file, tmp_path / "back", NOW)
    for data in (b"", b"PK", b"\0" * 5000):
        file.write_bytes(data)
        side_of(file).write_text(f"{sha256_of(file)}  a.zip\n", encoding="ascii")
        with pytest.raises(BackupDamaged):
            restore(file, tmp_path / "back", NOW)
