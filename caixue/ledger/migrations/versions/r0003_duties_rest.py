"""Tables of duties rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from caixue.ledger.migrations.frozen import KIND, NAME

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table('drill',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('drill', KIND, nullable=False),
        sa.Column('leader', NAME, nullable=False),
        sa.Column('planned', sa.String(length=10), nullable=False),
        sa.Column('began', sa.String(length=27), nullable=True),
        sa.Column('ended', sa.String(length=27), nullable=True),
        sa.Column('scenario', NAME, nullable=True),
        sa.Column('verdict', KIND, nullable=True),
        sa.Column('result_sha256', sa.String(length=64), nullable=True),
        sa.Column('cancelled', sa.Unicode(length=2000), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_drill'))
    )
    op.create_table('inspection_finding',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('round', NAME, nullable=False),
        sa.Column('item', NAME, nullable=True),
        sa.Column('what', sa.Unicode(length=2000), nullable=False),
        sa.Column('severity', KIND, nullable=False),
        sa.Column('measure', sa.Unicode(length=2000), nullable=False),
        sa.Column('person', NAME, nullable=False),
        sa.Column('due_on', sa.String(length=10), nullable=False),
        sa.Column('found_by', NAME, nullable=False),
        sa.Column('found', sa.String(length=27), nullable=False),
        sa.Column('done', sa.Unicode(length=2000), nullable=True),
        sa.Column('closed_by', NAME, nullable=True),
        sa.Column('closed', sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_inspection_finding'))
    )
    op.create_index(op.f('ix_inspection_finding_round'), 'inspection_finding', ['round'], unique=False)
    op.create_table('inspection_reading',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('round', NAME, nullable=False),
        sa.Column('item', NAME, nullable=False),
        sa.Column('state', KIND, nullable=False),
        sa.Column('reading', sa.Double(), nullable=True),
        sa.Column('limit_value', sa.Double(), nullable=True),
        sa.Column('unit', KIND, nullable=True),
        sa.Column('answer', KIND, nullable=True),
        sa.Column('words', sa.Unicode(length=2000), nullable=True),
        sa.Column('person', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_inspection_reading'))
    )
    op.create_index(op.f('ix_inspection_reading_item'), 'inspection_reading', ['item'], unique=False)
    op.create_index(op.f('ix_inspection_reading_round'), 'inspection_reading', ['round'], unique=False)
    op.create_table('inspection_round',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('for_month', KIND, nullable=False),
        sa.Column('reason', sa.Unicode(length=2000), nullable=True),
        sa.Column('person', NAME, nullable=False),
        sa.Column('began', sa.String(length=27), nullable=False),
        sa.Column('finished', sa.String(length=27), nullable=True),
        sa.Column('good', sa.BigInteger(), nullable=True),
        sa.Column('warned', sa.BigInteger(), nullable=True),
        sa.Column('critical', sa.BigInteger(), nullable=True),
        sa.Column('unknown', sa.BigInteger(), nullable=True),
        sa.Column('skipped', sa.BigInteger(), nullable=True),
        sa.Column('findings', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_inspection_round'))
    )
    op.create_table('sheet',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('register', KIND, nullable=False),
        sa.Column('state', KIND, nullable=False),
        sa.Column('opened', sa.String(length=27), nullable=False),
        sa.Column('opened_by', NAME, nullable=False),
        sa.Column('changed', sa.String(length=27), nullable=False),
        sa.Column('changed_by', NAME, nullable=False),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_sheet'))
    )
    op.create_index(op.f('ix_sheet_register'), 'sheet', ['register'], unique=False)
    op.create_table('training',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('person', NAME, nullable=False),
        sa.Column('topic', KIND, nullable=False),
        sa.Column('trainer', NAME, nullable=False),
        sa.Column('planned', sa.String(length=10), nullable=True),
        sa.Column('held_on', sa.String(length=10), nullable=True),
        sa.Column('outcome', KIND, nullable=True),
        sa.Column('result', sa.Unicode(length=2000), nullable=True),
        sa.Column('assessor', NAME, nullable=True),
        sa.Column('valid_until', sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_training'))
    )
    op.create_index(op.f('ix_training_person'), 'training', ['person'], unique=False)
