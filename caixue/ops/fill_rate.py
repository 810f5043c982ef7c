"""How often a shelf of spare parts has what is needed: Poisson demand, base-stock and (r, Q) policies (contract C4, R5.4).

Of a part that is ordered one for one whenever one is taken, the number on order is Poisson with the mean demand of one lead
time, whatever the lead time's distribution (Palm's theorem; Feeney and Sherbrooke 1966, doi 10.1287/mnsc.12.5.391). Under
(r, Q) with a fixed lead time the inventory position is uniform on r+1 … r+Q (Hadley and Whitin 1963, section 4.7). Both let
demand wait that finds nothing. What a demand finds is what the shelf holds on average over time, because Poisson arrivals
see time averages (Wolff 1982).
"""

from __future__ import annotations

from math import exp, isfinite, lgamma, log

from caixue.errors import UsageError
from caixue.lang import tr

LARGEST = 10_000  # more than that nobody recommends


def at_most(count: int, mean: float) -> float:
    """The probability that a Poisson number with `mean` (0 or more) is at most `count`. Raises UsageError for another mean."""
    if not isfinite(mean) or mean < 0:
        raise UsageError(tr(f"平均需求不能是 {mean}", f"a mean demand cannot be {mean}"))
    if count < 0:
        return 0.0
    if not mean:
        return 1.0
    return min(1.0, sum(exp(number * log(mean) - mean - lgamma(number + 1)) for number in range(count + 1)))


def stockout_risk(on_hand: int, mean: float) -> float:
    """The probability that a demand finds nothing before the next delivery: `mean` pieces are asked for until then on average."""
    return max(0.0, 1.0 - at_most(on_hand, mean))


def fill_rate(base_stock: int, mean: float) -> float:
    """The expected share of demands met from the shelf when one is ordered for each that is taken; `mean`: demand of one lead time."""
    return at_most(base_stock - 1, mean)


def fill_rate_of_lots(reorder: int, lot: int, mean: float) -> float:
    """The same when `lot` pieces are ordered each time the position falls to `reorder`. Raises UsageError for a lot below 1."""
    if lot < 1:
        raise UsageError(tr(f"订货批量不能是 {lot}", f"an order of {lot} pieces is none"))
    return sum(at_most(position - 1, mean) for position in range(reorder + 1, reorder + lot + 1)) / lot


def base_stock_for(wanted: float, mean: float) -> int:
    """The smallest base stock with at least the `wanted` fill rate (below 1). Raises UsageError for a rate of 1 or more, or below 0."""
    if not 0 <= wanted < 1:
        raise UsageError(tr(f"满足率要在 0 与 1 之间，不能是 {wanted}", f"a fill rate lies between 0 and 1, not {wanted}"))
    stock = 0
    while fill_rate(stock, mean) < wanted and stock < LARGEST:
        stock += 1
    return stock
