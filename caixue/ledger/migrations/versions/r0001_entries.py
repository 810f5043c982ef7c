"""The ledger itself: its entries, its head, and what it says of itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from caixue.ledger.migrations.frozen import KIND, LONG, NAME

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table('entry',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('op', NAME, nullable=False),
        sa.Column('kind', KIND, nullable=False),
        sa.Column('subject', NAME, nullable=False),
        sa.Column('actor', NAME, nullable=False),
        sa.Column('role', KIND, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.Column('body', LONG, nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_entry')),
        sa.UniqueConstraint('op', name=op.f('uq_entry_op'))
    )
    op.create_index(op.f('ix_entry_kind'), 'entry', ['kind'], unique=False)
    op.create_table('head',
        sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column('seq', sa.BigInteger(), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_head'))
    )
    op.create_table('about',
        sa.Column('name', KIND, nullable=False),
        sa.Column('value', NAME, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_about'))
    )
