"""Domestic equipment only (R4): what nobody has said is not domestic, and what is foreign needs an exception that holds."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from caixue.clock import SystemClock
from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.equipment import Make, Thing, counts, findings, inventory, names
from caixue.ops.forms.exception import FORM
from caixue.ops.sheets import Sheet, Sheets
from caixue.site import Site, load_site

TODAY = date(2026, 11, 23)
MORE = """
schema = 1
extends = "eight-window"
name = "mixed"
[kinds]
label-printer = { domestic = true, maker = "北京某厂" }
barcode-scanner = { domestic = false }
[[host]]
name = "server"
kind = "server"
domestic = false
[[software]]
name = "os"
version = "1"
kind = "os"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    file: Path = tmp_path_factory.mktemp("site") / "site.toml"
    file.write_text(MORE, encoding="utf-8")
    return load_site(file)


def excepted(thing: str, valid_until: str = "") -> dict[str, Sheet]:
    journal = MemoryJournal()
    book = Sheets(FORM, Recorder(journal, SystemClock()), {"engineer-1": "engineer", "head-1": "head"}, journal)
    book.open(by="engineer-1", thing=thing, why="没有替代")
    book.take("allowed", "1", by="head-1", valid_until=valid_until)
    return book.sheets


def thing(things: list[Thing], name: str) -> Thing:
    return next(one for one in things if one.name == name)


def test_everything_in_scope_is_judged_once(site: Site):
    things = inventory(site, (), TODAY)
    groups = Counter(one.group for one in things)
    assert groups == {"device": len(site.devices), "host": 1, "software": 1, "stock": len(site.stock)}
    assert sum(counts(things).values()) == len(things)


def test_what_nobody_has_said_is_unknown_and_a_finding(site: Site):
    things = inventory(load_site("eight-window"), (), TODAY)
    assert {one.make for one in things} == {Make.UNKNOWN}
    assert findings(things) == things


def test_what_the_site_file_says_counts(site: Site):
    things = inventory(site, (), TODAY)
    assert thing(things, "window-1.label-printer") == Thing("device", "window-1.label-printer", Make.DOMESTIC, "北京某厂")
    assert thing(things, "window-1.barcode-scanner").make is thing(things, "server").make is Make.FOREIGN
    assert thing(things, "os").make is thing(things, "motor").make is Make.UNKNOWN


def test_a_foreign_thing_is_in_order_with_an_exception_that_names_who_allowed_it_and_why(site: Site):
    things = inventory(site, excepted("server").values(), TODAY)
    server = thing(things, "server")
    assert (server.make, server.exception, server.allowed_by, server.why) == (Make.EXCEPTED, "exception-0001", "head-1", "没有替代")
    assert server.kept and server not in findings(things)


def test_one_exception_may_stand_for_a_kind_of_device(site: Site):
    things = inventory(site, excepted("barcode-scanner").values(), TODAY)
    scanners = {one.make for one in things if one.name.endswith(".barcode-scanner")}
    assert scanners == {Make.EXCEPTED}
    assert {"barcode-scanner", "server", "os", "motor", "window-1.barcode-scanner"} <= set(names(site))


def test_an_exception_that_has_ended_counts_no_more(site: Site):
    sheets = excepted("server", "2026-11-22").values()
    assert thing(inventory(site, sheets, TODAY), "server").make is Make.FOREIGN
    assert thing(inventory(site, sheets, date(2026, 11, 22)), "server").make is Make.EXCEPTED


def test_an_exception_makes_nothing_known_that_nobody_has_said(site: Site):
    assert thing(inventory(site, excepted("motor").values(), TODAY), "motor").make is Make.UNKNOWN


@pytest.mark.parametrize("words", ['domestic = "yes"', "domestic = 1"])
def test_only_true_and_false_are_words_for_it(tmp_path: Path, words: str):
    file = tmp_path / "site.toml"
    file.write_text(f'schema = 1\nextends = "eight-window"\nname = "x"\n[kinds.label-printer]\n{words}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="domestic"):
        load_site(file)
