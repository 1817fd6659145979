"""What the tests of sweeps share: processes, and a table to compare with."""

import sys

import pytest
from grid_run import GRID, make_run
from joblib.externals.loky import get_reusable_executor

from course_utils import sweep


@pytest.fixture(scope="module", autouse=True)
def workers():
    """Keep joblib's processes from test to test: each one imports torch.

    They should not import the book because another file's tests have.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "d2l.torch", raising=False)
        yield
    get_reusable_executor().shutdown(wait=True)


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """Return the table of one process."""
    run = make_run(tmp_path_factory.mktemp("serial"))
    return sweep(run, GRID, seeds=2, n_jobs=1, progress=False)
