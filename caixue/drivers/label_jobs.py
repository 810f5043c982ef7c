"""One label at a time, nothing believed that the printer did not say: the part that all label printers' drivers share."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.clock import Clock
from caixue.drivers.asking import AskingDriver
from caixue.drivers.base import Reading
from caixue.errors import DeviceError, LinkError, NotArmed, ReplyTimeout, UncertainOutcome
from caixue.journal import Recorder
from caixue.link.port import Port
from caixue.tubes import LabelContent
from caixue.wire.label_layout import LAYOUT, LabelLayout


class LabelDriver(AskingDriver):
    """Prints one label at a time onto the peel plate.

    The keys of the card's `alarms` are bits of the reading's value "status". Subclasses speak the printer's language.
    """

    moves = ("print_label", "purge")
    purge_command: bytes  # cancels all jobs and clears what is half received

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder, *, layout: LabelLayout = LAYOUT) -> None:
        super().__init__(name, port, clock, recorder)
        self.layout = layout
        self.last_sent = ""  # the serial of the last job that went out

    def render(self, content: LabelContent) -> bytes:
        """The job that prints `content`; raises UsageError for content that no label can hold."""
        raise NotImplementedError

    def mileage_km(self) -> int:
        """Whole kilometres that the print head has run. Raises LinkError."""
        raise NotImplementedError

    def wear(self) -> Mapping[str, int]:
        return {"printed-km": self.mileage_km()}

    def print_label(self, content: LabelContent) -> None:
        """Print one label and return when the printer says that it is out, which does not yet mean that it can be read.

        Raises UsageError for content that no label can hold and DeviceError when the printer is not ready: nothing was
        sent. After `label.sent`, DeviceError means that an alarm stopped the job, UncertainOutcome that the printer did
        not answer; the label's state is unknown then, its serial must not be used again, and what was queued is cancelled.
        """
        job = self.render(content)
        self._must_be_ready()
        try:
            self._send(job, content.serial)
            durations = self.card.durations_s
            self.clock.sleep(len(job) * self.port.character_s + durations["imaging"] + durations["print"] + durations["settle"])
            self._wait_until_idle("an alarm stopped the job")
        except LinkError as error:
            self._cancel()
            raise UncertainOutcome(f"label {content.serial} was sent, then: {error}", device=self.name) from None
        self.recorder.note("label.printed", content.serial, device=self.name)

    def purge(self) -> None:
        """Leave nothing behind that could still print: cancel all jobs, clear the image, wait for a label in progress.

        Labels already on the plate stay there. Raises LinkError when the printer does not answer, DeviceError while an
        alarm stands. May be repeated.
        """
        self._write(self.purge_command)
        self.clock.sleep(len(self.purge_command) * self.port.character_s + self.card.durations_s["settle"])
        self._wait_until_idle("an alarm stands")

    def _must_be_ready(self) -> None:
        reading = self.status()
        if reading.alarms:
            raise self._alarm(reading, "nothing was sent")
        if reading.state == "busy":
            raise self._refused(None, "still printing something else; nothing was sent", int(reading.values["status"]))

    def _send(self, job: bytes, serial: str) -> None:
        """Journal first: from here on the printer may have the job, whatever happens. Raises NotArmed before that."""
        self.port.require_armed(job)
        self.last_sent = serial
        self.recorder.note("label.sent", serial, device=self.name)
        self._write(job)

    def _wait_until_idle(self, detail: str) -> None:
        """Poll until the printer neither prints nor complains."""
        for _ in range(int(self.card.limits["polls"])):
            reading = self.status()
            if reading.alarms:
                self._cancel()
                raise self._alarm(reading, detail)
            if reading.state == "ready":
                return
            self.clock.sleep(self.card.durations_s["poll"])
        timeout = ReplyTimeout("still printing long after it should have finished", device=self.name)
        self._trouble(timeout)
        raise timeout

    def _alarm(self, reading: Reading, detail: str) -> DeviceError:
        code = int(reading.values["status"])
        alarm = next(alarm for bit, alarm in self.card.alarms.items() if code & bit)
        return self._refused(alarm, f"{', '.join(reading.alarms)}; {detail}", code)

    def _cancel(self) -> None:
        """Drop what the printer still holds, as far as it can be reached: a label nobody waits for must not come out later."""
        try:
            self._write(self.purge_command)
        except (LinkError, NotArmed):  # arming may end while a label is printed
            return

    def _write(self, data: bytes) -> None:
        try:
            with self.port.lock:
                self.port.write(data, moves=True)
        except LinkError as error:
            self._trouble(error)
            raise
