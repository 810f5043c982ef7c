"""A device from somebody else's package: found by entry point, and then like one of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).with_name("example_package")

SITE = """
schema = 1
extends = "eight-window"
name = "with-a-counter"

[[device]]
name = "counter-1"
kind = "tube-counter"
url = "twin://counter-1"
"""

SCRIPT = """
import json, sys
from pathlib import Path
from caixue.opening import driver_classes, make_driver
from caixue.site import load_site
from twin.faults.catalogue import catalogue
from twin.plant import model_classes

site = load_site(Path(sys.argv[1]))
print(json.dumps({
    "driver": driver_classes()["tube-counter"].__name__,
    "model": model_classes()["tube-counter"].__name__,
    "faults": sorted(kind for device, kind in catalogue() if device == "tube-counter"),
    "device": site.devices["counter-1"].kind,
    "ours": "label-printer" in driver_classes(),
}))
"""


def outside(*words: str, extra: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a process where the example package is installed beside caixue."""
    path = os.pathsep.join(filter(None, [str(ROOT), str(PACKAGE), extra]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_package_that_names_its_modules_adds_driver_model_and_faults(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE, encoding="utf-8")
    done = outside("-c", SCRIPT, str(site))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "driver": "TubeCounter",
        "model": "TubeCounterModel",
        "faults": ["dirty", "silence"],
        "device": "tube-counter",
        "ours": True,
    }


def test_the_drivers_of_such_a_package_speak_with_its_models_in_virtual_time(tmp_path: Path) -> None:
    script = """
import datetime
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.port import Port
from tube_counter.driver import TubeCounter
from tube_counter.model import TubeCounterModel
from twin.line import Line
from twin.protocol_twin import register
from twin.world import World

register()
world = World(datetime.datetime(2026, 11, 23, 7, tzinfo=datetime.timezone.utc))
model = TubeCounterModel("counter-1")
model.count = 41
Line(world, "counter-1", model, 9600)
driver = TubeCounter("counter-1", Port(world.url("counter-1"), world.clock, name="counter-1"), world.clock, Recorder(MemoryJournal(), world.clock))
print(world.kernel.run(world.process(world.call(driver.status))).values["count"])
world.close()
"""
    done = outside("-c", script)
    assert (done.returncode, done.stdout.strip()) == (0, "41"), done.stderr


def test_a_package_that_cannot_be_loaded_is_named_and_gives_no_traceback(tmp_path: Path) -> None:
    broken = tmp_path / "broken_device-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-device\nVersion: 1.0\n", encoding="utf-8")
    (broken / "entry_points.txt").write_text("[caixue.models]\nbroken = not_there_at_all\n", encoding="utf-8")
    done = outside("-m", "caixue.cli", "faults", extra=str(tmp_path))
    assert done.returncode == 2
    assert "broken-device" in done.stderr and "Traceback" not in done.stderr
