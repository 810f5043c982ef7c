"""Capacity planning: how many windows and nurses each half hour needs, and what-ifs; decided by simulation, guided by an approximation."""
