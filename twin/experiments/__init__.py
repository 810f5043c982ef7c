"""Experiments over many days: sweeps of scenario values, comparison of two designs, replications by wanted precision."""
