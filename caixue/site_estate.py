"""What stands behind the room: hosts, probes, the software in scope (contract S3, S5–S7), media and caches, as a site file tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, with_config

from caixue.units import DurationUs

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[^\s.*]+$")]
Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
PORTS = {"tcp": None, "http": 80, "https": 443, "mllp": 2575, "ping": 0}  # scheme → the port that need not be written; None: it must be
SCHEMES = {"tcp": ("tcp",), "http": ("http", "https"), "mllp": ("mllp",), "ping": ("ping",)}  # kind → the schemes of its targets
EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))  # RFC 5737, RFC 3849


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Host:
    """A computer or a piece of network equipment; `domestic` is None where nobody has said."""

    name: Name
    kind: Literal["server", "database", "pc", "switch", "firewall"]
    address: Text = ""  # where it answers; empty: this machine
    system: str = ""  # "Windows Server 2019"
    domestic: Flag | None = None  # R4


@dataclass(frozen=True, slots=True)
class Target:
    """Where a probe asks: `port` is 0 for a ping, `path` holds path and query of an http target."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def example(self) -> bool:
        """Whether it is an address of the documentation's range, which stands for one that the site has not written yet."""
        try:
            address = ip_address(self.host)
        except ValueError:
            return False
        return any(address in network for network in EXAMPLES if network.version == address.version)


def target_of(text: str) -> Target:
    """The parts of a target such as tcp://host:port. Raises ValueError for anything else, and for one that holds a name or a password."""
    split = urlsplit(text)
    if split.scheme not in PORTS or not split.hostname or text != text.strip() or not text.isprintable():
        raise ValueError("write tcp://host:port, http(s)://host:port/path, mllp://host:port or ping://host")
    if "@" in split.netloc:
        raise ValueError("no user and no password in a target")
    if split.hostname.startswith("-") or (not split.scheme.startswith("http") and (split.path or split.query or split.fragment)):
        raise ValueError("write the host, and the port behind a colon, and nothing else")
    port = split.port if split.port is not None else PORTS[split.scheme]
    if port is None or (split.scheme == "ping") != (port == 0):
        raise ValueError("tcp needs a port and ping has none")
    path = (split.path or "/") + (f"?{split.query}" if split.query else "") if split.scheme.startswith("http") else ""
    return Target(split.scheme, split.hostname, port, path)


def _checked(text: str) -> str:
    target_of(text)
    return text


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """One question that is asked now and then; times in microseconds."""

    name: Name
    kind: Literal["tcp", "http", "mllp", "ping"]
    target: Annotated[Text, AfterValidator(_checked)]  # tcp://host:port, http(s)://host:port/path, mllp://host:port, ping://host
    about: Name  # the host or interface that it tells about
    timeout_us: Annotated[DurationUs, Field(alias="timeout")] = 5_000_000  # assumed: docs/assumptions.md A-190
    slow_us: Annotated[DurationUs, Field(alias="slow")] = 1_000_000  # a warning from there; A-190
    every_us: Annotated[DurationUs, Field(alias="every")] = 60_000_000
    expect: str = ""  # http: text that the answer must hold
    count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1  # attempts, of which the lost ones are counted

    def problem(self) -> str:
        """Why nobody could ask it; empty when one can."""
        schemes = SCHEMES[self.kind]
        if target_of(self.target).scheme not in schemes:
            return f"a target of kind {self.kind} begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        return "" if self.timeout_us > 0 and self.every_us > 0 else "timeout and every are longer than nothing"


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
    log: str = ""  # a file whose new error lines are counted; relative to the site file
    supported_until: date | None = None
    domestic: Flag | None = None  # R4


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class MediumSpec:
    """Where backups go: a disk, a share or a tape library's folder, as this machine sees it; relative to the site file."""

    name: Name
    folder: Text


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class CacheSpec:
    """Cached data that is backed up and then deleted: the rows of a table, or the files of a folder (relative to the site file)."""

    name: Name
    url_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = ""  # the environment variable that holds the database's URL
    table: str = ""  # or schema.table
    key: str = ""  # the column that tells rows apart
    time: str = ""  # the column that tells their age
    time_is: Literal["local", "utc", "epoch-s", "epoch-ms"] = "local"
    folder: str = ""
    keep_us: Annotated[DurationUs, Field(alias="keep")] = 604_800_000_000  # younger ones stay; assumed: docs/assumptions.md A-233
    batch: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 500  # rows deleted in one transaction; A-233

    def problem(self) -> str:
        """What the row lacks; empty when it is a table or a folder."""
        columns = (self.url_env, self.table, self.key, self.time)
        if self.folder and not any(columns):
            return ""
        if not self.folder and all(columns):
            return ""
        return "write folder, or url_env, table, key and time"
