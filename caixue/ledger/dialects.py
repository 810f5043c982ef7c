"""The databases that a ledger can be in (contract S5), as SQLAlchemy sees them once it knows the server's version, without a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Dialect, make_url

# Text on Oracle is kept in its national character set, which is Unicode whatever the database's own set is (often ZHS16GBK).
ORACLE_OPTIONS: Mapping[str, Any] = {"use_nchar_for_unicode": True}


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of database."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of the dialect
    known: Mapping[str, Any] = field(default_factory=dict)  # what SQLAlchemy would have learnt from the server

    def dialect(self) -> Dialect:
        """The dialect as it is when connected to the oldest server that we mean to serve."""
        made = make_url(self.url).get_dialect()(**self.options)
        for name, value in self.known.items():
            setattr(made, name, value)
        return made


TARGETS: Mapping[str, Target] = {
    "sqlite": Target("sqlite://"),
    "postgresql": Target("postgresql+pg8000://", known={"server_version_info": (15, 0)}),
    "oracle": Target("oracle+oracledb://", ORACLE_OPTIONS, {"server_version_info": (19, 0, 0), "supports_native_boolean": False}),
    "mssql": Target(
        "mssql+pyodbc://", {"deprecate_large_types": True}, {"server_version_info": (13, 0), "_supports_offset_fetch": True}
    ),
}
