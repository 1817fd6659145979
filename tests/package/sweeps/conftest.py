"""joblib's processes, for the tests of sweeps."""

import sys

import pytest
from joblib.externals.loky import get_reusable_executor


@pytest.fixture(scope="module", autouse=True)
def workers():
    """Keep joblib's processes from test to test: each one imports torch.

    They should not import the book because another file's tests have.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "d2l.torch", raising=False)
        yield
    get_reusable_executor().shutdown(wait=True)
