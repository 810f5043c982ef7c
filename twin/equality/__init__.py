"""Equality of the timing engines: random days with everything on, run by both and compared to the last bit."""
