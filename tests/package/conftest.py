"""What holds for the package's tests."""

import pytest


@pytest.fixture(autouse=True)
def no_curves_for_savefig():
    """Take pyplot's number 0 away: the curves of an earlier test."""
    yield
    from matplotlib._pylab_helpers import Gcf

    Gcf.figs.pop(0, None)
