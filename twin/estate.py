"""What stands behind the room in the twin: hosts that probes ask, the machine of the desk, folders of software on a real disk, their medium."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from caixue.probes.machine import ABOUT
from caixue.probes.reading import Attempt, Reading, State, judged
from caixue.site import Site
from caixue.site_estate import ProbeSpec
from twin.chance import Chance
from twin.desk_truth import DeskTruth

LATENCY_US = 2_000.0  # median of a host on the hospital's LAN; docs/assumptions.md A-263
LATENCY_SPREAD = 0.5  # of its logarithm; docs/assumptions.md A-263
BUSY = {"cpu": ("busy", 0.2), "memory": ("used", 0.45), "disk C": ("used", 0.6)}  # shares; docs/assumptions.md A-263
MODE, WRITTEN_NS = 0o644, 1_767_225_600_000_000_000  # of every file, so that an archive of it is the same at any time
VERSION_FILE = "VERSION"


class Hosts:
    """The hosts behind the room: they answer, as fast as the dice say."""

    def __init__(self, chance: Chance, truth: DeskTruth) -> None:
        self._chance = chance
        self._truth = truth

    def probe(self, spec: ProbeSpec) -> Reading:
        """What a probe of that host finds."""
        dice = self._chance.stream(f"probe.{spec.name}")
        attempts = [Attempt(round(LATENCY_US * dice.lognormvariate(0.0, LATENCY_SPREAD))) for _ in range(spec.count)]
        reading = judged(spec, attempts)
        assert reading.latency_us is not None
        self._truth.latencies[spec.name] = reading.latency_us
        return reading

    def machine(self) -> list[Reading]:
        """What the machine of the desk says of itself."""
        dice = self._chance.stream("machine")
        return [Reading(name, ABOUT, State.OK, values={key: share * dice.uniform(0.9, 1.1)}) for name, (key, share) in BUSY.items()]


class Disk:
    """Folders with the site's software, and its media, in a scratch folder that lives as long as the run."""

    def __init__(self, site: Site) -> None:
        self._scratch = TemporaryDirectory(prefix="caixue-twin-")
        self.base = Path(self._scratch.name)
        self.restoring = self.base / "restoring"
        self.restoring.mkdir()
        self._folders = {one.name: self.base / one.folder for one in site.software if one.folder}
        self._media = [self.base / medium.folder for medium in site.media]
        for medium in self._media:
            medium.mkdir(parents=True)
        for one in site.software:
            if one.folder:
                self.write(one.name, one.version)

    def write(self, software: str, version: str) -> None:
        """Install that version of a software: its files are there."""
        folder = self._folders[software]
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{hashlib.sha256(f'{software} {version} {line}'.encode()).hexdigest()}\n" for line in range(40))
        for name, content in ((VERSION_FILE, f"{version}\n"), ("content.txt", text)):
            file = folder / name
            file.write_text(content, encoding="utf-8", newline="\n")
            file.chmod(MODE)
            os.utime(file, ns=(WRITTEN_NS, WRITTEN_NS))

    def versions(self) -> dict[str, str]:
        """Which version lies in each folder."""
        return {name: (folder / VERSION_FILE).read_text(encoding="utf-8").strip() for name, folder in self._folders.items()}

    def archives(self) -> dict[str, str]:
        """What lies on the media: file → SHA-256 of its bytes."""
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for medium in self._media for file in sorted(medium.glob("*.zip"))}

    def close(self) -> None:
        """Nothing is left of it."""
        self._scratch.cleanup()
