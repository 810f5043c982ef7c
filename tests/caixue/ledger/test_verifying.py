"""Verifying: what was changed behind the ledger's back is found and named; an anchor finds a cut tail and an older copy."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.anchors import Anchor, line, read, read_code, read_file
from caixue.ledger.chain import digest
from caixue.ledger.engine import make_engine, url_of
from caixue.ledger.opening import visit
from caixue.ledger.schema import about, entry, head
from caixue.ledger.tables.stock import lot
from caixue.ledger.verifying import Finding, findings, verify

PEOPLE = {"engineer-1": "engineer"}


def opened(place: str | Path) -> Ledger:
    return open_ledger(place, site="room", people=PEOPLE)


def received(number: int) -> Draft:
    return Draft("stock.received", "motor", {"lot": f"lot-{number}", "quantity": 1, "expires": None, "unit_cost_fen": 5})


@pytest.fixture
def place(ledger_place: str) -> str:
    """A ledger of ten entries."""
    with opened(ledger_place) as ledger:
        ledger.note(map(received, range(10)), actor="engineer-1")
    return ledger_place


def found(place: str, *anchors: Anchor) -> list[Finding]:
    with visit(place, site="room") as there, there.engine.connect() as connection:
        return list(findings(connection, anchors))


def behind_its_back(place: str, *statements: sa.Executable) -> None:
    engine = make_engine(url_of(place))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    engine.dispose()


def anchor_of(place: str) -> Anchor:
    with opened(place) as ledger:
        return Anchor(*ledger.head())


def test_a_whole_ledger_has_no_findings(place: str):
    assert found(place, anchor_of(place)) == []


@pytest.mark.parametrize(
    ("statement", "where", "seqs"),
    [
        (sa.update(entry).where(entry.c.seq == 4).values(body=sa.func.replace(entry.c.body, "lot-4", "lot-9")), "entry", {4}),
        (sa.update(entry).where(entry.c.seq == 4).values(actor="somebody"), "entry", {4}),
        (sa.update(entry).where(entry.c.seq == 4).values(at=datetime(2026, 11, 23, tzinfo=UTC)), "entry", {4}),
        (sa.update(entry).where(entry.c.seq == 4).values(hash="0" * 64), "entry", {4, 5}),
        (sa.delete(entry).where(entry.c.seq == 4), "entry", {4, 5}),
        (sa.delete(entry).where(entry.c.seq == 9), "head", {9}),
        (sa.update(head).values(seq=8), "head", {8}),
        (sa.delete(head), "head", {None}),
        (sa.update(about).where(about.c.name == "start").values(value="2026-01-01T00:00:00.000000Z"), "entry", set(range(10))),
        (sa.delete(about).where(about.c.name == "start"), "about", {None}),
        (sa.update(lot).values(on_hand=7), "projection", {None}),
        (sa.delete(lot).where(lot.c.lot == "lot-3"), "projection", {None}),
    ],
    ids=["text", "actor", "time", "hash", "deleted", "last deleted", "head", "no head", "start", "no start", "table", "row of a table"],
)
def test_a_change_behind_its_back_is_found_and_named(place: str, statement: sa.Executable, where: str, seqs: set[int | None]):
    behind_its_back(place, sa.text("PRAGMA foreign_keys") if "://" not in place else sa.text("SELECT 1"), statement)
    said = found(place)
    assert {each.seq for each in said if each.where == where} == seqs
    assert all(each.zh and each.en for each in said)


def test_two_entries_that_changed_places_are_found(place: str):
    rows = {4: 1004, 5: 4, 1004: 5}
    behind_its_back(place, *(sa.update(entry).where(entry.c.seq == old).values(seq=new) for old, new in rows.items()))
    assert {each.seq for each in found(place) if each.where == "entry"} >= {4, 5}


def cut(place: str, last: int) -> None:
    """Cut the tail off with all the skill of somebody who knows the ledger."""
    with opened(place) as ledger:
        hashes = {row.seq: row.hash for row in ledger.rows()}
    behind_its_back(
        place, sa.delete(entry).where(entry.c.seq > last), sa.update(head).values(seq=last, hash=hashes[last]), sa.delete(lot).where(lot.c.lot > f"lot-{last}")
    )


def test_a_skilfully_cut_tail_is_found_by_an_anchor_only(place: str):
    anchor = anchor_of(place)
    cut(place, 7)
    assert found(place) == []
    assert [(each.where, each.seq) for each in found(place, anchor)] == [("anchor", 9)]


def test_what_came_after_the_newest_anchor_is_the_blind_window(place: str):
    anchor = anchor_of(place)
    with opened(place) as ledger:
        ledger.note([received(99)], actor="engineer-1")
    behind_its_back(place, sa.delete(lot).where(lot.c.lot == "lot-99"))
    cut_to = anchor.seq
    behind_its_back(place, sa.delete(entry).where(entry.c.seq > cut_to), sa.update(head).values(seq=cut_to, hash=anchor.hash))
    assert found(place, anchor) == []


def test_a_record_that_was_written_anew_is_found_by_an_anchor_only(place: str):
    anchor = anchor_of(place)
    with opened(place) as ledger:
        rows = list(ledger.rows())
    previous, changes = rows[7].hash, []
    for row in rows[8:]:
        body = row.body.replace('"quantity":1', '"quantity":3')
        previous = digest(previous, body)
        changes.append(sa.update(entry).where(entry.c.seq == row.seq).values(body=body, hash=previous))
    more = sa.update(lot).where(lot.c.lot.in_(["lot-8", "lot-9"])).values(on_hand=3, received=3)
    behind_its_back(place, *changes, sa.update(head).values(hash=previous), more)
    assert found(place) == []
    assert [(each.where, each.seq) for each in found(place, anchor)] == [("anchor", 9)]


def test_an_older_copy_is_found_by_an_anchor(tmp_path: Path):
    place, older = tmp_path / "room.db", tmp_path / "older.db"
    with opened(place) as ledger:
        ledger.note([received(0)], actor="engineer-1")
    shutil.copyfile(place, older)
    with opened(place) as ledger:
        ledger.note([received(1)], actor="engineer-1")
    anchor = anchor_of(str(place))
    shutil.copyfile(older, place)
    with opened(place) as ledger:
        assert [each.where for each in verify(ledger, [anchor])] == ["anchor"]


def test_a_page_of_the_file_that_makes_no_sense_is_a_finding_and_no_crash(tmp_path: Path):
    place = tmp_path / "room.db"
    with opened(place) as ledger:
        ledger.note(map(received, range(200)), actor="engineer-1")
    content = bytearray(place.read_bytes())
    content[4096 * 6 : 4096 * 7] = b"\xff" * 4096
    place.write_bytes(content)
    assert found(str(place)) != []


# Anchors on paper and in files.


@given(st.integers(0, 10**9), st.binary(min_size=32, max_size=32))
def test_an_anchor_survives_the_way_over_paper(seq: int, sha: bytes):
    anchor = Anchor(seq, sha.hex())
    assert read_code(anchor.code) == Anchor(seq, sha.hex()[:16])
    assert read_code(f" {anchor.code.upper()} ".replace("-", " - ")) == Anchor(seq, sha.hex()[:16])


@given(st.integers(0, 10**6), st.binary(min_size=32, max_size=32), st.data())
def test_one_miscopied_digit_is_called_a_slip_of_the_pen_nearly_always(seq: int, sha: bytes, data: st.DataObject):
    code = Anchor(seq, sha.hex()).code
    at = data.draw(st.sampled_from([at for at, letter in enumerate(code) if letter != "-"]))
    wrong = code[:at] + data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[at]])) + code[at + 1 :]
    with suppress(UsageError):
        assert read_code(wrong) != read_code(code)  # 1 of 256 passes for another anchor; never for the same


@pytest.mark.parametrize("text", ["", "12", "12-abcd", "no-such-file.jsonl", "x" * 5000, "\0", "-1-0000-0000-0000-0000-00", "１２-0000-0000-0000-0000-00"])
def test_what_is_no_anchor_is_refused_with_an_example(text: str):
    with pytest.raises(UsageError, match="9f3c"):
        read(text)


def test_a_file_of_anchors_gives_all_of_them(tmp_path: Path):
    file, anchors = tmp_path / "anchors.jsonl", [Anchor(3, "ab" * 32), Anchor(7, "cd" * 32)]
    file.write_text("".join(line(each, "room", "2026-11-23T08:00:00+08:00") for each in anchors), encoding="utf-8")
    assert read(str(file)) == anchors


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"seq": 1, "hash": ""}', b'{"seq": "x", "hash": "00"}'])
def test_a_file_without_anchors_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "anchors.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError):
        read_file(file)
