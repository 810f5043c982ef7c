"""How fast the twin is: CPU of a 1,200-patient wire day, and that day against a yardstick measured in the same run.

`python -m twin.bench [--json] [--runs N]`. The yardstick is what pymodbus alone needs to build and decode one read exchange
on both sides, so the ratio says how much the whole twin costs per exchange, whatever the machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from statistics import median

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest, ReadInputRegistersResponse

from twin.engines.wire import Replication, run_replication
from twin.scenario import load_scenario, scenario_site

DAY = ("load.scale=1.5", "steady=[]", "expect=[]")  # about 1,200 patients of peak-monday, its four faults on
YARDSTICK_EXCHANGES = 2_000


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this process while `work` runs."""
    before = time.process_time()
    work()
    return time.process_time() - before


def yardstick_us() -> float:
    """CPU microseconds that pymodbus needs to build and decode one read of nine registers, request and reply, in both directions."""
    client, server = FramerRTU(DecodePDU(is_server=False)), FramerRTU(DecodePDU(is_server=True))

    def work() -> None:
        for number in range(YARDSTICK_EXCHANGES):
            server.handleFrame(client.buildFrame(ReadInputRegistersRequest(dev_id=1, address=0, count=9)), 1, 0)
            client.handleFrame(server.buildFrame(ReadInputRegistersResponse(dev_id=1, registers=[number] * 9)), 1, 0)

    return cpu_s(work) / YARDSTICK_EXCHANGES * 1e6


def one_day() -> tuple[Replication, float]:
    """One day and its CPU seconds, imports and the reading of files aside."""
    scenario = load_scenario("peak-monday", DAY)
    site = scenario_site(scenario)
    days: list[Replication] = []
    spent_s = cpu_s(lambda: days.append(run_replication(scenario, site, None)))
    return days[0], spent_s


def measure(runs: int) -> dict[str, object]:
    """The figures of `runs` days, after one that is not counted."""
    day, _ = one_day()
    days = [one_day()[1] for _ in range(runs)]
    yardsticks = [yardstick_us() for _ in range(runs)]
    typical_s = median(days)
    return {
        "patients": len(day.day.patients),
        "exchanges": day.exchanges,
        "events": len(day.events),
        "simulated_s": day.simulated_us / 1e6,
        "cpu_s": {"min": min(days), "median": typical_s, "max": max(days)},
        "exchanges_per_cpu_s": day.exchanges / typical_s,
        "times_real_time": day.simulated_us / 1e6 / typical_s,
        "pymodbus_codec_us": median(yardsticks),
        "exchange_over_codec": typical_s / day.exchanges * 1e6 / median(yardsticks),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m twin.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how many days to measure (default 5)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args(arguments)
    figures = measure(max(1, options.runs))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        shown = "  ".join(f"{key} {part:.2f}" for key, part in value.items()) if isinstance(value, dict) else f"{value:,.6g}"
        print(f"{name:22} {shown}")


if __name__ == "__main__":
    main()
