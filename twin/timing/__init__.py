"""Timing fidelity: a day as arrays of numbers drawn beforehand, which every timing engine reads and fills alike."""
