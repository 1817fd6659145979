"""A plugin of nbval: numbers of a trained network may differ a little.

Another type of CPU adds in another order, and so rounds differently. While a
network learns, that grows to what another seed would change. In a cell with
the tag `close-numbers` the words must be the saved ones and each fraction be
near the saved one; in all other cells the texts must be equal. What differs
can be seen on one machine, too: ``make matrix ROWS=other-rounding``.
"""

import functools
import re

TAG = "close-numbers"
FRACTION = re.compile(r"\d+\.\d+")
TOLERANCE = 0.1  # two seeds' accuracies may lie so far apart, lesson 6 says


def pytest_collection_modifyitems(items):
    """Compare the cells that have the tag in this way."""
    for item in items:
        if TAG in item.cell.metadata.get("tags", ()):
            item.options["check"] = True  # plain nbval is told to ignore them
            item.compare_outputs = functools.partial(
                compare, item.compare_outputs
            )


def compare(exactly, test, ref):
    """Compare outputs, with saved numbers in place of new ones near them."""
    for new, old in zip(map(texts, test), map(texts, ref), strict=False):
        for kind in new.keys() & old.keys() & {"text", "text/plain"}:
            new[kind] = adopt(new[kind], old[kind])
    return exactly(test, ref)


def texts(output):
    """Return the dict that has an output's text: what was printed or shown."""
    return output if "text" in output else output.get("data", {})


def adopt(text, saved):
    """Return `text` with the fractions of `saved` in place of near ones."""
    olds, news = FRACTION.findall(saved), FRACTION.findall(text)
    if len(olds) != len(news):
        return text
    pairs = zip(olds, news, strict=True)
    chosen = iter([old if near(old, new) else new for old, new in pairs])
    return FRACTION.sub(lambda _: next(chosen), text)


def near(old, new):
    """Tell whether two numbers, as they are printed, are close."""
    return abs(float(old) - float(new)) <= TOLERANCE + 1e-9
