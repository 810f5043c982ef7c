"""The morning on Ciw. It has no resource that two kinds of customers share, so a breakdown is a customer that goes before all others
and no engineer is shared."""

from __future__ import annotations

import ciw

from twin.peers.shop import SHOP, LogNormal, Shop


def run(seed: int, number: int, shop: Shop = SHOP) -> float:
    """The mean wait in seconds of a morning that is drawn as it goes."""
    ciw.seed(seed * 1_000_003 + number)
    slots = range(1, len(shop.patients_a_slot) + 1)
    arrivals = ciw.dists.PoissonIntervals(
        rates=[count / shop.slot_s for count in shop.patients_a_slot] + [1e-9],
        endpoints=[slot * shop.slot_s for slot in slots] + [10 * shop.doors_s],
        max_sample_date=shop.doors_s,
    )
    network = ciw.create_network(
        arrival_distributions={"patient": [arrivals, None], "breakdown": [ciw.dists.Exponential(shop.windows / shop.mtbf_s), None]},
        service_distributions={
            "patient": [lognormal(shop.service), lognormal(shop.label)],
            "breakdown": [lognormal(shop.repair), lognormal(shop.label)],
        },
        routing={"patient": [[0.0, 1.0], [0.0, 0.0]], "breakdown": [[0.0, 0.0], [0.0, 0.0]]},
        number_of_servers=[shop.windows, 1],
        priority_classes={"breakdown": 0, "patient": 1},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(shop.doors_s * 1.5)
    waits = [record.waiting_time for record in simulation.get_all_records() if record.node == 1 and record.customer_class == "patient"]
    return sum(waits) / len(waits)


def lognormal(times: LogNormal) -> ciw.dists.Distribution:
    """Ciw's lognormal of the same mean and deviation."""
    return ciw.dists.Lognormal(times.mu, times.sigma)
