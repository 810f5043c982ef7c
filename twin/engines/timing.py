"""Which engine runs a day of timing fidelity: the compiled one where functions are compiled, else the reference; both give the same course."""

from __future__ import annotations

from collections.abc import Callable

from twin.timing.arrays import Course, Workload
from twin.timing.compiling import compiles

Engine = Callable[[Workload], Course]


def engine() -> tuple[str, Engine]:
    """The name of the engine, as `result.json` has it, and its function."""
    if compiles():
        from twin.engines.compiled import run as run_compiled

        return "compiled", run_compiled
    from twin.engines.reference import run as run_reference

    return "reference", run_reference
