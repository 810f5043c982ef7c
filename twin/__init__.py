"""twin: the digital twin of the blood collection room; it runs caixue's own code against simulated devices.

>>> import twin
>>> result = twin.run("peak-monday")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.experiment import run

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    """Load `run` at its first use: SimPy and the device models are not needed to ask what the twin offers."""
    if name == "run":
        from twin.experiment import run

        return run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
