"""The ledger: a journal in a database that loses nothing. Append-only, hash-chained, one writer, every act by a named actor with a role."""

from __future__ import annotations

from caixue.ledger.opening import open_ledger
from caixue.ledger.writing import Ledger, LedgerRecorder

__all__ = ["Ledger", "LedgerRecorder", "open_ledger"]
