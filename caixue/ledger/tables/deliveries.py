"""Orders and delivery lists as tables: one row each, with the sums of their lines; the lines themselves stand in the entries."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import KIND, NAME, TEXT, WHOLE, Instant
from caixue.ledger.projecting import Fact, Rule, Value, actor, always, at, data, instant, subject
from caixue.ledger.schema import metadata

order = sa.Table(
    "purchase_order",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # order-0001
    sa.Column("supplier", NAME, nullable=False),
    sa.Column("placed", Instant, nullable=False),
    sa.Column("placed_by", NAME, nullable=False),
    sa.Column("due", Instant),
    sa.Column("pieces", WHOLE, nullable=False),
    sa.Column("cost_fen", WHOLE, nullable=False),
    sa.Column("closed", Instant),
    sa.Column("reason", TEXT),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # delivery-0001
    sa.Column("order_number", NAME),
    sa.Column("supplier", NAME, nullable=False),
    sa.Column("announced", Instant, nullable=False),
    sa.Column("lines", WHOLE, nullable=False),
    sa.Column("pieces", WHOLE, nullable=False),
    sa.Column("cost_fen", WHOLE, nullable=False),
    sa.Column("state", KIND, nullable=False),  # announced, signed
    sa.Column("signed", Instant),
    sa.Column("signed_by", NAME),
    sa.Column("accepted_pieces", WHOLE),
    sa.Column("rejected_pieces", WHOLE),
)


def _pieces(key: str) -> Value:
    """The sum of the quantities of the rows under `key`."""
    return lambda fact: sum(row["quantity"] for row in fact.event.data[key])


def _cost(fact: Fact) -> int:
    return sum(row["quantity"] * row["unit_cost_fen"] for row in fact.event.data["lines"])


_KEY = {"reference": subject}
_LINES = {"supplier": data("supplier"), "pieces": _pieces("lines"), "cost_fen": _cost}

RULES = (
    Rule("order.placed", order, _KEY, {**_LINES, "placed": at, "placed_by": actor, "due": instant("due_us")}),
    Rule("order.closed", order, _KEY, {"closed": at, "reason": data("reason")}, make=False),
    Rule(
        "delivery.announced",
        delivery,
        _KEY,
        {
            **_LINES,
            "order_number": data("order"),
            "announced": at,
            "lines": lambda fact: len(fact.event.data["lines"]),
            "state": always("announced"),
        },
    ),
    Rule(
        "delivery.signed",
        delivery,
        _KEY,
        {
            "state": always("signed"),
            "signed": at,
            "signed_by": data("person"),
            "accepted_pieces": _pieces("accepted"),
            "rejected_pieces": _pieces("rejected"),
        },
        make=False,
    ),
)
