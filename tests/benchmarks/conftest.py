"""What the benchmarks get from pytest."""

from fixtures import browser, lab, open_notebook, page

__all__ = ["browser", "lab", "open_notebook", "page"]
