"""The times of devices as they were measured from wire runs: what `caixue calibrate` writes and the timing engines read. Times are integer microseconds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from caixue.errors import UsageError
from caixue.lang import tr

FILE = "calibration.toml"
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of times with few samples
LATE_QUANTILES = tuple(place / 20 for place in range(21))  # of preparations


def _us(value: object) -> object:
    return round(value * 1e6) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Time = Annotated[int, BeforeValidator(_us), Field(ge=-(2**40), le=2**40)]  # written in seconds
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Source(_Table):
    """Where the numbers come from."""

    scenarios: tuple[str, ...] = Field(min_length=1)
    seeds: tuple[int, ...]
    replications: Count
    runs: Count
    commit: str
    date: str  # ISO 8601; empty where nobody said


class Tubes(_Table):
    """Preparations of so many tubes, from the call to the end of the slip."""

    tubes: Annotated[int, Field(ge=1)]
    n: Count  # 0: carried on from fewer tubes
    median_us: Time = Field(alias="median_s")
    mean_us: Time = Field(alias="mean_s")
    sd_us: Time = Field(alias="sd_s")


class Preparation(_Table):
    """At a window or at the manual station: a median by tubes, and how much later a preparation is than its median."""

    n: Count
    late_us: tuple[Time, ...] = Field(alias="late_s", min_length=len(LATE_QUANTILES), max_length=len(LATE_QUANTILES))
    by_tubes: tuple[Tubes, ...] = Field(min_length=1)

    def median(self, tubes: int) -> int:
        """Of so many tubes, in microseconds; none take nothing, more than were measured go on as the last ones do."""
        known = self.by_tubes
        if tubes <= len(known):
            return known[tubes - 1].median_us if tubes else 0
        step_us = known[-1].median_us - known[-2].median_us if len(known) > 1 else known[0].median_us
        return known[-1].median_us + (tubes - len(known)) * step_us


class Spell(_Table):
    """A time that was measured n times."""

    n: Count
    mean_us: Time = Field(alias="mean_s")
    sd_us: Time = Field(alias="sd_s")


class Belt(_Table):
    """From the draw to the end of the belt, from the last window on: `last_us`, and `window_us` more for each window before it."""

    n: Count
    last_us: Time = Field(alias="last_s")
    window_us: Time = Field(alias="window_s")


class Use(_Table):
    """What a patient uses up."""

    n: Count  # tubes drawn
    labels_per_tube: float
    slips_per_patient: float
    voided_per_bump: float


Five = Annotated[tuple[Time, ...], Field(min_length=len(QUANTILES), max_length=len(QUANTILES))]


class Felt(_Table):
    """What one kind of fault does to a window; of devices that all windows share only when somebody is called."""

    device: str  # the kind of device
    kind: str
    link: bool = False
    n: Count
    stops: Share  # how many of them stop the window
    hidden_us: Five | None = Field(None, alias="hidden_s")  # from the fault to the stop
    call_us: Time = Field(0, alias="call_s")  # from the stop to the incident; negative: the monitor had called before
    cleared_us: Time | None = Field(None, alias="cleared_s")  # from the stop until the nurse has cleared it, where nobody is called
    calls: Share  # of those that stop nothing, how many bring the engineer
    noticed_us: Five | None = Field(None, alias="noticed_s")  # from the fault to that call
    slower_us: Time = Field(0, alias="slower_s")  # a preparation meanwhile
    named: str = ""  # the kind of device that the incident names, where it is another


class Calibration(_Table):
    """One calibration file."""

    format: Literal[1] = Field(alias="schema")
    source: Source
    window: Preparation
    manual: Preparation | None = None
    restart: Spell
    refill: Spell  # before the device, without the way there
    belt: Belt | None = None
    use: Use
    faults: tuple[Felt, ...] = Field(alias="fault")

    def fault(self, device: str, kind: str, *, link: bool = False) -> Felt | None:
        """What is known of that kind of fault; None: it was not measured."""
        return _by_kind(self).get((device, kind, link))


@cache
def _by_kind_of(faults: tuple[Felt, ...]) -> Mapping[tuple[str, str, bool], Felt]:
    return {(row.device, row.kind, row.link): row for row in faults}


def _by_kind(calibration: Calibration) -> Mapping[tuple[str, str, bool], Felt]:
    return _by_kind_of(calibration.faults)


def parse(text: str, name: str) -> Calibration:
    """The calibration in a file's text; raises UsageError that names the first key that is wrong."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
        return Calibration.model_validate(data)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(
            tr(f"{name} 不是标定文件：{where}：{first['msg']}", f"{name} is no calibration file: {where}: {first['msg']}")
        ) from None


def load(path: Path) -> Calibration:
    """The calibration file at `path`; raises UsageError."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(tr(f"不能读 {path}：{error}", f"cannot read {path}: {error}")) from None


@cache
def shipped() -> Calibration:
    """The calibration that the project ships."""
    return parse(resources.files("twin.timing").joinpath(FILE).read_text(encoding="utf-8"), FILE)
