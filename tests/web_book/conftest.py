"""The browser of the browser tests."""

from fixtures import browser

__all__ = ["browser"]
