"""The long-running process of a real site: it reads every device, keeps the ledger, opens incidents, and says that it is alive."""
