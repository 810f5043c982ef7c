"""What the commands of planning and experiments answer to a slip: in Chinese, with the way to write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue import cli


@pytest.fixture(autouse=True)
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People read Chinese, in a folder that holds nothing but a folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    (tmp_path / "adir").mkdir()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("run ./adir", ".toml 文件"),
        ("plan adir", "是目录"),
        ("fit adir", "是目录"),
        ("plan peak-monday --wait 15", '"15 min"'),
        ("plan peak-monday --wait=-15min", "时长不能为负"),
        ("stock-levels --budget nonsense", "不是金额"),
        ("sweep peak-monday --precision patient.wait.p90=-30s", "要大于零"),
        ("what-if peak-monday", "是场景"),
        ("what-if two-engineers --share 0.3", "--share 只用于 appointments"),
    ],
)
def test_a_slip_is_answered_with_what_to_write(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(line.split()) == cli.USAGE
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "sweep", "what-if"])
def test_no_help_is_cut(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, "--help"]) == 0
    assert "…" not in capsys.readouterr().out.replace(",…", "")
