"""The mains of the room: what goes dark when they fail, and how the room comes back after the hospital's release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import simpy

from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError
from caixue.labelling import HelpNeeded
from caixue.ops.incidents import Incident
from caixue.ops.power import PowerGuard, start_up
from caixue.site import Site
from caixue.units import duration_us
from twin.devices.base import DeviceModel
from twin.devices.ups import UpsModel
from twin.invariants import Invariants
from twin.position import Position, Steps
from twin.room import Room
from twin.world import World


class Mains:
    """The supply of one room. A fault stops and resumes it like a window.

    At the cut every device loses its power at once, unless a UPS feeds it. Nobody is called to a window any more; what is
    in the devices fails as their drivers find out, and a patient whose tray is complete is still drawn.
    """

    def __init__(
        self,
        world: World,
        site: Site,
        room: Room,
        models: Mapping[str, DeviceModel],
        shared: Sequence[Driver],
        fed: Mapping[str, Sequence[str]],
        invariants: Invariants,
    ) -> None:
        self.off = False
        self.guard: PowerGuard | None = None
        self._world = world
        self._site = site
        self._room = room
        self._models = models
        self._shared = [driver for driver in shared if driver.name not in fed]
        self._invariants = invariants
        self._held = {name for names in fed.values() for name in names}
        self._released = world.kernel.event()
        self._release_after_us = 0
        for name, names in fed.items():
            ups = models[name]
            assert isinstance(ups, UpsModel)
            ups.on_output = self._output_of(name, ups, names)

    def held(self, device: str) -> bool:
        """Whether a UPS feeds `device`."""
        return device in self._held

    def stop(self, reason: str, **detail: Any) -> None:
        """The mains fail; the hospital releases the room `release_after` their return."""
        self.off = True
        self._release_after_us = duration_us(detail["release_after"])
        self._released = self._world.kernel.event()
        for model in self._on_mains():
            model.power_off()
        for ups in self._upses():
            ups.mains_off()
        for position in self._room.positions:
            position.stopped += 1
            self._room.block(position, position.name, reason)

    def resume(self, *, by_itself: bool) -> None:
        """The mains are back. The devices get their power; the room waits for the hospital's release."""
        self.off = False
        for model in self._on_mains():
            model.power_on()
        for ups in self._upses():
            ups.mains_on()
        self._world.process(self._release(self._released))

    def attend(self, name: str, incident: Incident) -> Steps:
        """What the engineer does about an outage: comes, waits for the release, and starts the room."""
        guard = self.guard
        assert guard is not None
        incidents = guard.incidents
        incidents.advance(incident, "acknowledged", by=name)
        yield self._world.kernel.timeout(self._site.walking.engineer_us)
        incidents.advance(incident, "on-site", by=name)
        incidents.advance(incident, "diagnosed", by=name, found="mains out")
        if not self._released.triggered:
            yield self._released
        yield from self._world.call(self._start)
        guard.back()
        incidents.advance(incident, "restored", by=name, part="")
        incidents.advance(incident, "closed", by=name)

    def _release(self, released: simpy.Event) -> Steps:
        """The hospital's release. After a blink that no UPS told of there is no procedure: the windows are started one by one by hand."""
        yield self._world.kernel.timeout(self._release_after_us)
        assert self.guard is not None
        self.guard.released(self._site.name, self.guard.options.contact)
        released.succeed()
        if self.guard.incident is None:
            for position in self._room.positions:
                position.resume()

    def _start(self) -> None:
        assert self.guard is not None
        stations = {position.name: position.station for position in self._room.positions if position.station is not None}
        start_up(self._site.name, stations, self._shared, self._world.clock, self.guard.recorder, self._back)

    def _back(self, name: str, wrong: DeviceError | LinkError | None) -> None:
        """A window has been started: it is in service again, or somebody must look at it."""
        position = self._position(name)
        position.stopped -= 1
        if wrong is None:
            self._room.unblock(position)
        else:
            self._room.ask_for_help(position, HelpNeeded(wrong.device, getattr(wrong, "alarm", "") or "no-answer", str(wrong)))

    def _position(self, name: str) -> Position:
        return next(position for position in self._room.positions if position.name == name)

    def _upses(self) -> Iterator[UpsModel]:
        return (model for model in self._models.values() if isinstance(model, UpsModel))

    def _on_mains(self) -> Iterator[DeviceModel]:
        return (model for name, model in self._models.items() if name not in self._held and not isinstance(model, UpsModel))

    def _output_of(self, name: str, ups: UpsModel, fed: Sequence[str]) -> Callable[[bool], None]:
        def switched(on: bool) -> None:
            for device in fed:
                model = self._models[device]
                model.power_on() if on else model.power_off()
            if ups.ran_flat:
                ups.ran_flat = False
                if any(position.open for position in self._room.positions):  # at night everything has been laid down already
                    self._invariants.battery_ended(name)

        return switched
