"""Maintenance as tables: counters as they were read, work and calibrations, and which part sits where."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import KIND, NAME, TEXT, WHOLE, Flag, Instant
from caixue.ledger.projecting import Rule, actor, at, data, seq, subject
from caixue.ledger.schema import metadata

NUMBER: sa.Double[float] = sa.Double()

wear_reading = sa.Table(
    "wear_reading",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("device", NAME, nullable=False, index=True),
    sa.Column("counter", KIND, nullable=False),
    sa.Column("reading", NUMBER, nullable=False),
    sa.Column("unit", KIND, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

maintenance = sa.Table(
    "maintenance",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("device", NAME, nullable=False, index=True),
    sa.Column("task", KIND, nullable=False),
    sa.Column("note", TEXT),
    sa.Column("duration_s", NUMBER, nullable=False),
    sa.Column("person", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

calibration = sa.Table(
    "calibration",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("device", NAME, nullable=False, index=True),
    sa.Column("quantity", KIND, nullable=False),
    sa.Column("unit", KIND, nullable=False),
    sa.Column("value_before", NUMBER),  # none: nothing was measured before it was adjusted
    sa.Column("value_after", NUMBER, nullable=False),
    sa.Column("reference", NUMBER, nullable=False),
    sa.Column("tolerance", NUMBER, nullable=False),
    sa.Column("passed", Flag, nullable=False),
    sa.Column("person", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

part = sa.Table(
    "part",
    metadata,
    sa.Column("device", NAME, primary_key=True),
    sa.Column("part", NAME, primary_key=True),
    sa.Column("serial", NAME, nullable=False),
    sa.Column("lot", NAME),
    sa.Column("old_serial", NAME),
    sa.Column("counter", KIND),
    sa.Column("wear_at", NUMBER),  # of the counter, when it was put in
    sa.Column("person", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

_DEVICE = {"device": subject}
_WHO = {"person": actor, "at": at}

RULES = (
    Rule(
        "wear.read",
        wear_reading,
        values={"seq": seq, **_DEVICE, "counter": data("counter"), "reading": data("value"), "unit": data("unit"), "at": at},
    ),
    Rule(
        "maintenance.done",
        maintenance,
        values={"seq": seq, **_DEVICE, "task": data("task"), "note": data("note"), "duration_s": data("duration_s"), **_WHO},
    ),
    Rule(
        "calibration.done",
        calibration,
        values={
            "seq": seq,
            **_DEVICE,
            "quantity": data("quantity"),
            "unit": data("unit"),
            "value_before": data("before"),
            "value_after": data("after"),
            "reference": data("reference"),
            "tolerance": data("tolerance"),
            "passed": data("passed"),
            **_WHO,
        },
    ),
    Rule(
        "part.replaced",
        part,
        {**_DEVICE, "part": data("part")},
        {
            "serial": data("new_serial"),
            "lot": data("lot"),
            "old_serial": data("old_serial"),
            "counter": data("counter"),
            "wear_at": data("wear_at"),
            **_WHO,
        },
    ),
)
