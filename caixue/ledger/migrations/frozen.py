"""Column types as the revisions name them. They are never changed; where `caixue.ledger.columns` changes, new revisions write its types out."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mssql

NAME = sa.Unicode(200).with_variant(mssql.NVARCHAR(200, collation="Latin1_General_100_BIN2"), "mssql")
KIND = sa.Unicode(60).with_variant(mssql.NVARCHAR(60, collation="Latin1_General_100_BIN2"), "mssql")
BRIEF = sa.Unicode(30).with_variant(mssql.NVARCHAR(30, collation="Latin1_General_100_BIN2"), "mssql")
LONG = sa.UnicodeText().with_variant(mssql.NVARCHAR(None), "mssql")
