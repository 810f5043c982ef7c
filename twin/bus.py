"""Several devices on one line, as on RS-485: each hears every request, and the others' replies after them.

What is heard, and that nobody hears himself, is assumed: docs/assumptions.md A-95.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twin.devices.base import DeviceModel
from twin.line import character_us


class Bus:
    """Stands at the device's end of a line in place of one model. A model without power neither hears nor speaks."""

    powered = True

    # Bound by the line, as for a model.
    send: Callable[..., None]
    call_later: Callable[..., None]

    def __init__(self, models: Iterable[DeviceModel], baudrate: int) -> None:
        self.models = tuple(models)
        self._character_us = character_us(baudrate)
        for model in self.models:
            model.send = partial(self._speak, model)
            model.call_later = self._later

    def feed(self, data: bytes) -> None:
        """Bytes from the host."""
        self._tell(None, data)

    def _speak(self, model: DeviceModel, data: bytes, after_us: int = 0) -> None:
        self.send(data, after_us)
        self.call_later(after_us + len(data) * self._character_us, self._tell, model, data)

    def _tell(self, speaker: DeviceModel | None, data: bytes) -> None:
        for model in self.models:
            if model is not speaker and model.powered:
                model.feed(data)

    def _later(self, after_us: int, function: Callable[..., object], *arguments: Any) -> None:
        self.call_later(after_us, function, *arguments)
