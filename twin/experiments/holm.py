"""How sure it is that several differences are not 0, all of them taken together (Holm 1979)."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan, cos, erfc, log1p, pi, sin, sqrt

from twin.experiments.tally import Tally

LEVEL = 0.05  # the chance that any word is said of figures that do not differ
EXACT_TO = 500  # degrees of freedom up to which Student's series is summed


def chance(difference: Tally) -> float | None:
    """How probable a mean as far from 0 or farther is, where there is no difference (Student's t, two-sided); None below two days.

    Where all days have the same difference there is no spread to go by, and their number alone counts (sign test).
    """
    if difference.n < 2 or difference.sd is None:
        return None
    if difference.alike or not difference.sd:
        return min(1.0, 2 * 0.5**difference.n) if difference.mean else 1.0
    return student_tails(abs(difference.mean) / difference.sd * sqrt(difference.n), difference.n - 1)


def shown(chances: Sequence[float | None]) -> list[bool]:
    """Which of them are below LEVEL when there are so many: the smallest against LEVEL / m, the next against LEVEL / (m - 1), and so on."""
    order = sorted((value, place) for place, value in enumerate(chances) if value is not None)
    found = [False] * len(chances)
    for number, (value, place) in enumerate(order):
        if value > LEVEL / (len(order) - number):
            break
        found[place] = True
    return found


def student_tails(t: float, degrees: int) -> float:
    """The chance of `t` >= 0 or more on either side. Source: Abramowitz and Stegun 26.7.3, 26.7.4; above EXACT_TO Wallace 1959."""
    if degrees > EXACT_TO:
        return erfc((8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(t * t / degrees)) / sqrt(2))
    angle = atan(t / sqrt(degrees))
    term = total = cos(angle) if degrees % 2 else 1.0
    for k in range(2 + degrees % 2, degrees - 1, 2):
        term *= cos(angle) ** 2 * (k - 1) / k
        total += term
    if degrees % 2 == 0:
        return max(0.0, 1 - sin(angle) * total)
    return max(0.0, 1 - 2 / pi * (angle + (sin(angle) * total if degrees > 1 else 0.0)))
