"""How each figure is computed from a day record; the table of figures is in `caixue.metrics`."""
