"""How fast the twin is: CPU of a 1,200-patient wire day against a yardstick of the same run, and the answers of a live bench.

`python -m twin.bench [--json] [--runs N] [--rounds N] [--connects N]`. The yardstick is what pymodbus alone needs to build and
decode one read exchange on both sides, so the ratio says how much the whole twin costs per exchange, whatever the machine.
Live: raw pyserial, stock pymodbus and caixue in turn, then a good client among hostile ones; times in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest, ReadInputRegistersResponse

from twin.bench_live import among_hostile, round_trips
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
    parser.add_argument("--runs", type=int, default=5, help="how many days to measure (default 5; 0: none)")
    parser.add_argument("--rounds", type=int, default=300, help="how many live round trips of each kind (default 300; 0: none)")
    parser.add_argument("--connects", type=int, default=10_000, help="how often hostile clients connect (default 10,000; 0: never)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args(arguments)
    figures = measure(options.runs) if options.runs > 0 else {}
    if options.rounds > 1:
        figures["live_ms"] = round_trips(options.rounds)
    if options.connects > 0:
        figures["hostile_ms"] = among_hostile(options.connects, max(2, options.rounds))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in flat(figures):
        print(f"{name:36} {value}")


def flat(figures: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """The figures one a line; those of one spread side by side."""
    for name, value in figures.items():
        if isinstance(value, Mapping) and any(isinstance(part, Mapping) for part in value.values()):
            yield from flat(value, f"{above}{name} ")
        else:
            parts = value.items() if isinstance(value, Mapping) else [("", value)]
            yield above + name, "  ".join(f"{key} {_shown(part)}".strip() for key, part in parts)


def _shown(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, (int, float)) else str(value)


if __name__ == "__main__":
    main()
