"""All programs in turn on the same morning: `python -m twin.peers [--rounds N] [--check] [--full]`.

Prints the tables of docs/performance.md. `--check` fails unless the compiled engine is some way to its goals; `--full` measures the
room with all its features and the command line as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from twin.peers.features import command_s, day_ms
from twin.peers.measuring import in_turn
from twin.peers.printed import comparison, events, features, goals
from twin.peers.programs import COMPILED, REUSED, WITHOUT_DRAWS, C, disagreeing, drawn, programs

LEAST = {"times_simpy": 150.0, "of_c": 0.5}  # far below what is measured: these only notice what went badly wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where programs of the same rules disagree, or a ratio is far off."""
    parser = argparse.ArgumentParser(prog="python -m twin.peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often everybody has a turn (default 7)")
    parser.add_argument("--check", action="store_true", help="fail where a ratio is far below what it was")
    parser.add_argument("--full", action="store_true", help="the room with all its features, and the command line, too")
    options = parser.parse_args(arguments)
    with programs() as (peers, missing):
        wrong = disagreeing(peers)
        if wrong:
            print("not the same mean wait: " + ", ".join(wrong), file=sys.stderr)
            return 1
        times = in_turn(peers, max(1, options.rounds))
    print("\n".join(comparison(times, missing)))
    print("\n".join(["", *events(_events(), times)]))
    reached = goals(times)
    print("\n" + "\n".join(f"{name}: {value:.3g}" for name, value in reached.items()))
    if options.full:
        commands = {"--reps 1": command_s(5, "--reps", "1"), "--reps 10000": command_s(2, "--reps", "10000")}
        print("\n" + "\n".join(features(day_ms(max(1, options.rounds)), commands)))
    return 1 if options.check and any(reached.get(name, least) < least for name, least in LEAST.items()) else 0


def _events() -> dict[str, float]:
    """Timed events of a morning, mean over the drawn ones, by the reference, which counts them."""
    from twin.engines.reference import counted

    mornings = [drawn(number) for number in range(REUSED)]
    ours = float(np.mean([counted(workload)[1].events for _, workload in mornings]))
    # the rules have one event more for each patient: the preparation that takes no time; and the calendar's rows
    more = float(np.mean([len(day.arrived_us) + len(workload.calendar_us) for day, workload in mornings]))
    return {COMPILED + WITHOUT_DRAWS: ours, C + WITHOUT_DRAWS: ours - more}


if __name__ == "__main__":
    sys.exit(main())
