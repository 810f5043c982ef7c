"""Every error of caixue, grouped by what the caller does next."""

from __future__ import annotations


class CaixueError(Exception):
    """Root of all errors this library raises on purpose."""


class UsageError(CaixueError):
    """The call or the input is wrong; nothing was sent. Correct it and call again."""


class NotArmed(UsageError):
    """It would move or print on a real port that nobody has armed; nothing was sent. Arm the device and call again."""


class LinkError(CaixueError):
    """The wire failed, not the machine; repeating a read is safe."""

    def __init__(self, message: str, *, device: str = "") -> None:
        super().__init__(f"{device}: {message}" if device else message)
        self.device = device


class ReplyTimeout(LinkError):
    """No complete reply came within the card's reply time."""


class GarbledReply(LinkError):
    """Bytes came, but they were not a valid reply to this request."""


class LinkLost(LinkError):
    """The port is closed or gone; the next call opens it again."""


class UncertainOutcome(LinkError):
    """A command was written and its reply lost; read the device's job register before deciding."""


class DeviceError(CaixueError):
    """The machine refused or reported an alarm; a person may be needed."""

    def __init__(self, message: str, *, device: str, code: int = 0, alarm: str = "") -> None:
        super().__init__(f"{device}: {message}")
        self.device = device
        self.code = code
        self.alarm = alarm


class LedgerError(CaixueError):
    """The ledger could not be reached, or refused; what was to be noted is not noted. Remove the cause and repeat the call."""


class LedgerUncertain(LedgerError):
    """The database failed while it confirmed: it may be noted or not. Repeat the call with the same operation id, or look before repeating."""


class BackupError(CaixueError):
    """A medium is missing, full, read-only or another one, or what lies on it is not whole; nothing counts. Remove the cause and repeat the call."""


class BackupDamaged(BackupError):
    """A backup is not what it was when it was made. It restores nothing; use another one."""


class LedgerDamaged(LedgerError):
    """The ledger is not whole: it was changed by hand or by a fault. It is not written to; restore a verified backup."""
