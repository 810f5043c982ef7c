"""Spare parts as a table: one row a piece, changed by each step of its way; and the times when the shelf had none."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import KIND, NAME, TEXT, WHOLE, Instant
from caixue.ledger.projecting import Rule, actor, always, at, data, seq, subject
from caixue.ledger.schema import metadata

spare = sa.Table(
    "spare",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # spare-0001
    sa.Column("item", NAME, nullable=False, index=True),
    sa.Column("lot", NAME, nullable=False),
    sa.Column("incident", NAME),  # none: for maintenance
    sa.Column("device", NAME, nullable=False),
    sa.Column("state", KIND, nullable=False),
    sa.Column("serial", NAME),
    sa.Column("old_serial", NAME),
    sa.Column("condition_of_old", TEXT),
    sa.Column("old_went_to", KIND),
    sa.Column("reason", TEXT),  # why it was not used
    sa.Column("issued_by", NAME, nullable=False),
    sa.Column("issued", Instant, nullable=False),
    sa.Column("fitted", Instant),
    sa.Column("returned", Instant),
    sa.Column("signed", Instant),
    sa.Column("signed_by", NAME),
)

shortage = sa.Table(
    "shortage",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("item", NAME, nullable=False, index=True),
    sa.Column("incident", NAME),
    sa.Column("device", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

_KEY = {"reference": subject}

RULES = (
    Rule(
        "spare.issued",
        spare,
        _KEY,
        {
            "item": data("item"),
            "lot": data("lot"),
            "incident": data("incident"),
            "device": data("device"),
            "state": always("issued"),
            "issued_by": actor,
            "issued": at,
        },
    ),
    Rule(
        "spare.fitted",
        spare,
        _KEY,
        {"state": always("fitted"), "serial": data("serial"), "old_serial": data("old_serial"), "fitted": at},
        make=False,
    ),
    Rule(
        "spare.returned",
        spare,
        _KEY,
        {
            "state": always("returned"),
            "old_serial": data("old_serial"),
            "condition_of_old": data("condition"),
            "old_went_to": data("to"),
            "returned": at,
        },
        make=False,
    ),
    Rule("spare.signed", spare, _KEY, {"state": always("signed"), "signed_by": data("person"), "signed": at}, make=False),
    Rule("spare.unused", spare, _KEY, {"state": always("unused"), "reason": data("reason")}, make=False),
    Rule("spare.missing", shortage, values={"seq": seq, "item": subject, "incident": data("incident"), "device": data("device"), "at": at}),
)
