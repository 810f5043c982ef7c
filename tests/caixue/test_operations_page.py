"""The commands of docs/operations.md, which open the books; and that it leads through every duty, by the two pages that follow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_docs import links
from tests.typed_page import groups, type_pages

PAGE, DAY, MONTH = "docs/operations.md", "docs/working-day.md", "docs/month-end.md"
DUTIES = {"stock", "refill", "maintain", "incident", "spares", "order", "ledger", "startup", "shutdown"}
DUTIES |= {"people", "training", "period", "inspect", "backup", "software", "probe", "month"}


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "media/backup-disk").mkdir(parents=True)
    type_pages(PAGE, monkeypatch=monkeypatch, capfd=capfd)


def test_the_three_pages_go_through_every_duty():
    assert groups(PAGE) | groups(DAY) | groups(MONTH) >= DUTIES


def test_the_overview_and_readme_lead_to_both_pages():
    for page in (PAGE, "README.md"):
        assert {"working-day.md", "month-end.md"} <= {target.name for target, _ in links(page)}
