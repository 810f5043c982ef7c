"""What all tests share: deterministic examples, places for ledgers, and a browser where the machine has one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.ledger_places import backend as backend
from tests.ledger_places import ledger_place as ledger_place
from tests.ledger_places import new_place as new_place
from tests.ledger_places import postgresql as postgresql

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")

settings.register_profile("deterministic", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)  # by hand: --hypothesis-profile=explore
settings.load_profile("deterministic")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chromium", metavar="PATH", help="the browser for tests marked `browser`; by default one on the PATH")


@pytest.fixture(scope="module")
def english() -> Iterator[None]:
    """People read English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAIXUE_LANG", "en")
        yield


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """The path of a Chromium; skips the test where there is none."""
    found = pytestconfig.getoption("--chromium") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH, and --chromium was not given")
    return str(found)
