"""Tables as columns: numpy arrays of equal length, one row a thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError


def column(dtype: Any, default: Any) -> Any:
    """A field of a Table: how its values are stored, and what a row holds where nothing is said."""
    return field(metadata={"dtype": dtype, "default": default})


class Table:
    """Columns of equal length, one row a thing; build one with `of`."""

    __slots__ = ()

    @classmethod
    def of(cls, **columns: Sequence[Any] | NDArray[Any]) -> Self:
        """The table of these columns (lists or arrays); a column left out holds its default in every row.

        Raises UsageError for an unknown column and for columns of unequal length.
        """
        known = {each.name: each.metadata for each in fields(cls)}  # type: ignore[arg-type]
        unknown = [name for name in columns if name not in known]
        lengths = {len(values) for values in columns.values()}
        if unknown or len(lengths) > 1:
            raise UsageError(f"{cls.__name__}: unknown columns {unknown}" if unknown else f"{cls.__name__}: columns of unequal length")
        rows = lengths.pop() if lengths else 0
        given = {name: np.asarray(values, known[name]["dtype"]) for name, values in columns.items()}
        absent = {name: np.full(rows, meta["default"], meta["dtype"]) for name, meta in known.items() if name not in columns}
        return cls(**given, **absent)

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The table with the rows where `kept` is true."""
        return type(self)(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(np.array_equal(getattr(self, each.name), getattr(other, each.name)) for each in fields(self))  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]
