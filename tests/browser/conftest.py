"""What the browser tests get from pytest."""

from fixtures import lab, open_notebook, page, show

__all__ = ["lab", "open_notebook", "page", "show"]
