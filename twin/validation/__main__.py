"""Compare the engines with theory and write the page: `python -m twin.validation [--out FILE] [--quick]`.

Exit code 1 where a row fails, all rows together are too far off, or Little's law does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from twin.engines.reference import run as reference
from twin.engines.timing import engine
from twin.scenario import load_scenario
from twin.timing.design import design_of
from twin.timing.sampling import sample
from twin.validation.comparing import Compared, compare, dice_of, paths
from twin.validation.comparing import Path as LittlePath
from twin.validation.estimates import together
from twin.validation.page import page, row, summary
from twin.validation.rows import Row, all_rows, broken

QUICK = 5  # so many times fewer replications


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows, write the page, print what failed."""
    parser = argparse.ArgumentParser(prog="python -m twin.validation", description=__doc__)
    parser.add_argument("--out", type=Path, help="where the page goes (default: nowhere, its rows are printed)")
    parser.add_argument("--quick", action="store_true", help="a few rows with fewer replications, as in the tests")
    options = parser.parse_args(arguments)
    compared = [each for each in map(quick if options.quick else whole, all_rows()) if each is not None]
    little = days()
    if options.out is not None:
        options.out.write_text(page(compared, little), encoding="utf-8", newline="\n")
    failed = [row(one) for one in compared if not one.passed]
    if not together([one.estimate.z for one in compared]).passed:
        failed.append(summary(compared))
    failed += [f"{day}: {one.name}" for day, found in little.items() for one in found if one.area_us != one.stays_us]
    print("\n".join(failed or [f"{len(compared)} rows, all passed"]))
    return 1 if failed else 0


def whole(row: Row) -> Compared:
    """All replications on the engine that is the default, a short one on the reference."""
    return compare(row, engine()[1], other=reference)


def quick(row: Row) -> Compared | None:
    """The same with fewer replications, of the rows that are marked for it."""
    return compare(row, engine()[1], row.size.fewer(QUICK), reference) if row.quick else None


def days() -> dict[str, list[LittlePath]]:
    """The paths of three days: a queue whose windows fail, the Monday peak with its faults, and the day after a holiday."""
    run, failing = engine()[1], list(broken())[-1]
    room = failing.draw(dice_of(failing, 0), 20_000)
    found = {failing.name: paths(room, run(room))}
    for name in ("peak-monday", "after-holiday"):
        workload = sample(design_of(load_scenario(name)), 0)
        found[name] = paths(workload, run(workload))
    return found


if __name__ == "__main__":
    sys.exit(main())
