"""G4: the system is safe, stable and private: down time is a figure, real devices stay still until they are armed, and the ledger holds no patient.

Power cuts and tampering: tests/caixue/ledger; the diagnostic file without secrets: tests/caixue/test_doctor_bundle.py.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from caixue.errors import NotArmed
from caixue.events import KINDS, belongs_in_ledger
from caixue.opening import open_site
from tests.twin.small_scenarios import fault, ran, small

PRIVATE = ("patient", "draw", "label", "tube", "scan", "receipt", "ticket", "specimen")


def test_down_time_of_windows_is_measured_and_is_none_on_a_day_without_faults() -> None:
    calm, broken = ran(small()), ran(small(fault("window-1.collection-host", "motor-fault")))
    assert calm.figure("window.down.minutes") == 0 < broken.figure("window.down.minutes"), broken


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.partition(".")[0] in PRIVATE])
def test_no_event_about_a_patient_a_label_or_a_tube_goes_into_the_ledger(kind: str) -> None:
    assert not belongs_in_ledger(kind)



def test_a_device_that_nobody_has_armed_is_told_nothing_that_moves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"socket://127.0.0.1:{listening.getsockname()[1]}"
        path = tmp_path / "site.toml"
        path.write_text(f'schema = 1\nextends = "eight-window"\n[[device]]\nname = "ups-1"\nkind = "ups"\nurl = "{url}"\n', encoding="utf-8")
        with pytest.raises(NotArmed):
            open_site(path).drivers["ups-1"].test()  # type: ignore[attr-defined]  # it is a UPS
