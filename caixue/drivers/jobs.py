"""Modbus devices that carry out numbered jobs: the part that collection host and tube dispenser share.

A job is one write of command, parameter and job number. The device shows which job it accepted last, which it completed
last, and how that ended, so an unconfirmed write is decided by reading back and never by sending it again blindly.
"""

from __future__ import annotations

from collections.abc import Mapping

from caixue.clock import Clock
from caixue.drivers.base import Reading
from caixue.drivers.card import Register
from caixue.drivers.modbus_device import ModbusDriver
from caixue.drivers.registers import RegisterMap
from caixue.errors import LinkError, ReplyTimeout, UncertainOutcome
from caixue.journal import Recorder
from caixue.link.modbus import Framing
from caixue.link.port import Port

PROFILE = "open profile caixue-job/1, assumed: docs/assumptions.md A-04"
COMMAND_ADDRESS = 0  # holding registers: command, parameter, job
HOLDINGS: Mapping[str, Register] = {
    "command": Register(COMMAND_ADDRESS, "code", PROFILE),
    "parameter": Register(1, "code", PROFILE),
    "job": Register(2, "number", PROFILE),
}
INPUTS: Mapping[str, Register] = {
    "state": Register(0, "0 ready, 1 busy, 2 fault", PROFILE),
    "alarm": Register(1, "code of the card", PROFILE),
    "accepted": Register(2, "number of the last job taken", PROFILE),
    "completed": Register(3, "number of the last job ended", PROFILE),
    "result": Register(4, "1 done, 2 failed", PROFILE),
}
COUNTERS_ADDRESS = 0x100  # input registers that no poll reads: the counters of the card, two words each, high word first
COUNTERS_PROFILE = "counters of the open profile caixue-job/1, assumed: docs/assumptions.md A-109"
READY, BUSY, FAULT = 0, 1, 2
DONE, FAILED = 1, 2
STATES = ("ready", "busy", "fault")
LAST_JOB = 250  # numbers run 1…250 and start again: only neighbours must differ
RESENDS = 2


class JobDriver(ModbusDriver):
    """Base of drivers whose device takes jobs. The card's `durations_s` name each command's usual time."""

    def __init__(
        self,
        name: str,
        port: Port,
        clock: Clock,
        recorder: Recorder,
        *,
        unit: int = 1,
        framing: Framing = "rtu",
        registers: RegisterMap | None = None,
    ) -> None:
        super().__init__(name, port, clock, recorder, unit=unit, framing=framing, registers=registers)
        self._job = 0
        self._seen: tuple[int, ...] = ()
        self._turn = clock.lock()  # one job after another, whoever asks
        self._running = False  # the device may still carry out a job that somebody broke off

    def status(self) -> Reading:
        """State, alarms and values, in one exchange where the registers stand together. Raises LinkError when the device does not answer."""
        registers = self.registers.read(self.client)
        if registers == self._seen and self.reading is not None:
            before = self.reading
            return self._keep(before.state, before.alarms, before.values)
        self._seen = registers
        values = self.registers.values(registers)
        return self._keep(STATES[min(values["state"], FAULT)], self._alarms(values), values)

    def wear(self) -> Mapping[str, int]:
        """What the card's counters say; empty where a vendor's register map is in use, which does not list them."""
        if self.registers.name or not self.card.counters:
            return {}
        words = {name: self.client.read_inputs(counter.place, 2) for name, counter in self.card.counters.items()}
        return {name: high << 16 | low for name, (high, low) in words.items()}

    def reset(self) -> None:
        """Clear the device's alarm after its cause has been removed."""
        self._do("reset")

    def _alarms(self, values: Mapping[str, int]) -> tuple[str, ...]:
        alarm = self.card.alarms.get(values["alarm"])
        return (alarm.name,) if alarm is not None else ()

    def _warned(self, mask: int) -> tuple[str, ...]:
        """The names of the alarms whose bits are set, for devices that show alarms which do not stop them as a bit mask."""
        return tuple(alarm.name for code, alarm in self.card.alarms.items() if mask >> (code - 1) & 1)

    def _do(self, command: str, parameter: int = 0) -> Reading:
        """Carry out one job and return the reading that shows it done.

        Raises DeviceError when the machine fails the job, LinkError when it cannot be reached, UncertainOutcome when
        even reading back could not tell whether the job was taken.
        """
        with self._turn:
            if self._running:
                self._let_it_finish()
            job = self._next_job()
            self._running = True
            self._start(command, parameter, job)
            self.clock.sleep(self.card.durations_s[command])
            return self._wait_for(command, job)

    def _let_it_finish(self) -> None:
        """Wait for a job that was broken off: a second command must not reach the device while it moves."""
        waited_s = 0.0
        while waited_s <= self.card.limits["job_s"]:
            values = self.status().values
            if values["accepted"] == values["completed"]:
                return
            self.clock.sleep(self.card.durations_s["poll"])
            waited_s += self.card.durations_s["poll"]

    def _next_job(self) -> int:
        if not self._job:
            reading = self.status()
            self._job = int(reading.values["accepted"])
        self._job = self._job % LAST_JOB + 1
        return self._job

    def _start(self, command: str, parameter: int, job: int) -> None:
        writes = self.registers.writes({"command": self.registers.commands[command], "parameter": parameter, "job": job})
        for attempt in range(RESENDS + 1):
            try:
                for address, words in writes:
                    self.client.write(address, words)
                return
            except UncertainOutcome as error:
                if self._taken(job, error):
                    return
                if attempt == RESENDS:
                    raise

    def _taken(self, job: int, error: UncertainOutcome) -> bool:
        """Whether the device shows that it accepted `job`; only a plain no allows another try."""
        try:
            return self.status().values["accepted"] == job
        except LinkError:
            raise error from None

    def _wait_for(self, command: str, job: int) -> Reading:
        card, waited_s = self.card, 0.0
        while True:
            reading = self.status()
            if reading.values["completed"] == job:
                self._running = False
                if reading.values["result"] == DONE:
                    return reading
                alarm = card.alarms.get(int(reading.values["alarm"]))
                raise self._refused(alarm, f"{command} failed: {alarm.en if alarm else 'no alarm given'}", int(reading.values["alarm"]))
            if waited_s > card.limits["job_s"]:
                timeout = ReplyTimeout(f"{command} not finished after {card.limits['job_s']:g} s", device=self.name)
                self._trouble(timeout)
                raise timeout
            self.clock.sleep(card.durations_s["poll"])
            waited_s += card.durations_s["poll"]
