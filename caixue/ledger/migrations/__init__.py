"""How a ledger's schema came to be, step by step: each revision is a module in `versions`, written by `python -m caixue.ledger.migrations.write`."""
