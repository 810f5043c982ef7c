"""Tables of duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from caixue.ledger.migrations.frozen import BRIEF, KIND, NAME

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table('calibration',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('device', NAME, nullable=False),
        sa.Column('quantity', KIND, nullable=False),
        sa.Column('unit', KIND, nullable=False),
        sa.Column('value_before', sa.Double(), nullable=True),
        sa.Column('value_after', sa.Double(), nullable=False),
        sa.Column('reference', sa.Double(), nullable=False),
        sa.Column('tolerance', sa.Double(), nullable=False),
        sa.Column('passed', sa.SmallInteger(), nullable=False),
        sa.Column('person', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_calibration'))
    )
    op.create_index(op.f('ix_calibration_device'), 'calibration', ['device'], unique=False)
    op.create_table('correction',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('corrected', NAME, nullable=False),
        sa.Column('reason', sa.Unicode(length=2000), nullable=False),
        sa.Column('truth', sa.Unicode(length=2000), nullable=False),
        sa.Column('actor', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_corrected'), 'correction', ['corrected'], unique=False)
    op.create_table('delivery',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('order_number', NAME, nullable=True),
        sa.Column('supplier', NAME, nullable=False),
        sa.Column('announced', sa.String(length=27), nullable=False),
        sa.Column('lines', sa.BigInteger(), nullable=False),
        sa.Column('pieces', sa.BigInteger(), nullable=False),
        sa.Column('cost_fen', sa.BigInteger(), nullable=False),
        sa.Column('state', KIND, nullable=False),
        sa.Column('signed', sa.String(length=27), nullable=True),
        sa.Column('signed_by', NAME, nullable=True),
        sa.Column('accepted_pieces', sa.BigInteger(), nullable=True),
        sa.Column('rejected_pieces', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_delivery'))
    )
    op.create_table('incident',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('device', NAME, nullable=False),
        sa.Column('place', NAME, nullable=True),
        sa.Column('symptom', KIND, nullable=True),
        sa.Column('severity', KIND, nullable=False),
        sa.Column('state', KIND, nullable=False),
        sa.Column('drill', sa.SmallInteger(), nullable=True),
        sa.Column('occurred', sa.String(length=27), nullable=True),
        sa.Column('reported', sa.String(length=27), nullable=True),
        sa.Column('detected', sa.String(length=27), nullable=True),
        sa.Column('recorded', sa.String(length=27), nullable=False),
        sa.Column('deadline', sa.String(length=27), nullable=True),
        sa.Column('acknowledged', sa.String(length=27), nullable=True),
        sa.Column('on_site', sa.String(length=27), nullable=True),
        sa.Column('diagnosed', sa.String(length=27), nullable=True),
        sa.Column('restored', sa.String(length=27), nullable=True),
        sa.Column('closed', sa.String(length=27), nullable=True),
        sa.Column('found', sa.Unicode(length=2000), nullable=True),
        sa.Column('part', NAME, nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_incident'))
    )
    op.create_table('maintenance',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('device', NAME, nullable=False),
        sa.Column('task', KIND, nullable=False),
        sa.Column('note', sa.Unicode(length=2000), nullable=True),
        sa.Column('duration_s', sa.Double(), nullable=False),
        sa.Column('person', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_maintenance'))
    )
    op.create_index(op.f('ix_maintenance_device'), 'maintenance', ['device'], unique=False)
    op.create_table('part',
        sa.Column('device', NAME, nullable=False),
        sa.Column('part', NAME, nullable=False),
        sa.Column('serial', NAME, nullable=False),
        sa.Column('lot', NAME, nullable=True),
        sa.Column('old_serial', NAME, nullable=True),
        sa.Column('counter', KIND, nullable=True),
        sa.Column('wear_at', sa.Double(), nullable=True),
        sa.Column('person', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('device', 'part', name=op.f('pk_part'))
    )
    op.create_table('purchase_order',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('supplier', NAME, nullable=False),
        sa.Column('placed', sa.String(length=27), nullable=False),
        sa.Column('placed_by', NAME, nullable=False),
        sa.Column('due', sa.String(length=27), nullable=True),
        sa.Column('pieces', sa.BigInteger(), nullable=False),
        sa.Column('cost_fen', sa.BigInteger(), nullable=False),
        sa.Column('closed', sa.String(length=27), nullable=True),
        sa.Column('reason', sa.Unicode(length=2000), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_purchase_order'))
    )
    op.create_table('shortage',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('item', NAME, nullable=False),
        sa.Column('incident', NAME, nullable=True),
        sa.Column('device', NAME, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_shortage'))
    )
    op.create_index(op.f('ix_shortage_item'), 'shortage', ['item'], unique=False)
    op.create_table('slot_filling',
        sa.Column('device', NAME, nullable=False),
        sa.Column('slot', BRIEF, nullable=False),
        sa.Column('lot', NAME, nullable=False),
        sa.Column('item', NAME, nullable=False),
        sa.Column('put_in', sa.BigInteger(), nullable=False),
        sa.Column('taken_out', sa.BigInteger(), nullable=False),
        sa.Column('last', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('device', 'slot', 'lot', name=op.f('pk_slot_filling'))
    )
    op.create_table('spare',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('item', NAME, nullable=False),
        sa.Column('lot', NAME, nullable=False),
        sa.Column('incident', NAME, nullable=True),
        sa.Column('device', NAME, nullable=False),
        sa.Column('state', KIND, nullable=False),
        sa.Column('serial', NAME, nullable=True),
        sa.Column('old_serial', NAME, nullable=True),
        sa.Column('condition_of_old', sa.Unicode(length=2000), nullable=True),
        sa.Column('old_went_to', KIND, nullable=True),
        sa.Column('reason', sa.Unicode(length=2000), nullable=True),
        sa.Column('issued_by', NAME, nullable=False),
        sa.Column('issued', sa.String(length=27), nullable=False),
        sa.Column('fitted', sa.String(length=27), nullable=True),
        sa.Column('returned', sa.String(length=27), nullable=True),
        sa.Column('signed', sa.String(length=27), nullable=True),
        sa.Column('signed_by', NAME, nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_spare'))
    )
    op.create_index(op.f('ix_spare_item'), 'spare', ['item'], unique=False)
    op.create_table('stock_lot',
        sa.Column('item', NAME, nullable=False),
        sa.Column('lot', NAME, nullable=False),
        sa.Column('expires', sa.String(length=10), nullable=True),
        sa.Column('unit_cost_fen', sa.BigInteger(), nullable=False),
        sa.Column('on_hand', sa.BigInteger(), nullable=False),
        sa.Column('received', sa.BigInteger(), nullable=False),
        sa.Column('issued', sa.BigInteger(), nullable=False),
        sa.Column('returned', sa.BigInteger(), nullable=False),
        sa.Column('scrapped', sa.BigInteger(), nullable=False),
        sa.Column('corrected', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('item', 'lot', name=op.f('pk_stock_lot'))
    )
    op.create_table('task',
        sa.Column('reference', NAME, nullable=False),
        sa.Column('duty', KIND, nullable=False),
        sa.Column('device', NAME, nullable=True),
        sa.Column('slot', KIND, nullable=True),
        sa.Column('item', NAME, nullable=True),
        sa.Column('quantity', sa.BigInteger(), nullable=True),
        sa.Column('why', sa.Unicode(length=2000), nullable=True),
        sa.Column('state', KIND, nullable=False),
        sa.Column('opened', sa.String(length=27), nullable=False),
        sa.Column('ended', sa.String(length=27), nullable=True),
        sa.Column('ended_by', NAME, nullable=True),
        sa.Column('reason', sa.Unicode(length=2000), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_task'))
    )
    op.create_table('wear_reading',
        sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('device', NAME, nullable=False),
        sa.Column('counter', KIND, nullable=False),
        sa.Column('reading', sa.Double(), nullable=False),
        sa.Column('unit', KIND, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('seq', name=op.f('pk_wear_reading'))
    )
    op.create_index(op.f('ix_wear_reading_device'), 'wear_reading', ['device'], unique=False)
