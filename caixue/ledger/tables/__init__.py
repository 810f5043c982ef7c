"""Tables that are projections of the ledger's entries, one subject a module: its tables and, in RULES, which event writes what."""
