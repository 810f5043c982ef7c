"""Stock levels: what the store should hold of each consumable and part, against the risk to run out and what it costs (contract G2)."""
