"""One site's devices in real time: their models, where clients reach each, and the faults that can be injected meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from caixue.errors import LinkLost, UsageError
from caixue.journal import Journal, Recorder
from caixue.lang import tr
from caixue.site import DeviceSpec, Site
from twin.chance import Chance
from twin.devices.modbus import ModbusModel
from twin.faults.catalogue import catalogue
from twin.faults.injector import FaultRecord, Injector
from twin.live.framing import Frames
from twin.live.hub import Hub
from twin.live.network import TcpPort
from twin.live.terminal import PtyEnd
from twin.live.timeline import LoopClock, LoopTimeline
from twin.plant import make_model, make_stations
from twin.scenario_checks import check_faults
from twin.scenario_model import Fault as FaultLine
from twin.things import TubeFactory


@dataclass(frozen=True, slots=True)
class Ways:
    """How clients reach devices. `first_port` 0: any free ports; else devices take one after another from there."""

    host: str = "127.0.0.1"
    first_port: int = 0
    tcp: bool = True
    links: Path | None = None  # the folder for links to pseudo terminals; None: no pseudo terminals


@dataclass(frozen=True, slots=True)
class Reached:
    """Where one device is reached."""

    spec: DeviceSpec
    pty: PtyEnd | None
    tcp: TcpPort | None

    @property
    def url(self) -> str:
        """The pyserial URL for drivers: the pseudo terminal where there is one, because it has a baud rate."""
        if self.pty is not None and self.spec.framing != "mbap":
            return self.pty.path
        assert self.tcp is not None
        return self.tcp.url


class LiveRoom:
    """Models of all devices of a site, listening. Everything happens in the event loop's thread."""

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop, journal: Journal, ways: Ways, *, seed: int = 0) -> None:
        self.site = site
        self.kernel = LoopTimeline(loop)
        self.stations, self.factory = make_stations(site), TubeFactory()
        self.models = {spec.name: make_model(spec, self.stations, self.factory, site) for spec in site.devices.values()}
        shared: dict[str, Hub] = {}  # devices with one URL are units of one line
        self.hubs = {spec.name: shared.setdefault(spec.url, Hub(self.kernel, spec.name)) for spec in site.devices.values()}
        for name, model in self.models.items():
            self.hubs[name].carry(model)
        recorder = Recorder(journal, LoopClock(self.kernel))
        self.injector = Injector(self, recorder, Chance(seed), self.models, self.hubs, {})  # type: ignore[arg-type]  # a hub bears faults like a line
        self.reached: dict[str, Reached] = {}
        self._ends: list[PtyEnd | TcpPort] = []
        try:
            for number, hub in enumerate(shared.values()):
                self._listen(loop, hub, ways, number)
        except OSError as error:
            self.close()
            raise LinkLost(tr(f"无法监听：{error}", f"cannot listen: {error}")) from None

    def _listen(self, loop: asyncio.AbstractEventLoop, hub: Hub, ways: Ways, number: int) -> None:
        """Open the ways to one line; every device on it is reached by them."""
        pty, tcp, specs = None, None, [self.site.devices[model.name] for model in hub.models]
        if ways.links is not None and specs[0].framing != "mbap":
            pty = PtyEnd(loop, hub, specs[0].baudrate or hub.models[0].card.baudrate, ways.links / hub.name)
            self._ends.append(pty)
        if ways.tcp or pty is None:
            modbus = isinstance(hub.models[0], ModbusModel)
            port = ways.first_port + number if ways.first_port else 0
            tcp = TcpPort(loop, hub, ways.host, port, Frames if modbus else None)
            self._ends.append(tcp)
        for spec in specs:
            self.reached[spec.name] = Reached(spec, pty, tcp)

    def close(self) -> None:
        """Stop listening, part from every client, remove the links."""
        self.kernel.stop()
        for end in self._ends:
            end.close()

    def inject(self, target: str, kind: str, *, link: bool = False, duration: str | None = None, detail: Mapping[str, Any] | None = None) -> FaultRecord:
        """Begin a fault of the catalogue on a device, or on its line; it lasts until `repair`, or for `duration` ("10 min").

        Without `link`, a kind that the device does not have is looked for among the link faults. Raises UsageError for
        whatever the site or the catalogue does not know.
        """
        spec = self.site.devices.get(target)
        link = link or (spec is not None and (spec.kind, kind) not in catalogue() and ("link", kind) in catalogue())
        row = {"at": "0 s", "link" if link else "device": target, "kind": kind, **({"for": duration} if duration else {}), **(detail or {})}
        try:
            fault = FaultLine.model_validate(row)
        except ValidationError as error:
            raise UsageError("; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())) from None
        for finding in check_faults([(0, fault)], self.site):
            raise UsageError(" ".join(filter(None, (finding.what, finding.hint))))
        if spec is None:
            raise UsageError(tr(f"这里只有设备，没有 {target}", f"only devices are served here, no {target}"))
        return self.injector.start(fault, catalogue()["link" if link else spec.kind, kind])

    def repair(self, target: str) -> list[str]:
        """End the faults of `target` that last until repaired; gives their kinds. Raises UsageError for an unknown device."""
        if target not in self.models:
            raise UsageError(tr(f"没有设备 {target}", f"no device {target}"))
        return [row.kind for row in self.injector.repair(target)]
