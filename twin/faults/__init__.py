"""Faults: rows in tables, and the short engine that makes them happen."""
