"""The store as a table: one row for each lot of each item, with the sums of what moved."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import DAY, NAME, WHOLE
from caixue.ledger.projecting import Rule, Value, data, minus, subject
from caixue.ledger.schema import metadata

lot = sa.Table(
    "stock_lot",
    metadata,
    sa.Column("item", NAME, primary_key=True),
    sa.Column("lot", NAME, primary_key=True),
    sa.Column("expires", DAY),  # the last day of use; none: it keeps
    sa.Column("unit_cost_fen", WHOLE, nullable=False, default=0),
    sa.Column("on_hand", WHOLE, nullable=False, default=0),
    sa.Column("received", WHOLE, nullable=False, default=0),
    sa.Column("issued", WHOLE, nullable=False, default=0),
    sa.Column("returned", WHOLE, nullable=False, default=0),
    sa.Column("scrapped", WHOLE, nullable=False, default=0),
    sa.Column("corrected", WHOLE, nullable=False, default=0),  # by counting; negative: pieces were missing
)

_KEY = {"item": subject, "lot": data("lot")}
_FIRST = {"expires": data("expires"), "unit_cost_fen": data("unit_cost_fen", 0)}  # as the store takes them: from what came first


def _moved(kind: str, column: str, moved: Value, on_hand: Value) -> Rule:
    return Rule(f"stock.{kind}", lot, _KEY, sums={column: moved, "on_hand": on_hand}, first=_FIRST)


RULES = (
    _moved("received", "received", data("quantity"), data("quantity")),
    _moved("issued", "issued", data("quantity"), minus("quantity")),
    _moved("returned", "returned", data("quantity"), data("quantity")),
    _moved("scrapped", "scrapped", data("quantity"), minus("quantity")),
    _moved("counted", "corrected", data("difference"), data("difference")),
)
