"""A browser, and a site of two lessons with few stored runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures import browser

from web_book.checking import serve

__all__ = ["browser"]
ROOT = Path(__file__).parents[2]
LESSONS = ["00_start_here", "01_weight_decay_from_scratch"]


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Return a folder with the site of two lessons, and what was said."""
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("book")
    environment = {
        **os.environ,
        "WEB_BOOK_BUILD": str(folder),
        "WEB_BOOK_SECONDS": "2",  # of training for a panel
    }
    done = subprocess.run(
        [sys.executable, "-m", "web_book", *LESSONS],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert not done.returncode, done.stderr[-3000:]
    # The same settings for what this process reads of the build
    with pytest.MonkeyPatch.context() as patch:
        from web_book import stored_runs

        patch.setenv("WEB_BOOK_BUILD", str(folder))
        patch.setenv("WEB_BOOK_SECONDS", "2")
        patch.setattr(stored_runs, "STORE", folder / "stored-runs")
        patch.setattr(stored_runs, "MOST_SECONDS", 2.0)
        yield folder, done.stdout


@pytest.fixture(scope="session")
def address(build):
    """Return the address at which the site is served."""
    with serve(build[0] / "site") as address:
        yield address
