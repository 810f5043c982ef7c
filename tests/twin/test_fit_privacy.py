"""Nobody's name, number or telephone leaves a queue log: not into files, not onto the screen, not into messages."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from caixue.cli import main
from tests.twin.queue_logs import CHINESE, rows, visits

CANARIES = ("欧阳金丝雀", "110101199003074514", "13987654321", "canary@example.cn", "川A12345", "CARD-778899")
PEOPLE = visits()[:120]


def _marked(cells: tuple[str, ...], number: int) -> list[str]:
    """A row of a person with something of theirs in every column that is not a time, and sometimes in one that is."""
    row = list(cells)
    row[0], row[1], row[6] = CANARIES[0], f"{CANARIES[5]}-{number}", CANARIES[2]
    row[5] = CANARIES[4]  # a window named after somebody
    if number % 11 == 3:
        row[2] = CANARIES[number % len(CANARIES)]
    if number % 13 == 4:
        row[3] = f"{row[3]} {CANARIES[0]}"
    if number % 17 == 5:
        row.append(CANARIES[1])
    if number % 19 == 6:
        row[0] = f'"{CANARIES[0]}'  # the quote stays open
    return row


def log() -> str:
    titles = [f"采血室排队明细（经办 {CANARIES[0]}）", f"# 导出 {CANARIES[3]},{CANARIES[1]}", ""]
    body = [",".join(_marked(row, number)) for number, row in enumerate(rows(PEOPLE))]
    end = [f"合计 {len(PEOPLE)} 人,{CANARIES[0]},{CANARIES[1]},,,,", f"#{CANARIES[2]}"]
    return "\n".join([*titles, ",".join((*CHINESE[:-1], f"电话 {CANARIES[2]}")), *body, *end]) + "\n"


def traces(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text or json.dumps(canary) in text]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_log_full_of_names_leaves_no_trace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, encoding: str, language: str
) -> None:
    monkeypatch.setenv("CAIXUE_LANG", language)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(temporary))
    path, out = tmp_path / "log.csv", tmp_path / "out"
    path.write_bytes(log().encode(encoding))
    assert main(["fit", str(path), "--out", str(out)]) == 0
    shown = capfd.readouterr()
    assert main(["fit", str(path), "--out", str(out), "--json"]) == 0
    shown_json = capfd.readouterr()
    files = [each for each in tmp_path.rglob("*") if each.is_file() and each != path]
    assert {"fit.json", "profile.csv", "bad-rows.csv", "fit.svg", "fit-monday.toml"} <= {each.name for each in files}
    written = "".join(each.read_text(encoding="utf-8") + each.name for each in files)
    assert traces(written + shown.out + shown.err + shown_json.out + shown_json.err) == []
    assert len(json.loads(shown_json.out)["bad_rows"]) >= 4  # so the odd places were met


@pytest.mark.parametrize(
    "content",
    [
        f"{CANARIES[0]},{CANARIES[1]}\n{CANARIES[2]},2026-01-05\n",
        f"到达时间,姓名\n{CANARIES[0]},{CANARIES[1]}\n",
        f"到达时间,到达时间,{CANARIES[0]}\n07:00,07:01,{CANARIES[1]}\n",
        f"{CANARIES[0]}到达时间\n07:00\n",
        f"<table><tr><td>{CANARIES[0]}",
        f'到达时间,姓名\n"{CANARIES[0]},{CANARIES[1]}\n',
    ],
    ids=["no header", "a name for a time", "two columns", "a name in a header", "a page", "an open quote"],
)
def test_no_refusal_quotes_anything(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("CAIXUE_DEBUG", "1")
    path = tmp_path / "log.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["fit", str(path), "--out", str(tmp_path / "out")]) == 2
    shown = capfd.readouterr()
    assert "log.csv:" in shown.err and traces(shown.out + shown.err) == []
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]


def test_a_workbook_leaves_none_either(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, path, out = openpyxl.Workbook(), tmp_path / "log.xlsx", tmp_path / "out"
    book.active.title = CANARIES[0]
    for line in log().splitlines():
        book.active.append(line.split(","))
    book.active["A1"].comment = openpyxl.comments.Comment(CANARIES[1], CANARIES[0])
    book.properties.creator = CANARIES[0]
    book.save(path)
    assert main(["fit", str(path), "--out", str(out)]) == 0
    shown = capfd.readouterr()
    assert main(["fit", str(path), "--out", str(out), "--sheet", "7"]) == 2
    refused = capfd.readouterr()
    assert traces("".join(each.read_text(encoding="utf-8") for each in out.iterdir()) + shown.out + shown.err + refused.err) == []
