"""The conformance suite on the bench of `--bench`: one test for each device and promise; skipped without a bench."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.hardware
def test_the_device_keeps_its_promise(device_check: Callable[[], None]) -> None:
    device_check()
