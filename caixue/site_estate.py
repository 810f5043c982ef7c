"""What stands behind the room: hosts, probes of hosts and interfaces, and the software in scope (contract S3, S5–S7), as a site file tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config

from caixue.units import DurationUs

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[^\s.*]+$")]
Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Host:
    """A computer or a piece of network equipment; `domestic` is None where nobody has said."""

    name: Name
    kind: Literal["server", "database", "pc", "switch", "firewall"]
    address: Text = ""  # where it answers; empty: this machine
    system: str = ""  # "Windows Server 2019"
    domestic: Flag | None = None  # R4


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """One question that is asked now and then; times in microseconds."""

    name: Name
    kind: Literal["tcp", "http", "mllp", "ping"]
    target: Text  # tcp://host:port, http(s)://host:port/path, mllp://host:port, ping://host
    about: Name  # the host or interface that it tells about
    timeout_us: Annotated[DurationUs, Field(alias="timeout")] = 5_000_000  # assumed: docs/assumptions.md A-190
    slow_us: Annotated[DurationUs, Field(alias="slow")] = 1_000_000  # a warning from there; A-190
    every_us: Annotated[DurationUs, Field(alias="every")] = 60_000_000
    expect: str = ""  # http: text that the answer must hold
    count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1  # attempts, of which the lost ones are counted


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SoftwareSpec:
    """One software in scope and the version that the site file knows; the ledger knows what was installed since."""

    name: Name
    version: Text
    kind: Literal["system", "driver", "template", "firmware", "os", "database"]
    host: str = ""  # a [[host]], a window, or empty for all
    maker: str = ""
    folder: str = ""  # what is backed up: templates, configuration, programs
    processes: tuple[Text, ...] = ()  # whose being there shows that it runs
    supported_until: date | None = None
    domestic: Flag | None = None  # R4
