"""The tables of every ledger: its entries, its head, and what it says of itself. Duties add tables of their own in `caixue.ledger.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import DIGEST, KIND, LONG, NAME, WHOLE, Instant

metadata = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),  # numbered by the one writer, without gaps
    sa.Column("op", NAME, nullable=False, unique=True),
    sa.Column("kind", KIND, nullable=False, index=True),
    sa.Column("subject", NAME, nullable=False),
    sa.Column("actor", NAME, nullable=False),
    sa.Column("role", KIND, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", LONG, nullable=False),  # canonical JSON; the columns beside it only help to search
    sa.Column("hash", DIGEST, nullable=False),
)

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),  # always 1
    sa.Column("seq", WHOLE, nullable=False),  # of the last entry; -1 before the first
    sa.Column("hash", DIGEST, nullable=False),
)

about = sa.Table(
    "about",
    metadata,
    sa.Column("name", KIND, primary_key=True),
    sa.Column("value", NAME, nullable=False),
)
