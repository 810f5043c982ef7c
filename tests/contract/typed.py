"""Typing the program's commands in a folder with a site of its own, as the engineer does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from caixue import cli
from caixue.commands.common import Desk, open_desk
from caixue.commands.refill_view import consumables
from caixue.ops.consumables import Consumables


class Typed:
    """One site and its ledger; `type` gives a command's exit code, what it printed (JSON as data) and what it said."""

    def __init__(self, site: Path | str, ledger: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self._site, self._ledger, self._capfd = str(site), str(ledger), capfd

    def type(self, words: str, *more: str, by: str | None = None) -> tuple[int, Any, str]:
        typed = [*words.split(), *more, "--site", self._site, "--ledger", self._ledger, *(() if by is None else ("--by", by))]
        self._capfd.readouterr()
        code = cli.main(typed)
        out, err = self._capfd.readouterr()
        return code, json.loads(out) if "--json" in typed and out else out, err

    def ok(self, words: str, *more: str, by: str | None = None) -> Any:
        """The same for a command that must succeed; gives what it printed."""
        code, out, err = self.type(words, *more, by=by)
        assert code == 0, err
        return out

    def refused(self, words: str, *more: str, by: str | None = None) -> str:
        """The same for a command that must be refused; gives what it said."""
        code, _, err = self.type(words, *more, by=by)
        assert code == 2 and "Traceback" not in err, err
        return err

    @contextmanager
    def duty(self, by: str) -> Iterator[tuple[Desk, Consumables]]:
        """The same desk from Python, to prepare much in little time."""
        with open_desk(self._site, self._ledger, by, acts=True) as desk:
            yield desk, consumables(desk)

    def full(self, by: str) -> Typed:
        """The store is as the site says and all devices are full, as `stock open` and `refill begin` note it."""
        with self.duty(by) as (_, duty):
            duty.stock.open_with(by=by)
            duty.open_with(by=by)
        return self
