"""Rosters: which nurse works when, breaks and skills included, so that the requirement is covered by the fewest paid hours."""
