"""caixue: drivers and maintenance operations for a hospital's blood collection room.

>>> import caixue
>>> site = caixue.open_site("site.toml")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caixue.opening import open_site

    __version__: str

__all__ = ["__version__", "open_site"]


def __getattr__(name: str) -> Any:
    """Load what is exposed at its first use, so that `import caixue` stays fast."""
    if name == "open_site":
        from caixue.opening import open_site

        return open_site
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    """The installed version, or "0+unknown" in a source tree that was never installed."""
    from importlib import metadata

    try:
        return metadata.version("caixue")
    except metadata.PackageNotFoundError:
        return "0+unknown"
