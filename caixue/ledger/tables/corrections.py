"""Corrections as a table: what was wrong with an entry, what is right, and who says so. The entry itself stays as it was."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import NAME, TEXT, WHOLE, Instant
from caixue.ledger.projecting import Rule, actor, at, data, seq, subject
from caixue.ledger.schema import metadata

correction = sa.Table(
    "correction",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),  # of the entry that corrects
    sa.Column("corrected", NAME, nullable=False, index=True),  # entry-17
    sa.Column("reason", TEXT, nullable=False),
    sa.Column("truth", TEXT, nullable=False),
    sa.Column("actor", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

RULES = (
    Rule(
        "entry.corrected",
        correction,
        values={"seq": seq, "corrected": subject, "reason": data("reason"), "truth": data("right"), "actor": actor, "at": at},
    ),
)
