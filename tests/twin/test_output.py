"""A run's files: whole or not at all, and never in place of good ones unless they are good themselves."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from caixue.errors import UsageError
from twin import output
from twin.experiment import Result, run
from twin.scenario import parse_scenario

TINY = b"""
schema = 1
title = "<b>[red]\xe9\x87\x87\xe8\xa1\x80 & \\u001b[31m"
site = "bare-windows"
duration = "5 min"
[load]
rates_per_h = [60]
"""


@pytest.fixture(scope="module")
def result() -> Result:
    return run(parse_scenario(TINY, Path("tiny.toml")))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on the disk is full when a file of that name is to be written."""
    write = output._write

    def refuse(path: Path, content: bytes) -> None:
        if name in path.name:
            path.write_bytes(content[:10])
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(output, "_write", refuse)


def test_a_run_leaves_exactly_its_four_files(result: Result, tmp_path: Path) -> None:
    files = output.write_run(result, tmp_path / "new" / "folder")
    assert [path.name for path in files] == list(output.FILES)
    assert names(tmp_path / "new" / "folder") == sorted(output.FILES)


def test_result_json_holds_the_results_data(result: Result, tmp_path: Path) -> None:
    output.write_run(result, tmp_path)
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == result.data


def test_events_jsonl_has_one_event_a_line(result: Result, tmp_path: Path) -> None:
    output.write_run(result, tmp_path)
    text = (tmp_path / "events.jsonl").read_bytes().decode("utf-8")
    assert text.split("\n") == [*result.lines, ""]


def test_the_same_run_leaves_the_same_bytes(result: Result, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        output.write_run(result, tmp_path / folder)
    assert [(tmp_path / "a" / name).read_bytes() for name in output.FILES] == [
        (tmp_path / "b" / name).read_bytes() for name in output.FILES
    ]


@pytest.mark.parametrize("name", [output.RESULT, output.EVENTS, output.JUNIT])
def test_a_full_disk_leaves_every_earlier_file_as_it_was(
    name: str, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in output.FILES:
        (tmp_path / each).write_text("good", encoding="utf-8")
    full_disk(monkeypatch, name)
    with pytest.raises(UsageError, match="磁盘已满"):
        output.write_run(result, tmp_path)
    assert [(tmp_path / each).read_text(encoding="utf-8") for each in output.FILES] == ["good"] * 4
    assert names(tmp_path) == sorted(output.FILES)


def test_the_numbers_are_safe_when_the_replay_cannot_be_written(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch, output.REPLAY)
    with pytest.raises(UsageError):
        output.write_run(result, tmp_path)
    assert names(tmp_path) == sorted({*output.FILES} - {output.REPLAY})


def test_ctrl_c_while_writing_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(place: object, part: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        output.write_files(tmp_path, {"a": "1", "b": "2"})
    assert names(tmp_path) == []


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        output.json_text({"x": float("nan")})


def test_a_file_name_that_is_no_text_still_gives_good_json() -> None:
    content = output.as_bytes(output.json_text({"scenario": "a\udc80b"}))
    assert json.loads(content.decode("utf-8")) == {"scenario": "a\udc80b"}


# before a run


def test_checking_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    output.check_folder(tmp_path / "runs" / "new")
    output.check_folder(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("below", ["", "deeper", "deeper/still"])
def test_a_file_in_the_way_is_found_before_the_run(below: str, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(UsageError, match="taken"):
        output.check_folder(tmp_path / "taken" / below)


def test_a_folder_where_a_file_should_be_is_found_before_the_run(tmp_path: Path) -> None:
    (tmp_path / output.RESULT).mkdir()
    with pytest.raises(UsageError, match=r"result\.json"):
        output.check_folder(tmp_path)


def test_a_folder_that_refuses_files_is_found_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(output.tempfile, "TemporaryFile", refuse)
    with pytest.raises(UsageError, match="没有权限"):
        output.check_folder(tmp_path)


@pytest.mark.skipif(sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="may write everywhere")
def test_a_read_only_folder_is_found_before_the_run(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError):
        output.check_folder(tmp_path / "new")


@pytest.mark.skipif(sys.platform == "win32", reason="says so only when the folder is made")
def test_a_name_that_is_too_long_is_found_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        output.check_folder(tmp_path / ("x" * 5000))
