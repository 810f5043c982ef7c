"""A result.json of `caixue run` at the door (contract R5.5): its shape, in the one form that `caixue run` writes it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from caixue.errors import UsageError
from caixue.lang import tr

LARGEST = 20_000_000  # bytes; real ones have some thousand, those of a month some hundred thousand

Outcome = Literal["pass", "fail", "no-data"]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True, ge=0)]
Word = Annotated[str, Field(strict=True, min_length=1, max_length=200)]
Digest = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ResultRow(_Part):
    """One judged limit."""

    figure: Word
    where: Annotated[str, Field(strict=True, max_length=200)]
    limit: Word
    actual: Number | None
    low: Number | None
    high: Number | None
    n: Whole
    breached_share: Annotated[Number, Field(ge=0, le=1)] | None
    clause: Word
    verdict: Outcome
    simulated: Annotated[bool, Field(strict=True)] = True


class ResultFault(_Part):
    """One injected fault; seconds after the start."""

    name: Word
    armed_at: Number | None
    fired_at: Number | None
    seen_at: Number | None
    recovered_at: Number | None
    absorbed: Annotated[bool, Field(strict=True)] = False
    random: Annotated[bool, Field(strict=True)] = False


class _Software(_Part):
    caixue: Word
    commit: Annotated[str, Field(strict=True, max_length=200)]


class ResultFile(_Part):
    """What a verdict rests on; other keys are passed over."""

    version: Annotated[int, Field(alias="schema", strict=True, ge=1, le=1)]
    scenario: Word
    scenario_sha256: Digest
    seed: Annotated[int, Field(strict=True)]
    fidelity: Literal["wire", "timing"]
    replications: Annotated[int, Field(strict=True, ge=1)]
    verdict: Outcome
    expectations: tuple[ResultRow, ...]
    faults: tuple[ResultFault, ...]
    broken: tuple[Annotated[str, Field(strict=True)], ...]
    figures: dict[str, Any]
    trace_sha256: Digest
    software: _Software


def parsed(content: bytes, name: str) -> ResultFile:
    """The file with these bytes. Raises UsageError naming the first place that is not as `caixue run` writes it."""
    if len(content) > LARGEST:
        raise _none(name, f"> {LARGEST:,} B")
    try:
        data = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
        return ResultFile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _none(name, ".".join(map(str, first["loc"]))) from None
    except (ValueError, RecursionError) as error:
        raise _none(name, str(error)[:80]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands twice says two things."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _none(name: str, where: str) -> UsageError:
    return UsageError(tr(f"{name} 不是 caixue run 写的 result.json：{where}", f"{name} is no result.json of caixue run: {where}"))
