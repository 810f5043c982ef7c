"""Projections: tables that say the same when written live, when rebuilt from the entries, and when folded by the duty itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.journal import Draft
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.columns import LONG, NAME, Flag, Instant, kept
from caixue.ledger.projecting import projected_tables, rules_by_kind
from caixue.ledger.rebuilding import content, rebuild, stale
from caixue.ledger.tables.corrections import correction
from caixue.ledger.tables.incidents import incident
from caixue.ledger.tables.stock import lot
from caixue.ops.stock import Stock

PEOPLE = {"engineer-1": "engineer", "head-1": "head"}

lots = st.tuples(st.sampled_from(["motor", "belt"]), st.sampled_from(["a", "A", "b"]), st.integers(0, 50))
moves = st.one_of(
    st.tuples(st.just("stock.received"), lots, st.one_of(st.none(), st.just("2027-01-31")), st.integers(0, 900)),
    st.tuples(st.sampled_from(["stock.issued", "stock.returned", "stock.scrapped"]), lots),
    st.tuples(st.just("stock.counted"), lots, st.integers(-5, 5)),
)
steps = st.tuples(
    st.sampled_from(["opened", "acknowledged", "on-site", "diagnosed", "restored", "closed", "merged", "reclassified", "resumed"]),
    st.integers(1, 3),
    st.integers(0, 10**9),
)


def opened(place: str) -> Ledger:
    return open_ledger(place, site="room", people=PEOPLE)


def stock_draft(kind: str, where: tuple[str, str, int], *more: object) -> Draft:
    item, name, quantity = where
    data: dict[str, object] = {"lot": name, "quantity": quantity}
    if kind == "stock.received":
        data |= {"expires": more[0], "unit_cost_fen": more[1], "delivery": ""}
    if kind == "stock.counted":
        data["difference"] = more[0]
    return Draft(kind, item, data)


def incident_draft(step: str, number: int, at_us: int) -> Draft:
    data = {"reported_us": at_us, "occurred_us": at_us, "detected_us": None, "deadline_us": at_us + 1, "class": "一般", "device": "conveyor-1"}
    return Draft(f"incident.{step}", f"incident-{number:04}", {**data, "window": None, "symptom": "", "found": "皮带", "part": "", "reason": "x"})


def tables(ledger: Ledger) -> dict[str, object]:
    with ledger.engine.connect() as connection:
        return {table.name: content(connection, table) for table in projected_tables()}


def differing(ledger: Ledger) -> list[tuple[str, int]]:
    with ledger.engine.connect() as connection:
        return list(stale(connection, ledger.start))


def folded(ledger: Ledger) -> dict[tuple[str, str], tuple[object, ...]]:
    stock = Stock(LedgerRecorder(ledger), (), ledger)
    return {
        key: (one.expires, one.unit_cost_fen, one.on_hand, one.received, one.issued, one.returned, one.scrapped, one.corrected)
        for key, one in stock.lots.items()
    }


def projected(ledger: Ledger) -> dict[tuple[str, str], tuple[object, ...]]:
    with ledger.engine.connect() as connection:
        rows = connection.execute(sa.select(lot)).all()
    return {(row.item, row.lot): (None if row.expires is None else date.fromisoformat(row.expires), *row[3:]) for row in rows}


def check_stream(place: str, drafts: list[Draft]) -> None:
    with opened(place) as ledger:
        for first in range(0, len(drafts), 5):
            ledger.note(drafts[first : first + 5], actor="engineer-1")
        live = tables(ledger)
        assert projected(ledger) == folded(ledger)
        assert differing(ledger) == []
        rebuild(ledger)
        assert tables(ledger) == live


@settings(max_examples=20)
@given(st.lists(moves, max_size=12), st.lists(steps, max_size=12))
def test_written_live_rebuilt_and_folded_say_the_same(tmp_path_factory: pytest.TempPathFactory, some: list[tuple], others: list[tuple]):
    drafts = [stock_draft(*each) for each in some] + [incident_draft(*each) for each in others]
    check_stream(str(tmp_path_factory.mktemp("ledger") / "room.db"), drafts)


def test_also_on_every_database(ledger_place: str):
    check_stream(
        ledger_place,
        [
            stock_draft("stock.received", ("motor", "a", 3), "2027-01-31", 100),
            stock_draft("stock.issued", ("motor", "a", 1)),
            stock_draft("stock.received", ("motor", "A", 5), None, 7),
            stock_draft("stock.counted", ("motor", "a", 1), -1),
            incident_draft("opened", 1, 5),
            incident_draft("diagnosed", 1, 9),
            incident_draft("closed", 2, 9),
        ],
    )


def test_a_row_that_was_changed_by_hand_is_noticed_and_a_rebuilding_mends_it(ledger_place: str):
    with opened(ledger_place) as ledger:
        ledger.note([stock_draft("stock.received", ("motor", "a", 3), None, 100)], actor="engineer-1")
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(lot).values(on_hand=30))
        assert differing(ledger) == [("stock_lot", 2)]  # one row too many, one missing
        rebuild(ledger)
        assert differing(ledger) == []


def test_names_that_differ_in_capitals_only_are_different_names(ledger_place: str):
    with opened(ledger_place) as ledger:
        ledger.note([stock_draft("stock.received", ("motor", name, 1), None, 0) for name in ("a", "A")], actor="engineer-1", op="x")
        ledger.note([stock_draft("stock.issued", ("motor", "a", 1))], actor="engineer-1", op="X")
        assert [event.data["lot"] for event in ledger.done("x")] == ["a", "A"]
        assert sorted(key[1] for key in projected(ledger)) == ["A", "a"]


def test_a_correction_stands_in_a_table_of_its_own(ledger_place: str):
    with opened(ledger_place) as ledger:
        ledger.note([Draft("entry.corrected", "entry-0", {"reason": "数错", "right": "3 个"})], actor="head-1")
        with ledger.engine.connect() as connection:
            row = connection.execute(sa.select(correction)).one()
    assert (row.corrected, row.reason, row.truth, row.actor) == ("entry-0", "数错", "3 个", "head-1")


@pytest.mark.parametrize(
    "data",
    [
        {"lot": "x" * 201, "quantity": 1, "difference": 0},
        {"lot": "采" * 201, "quantity": 1, "difference": 0},
        {"lot": "a\0b", "quantity": 1, "difference": 0},
        {"lot": "a", "quantity": 1, "difference": 2**63},
        {"lot": "a", "quantity": 1},
    ],
    ids=["too long", "too long in Chinese", "a NUL", "beyond 64 bits", "a key missing"],
)
def test_what_one_database_could_not_take_none_takes(ledger_place: str, data: dict[str, object]):
    with opened(ledger_place) as ledger:
        with pytest.raises(UsageError):
            ledger.note([Draft("stock.counted", "motor", data)], actor="engineer-1")
        assert ledger.head()[0] == -1
        assert projected(ledger) == {}


def test_a_key_that_is_missing_notes_nothing(ledger_place: str):
    with opened(ledger_place) as ledger:
        with pytest.raises(UsageError, match=r"stock_lot\.lot"):
            ledger.note([Draft("stock.counted", "motor", {"lot": "", "quantity": 1, "difference": 0})], actor="engineer-1")
        assert ledger.head()[0] == -1


def test_an_empty_text_is_written_as_nothing_because_oracle_cannot_tell_them_apart():
    assert kept(incident.c.place, "") is None
    assert kept(incident.c.place, "0") == "0"
    assert kept(incident.c.drill, False) is False


def columns() -> list[sa.Column]:
    return [column for table in projected_tables() for column in table.c]


@pytest.mark.parametrize("column", columns(), ids=lambda column: f"{column.table.name}.{column.name}")
def test_columns_have_types_that_all_databases_share(column: sa.Column):
    kind = column.type
    if isinstance(kind, Instant | Flag | sa.BigInteger | sa.SmallInteger | sa.Integer | sa.Float) or kind is LONG:
        return
    assert isinstance(kind, sa.String)
    assert isinstance(kind, sa.Unicode) or kind.length in (10, 64), "text that people write needs Unicode"
    assert kind.length is not None and kind.length <= 2000, "a column of Oracle takes 4000 bytes"


@pytest.mark.parametrize("table", projected_tables(), ids=lambda table: table.name)
def test_a_key_fits_into_an_index_of_sql_server_and_tells_names_apart(table: sa.Table):
    assert sum(2 * (column.type.length or 0) if isinstance(column.type, sa.String) else 8 for column in table.primary_key) <= 900
    assert all(column.type is NAME or isinstance(column.type, sa.Integer) or column.type._variant_mapping for column in table.primary_key)


@pytest.mark.parametrize("rule", [rule for rules in rules_by_kind().values() for rule in rules], ids=lambda rule: f"{rule.kind}-{rule.table.name}")
def test_a_rule_names_columns_of_its_table(rule: object):
    named: list[Callable] = [*rule.key, *rule.values, *rule.sums, *rule.first]
    assert set(named) <= set(rule.table.c.keys())
