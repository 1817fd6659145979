"""One chart for all runs of a panel: a new one takes 20 ms, and 7 MB."""

import math
import numbers

from .describing import plain

__all__ = ["Charts"]

MANY = 1000  # numbers that a finished run may keep


class Charts(dict):
    """The charts of a panel: number of the animator -> (chart, animator).

    The animator is the last one that had the chart.
    """

    def share(self, k, animator):
        """Let the `k`-th animator of a run draw on the chart of the last."""
        if "chart" not in vars(animator):
            chart, last = self.get(k, (None, None))
            # One that was touched may carry a line of the learner's.
            other = last not in (None, animator)
            if other and last.spec == animator.spec and not last.touched:
                vars(last).pop("chart", None)  # if its run was stopped
                animator.chart = chart
            self[k] = animator.chart, animator

    @staticmethod
    def take_back(history):
        """Leave the finished runs only their points and numbers."""
        for run in history:
            for animator in run.animators:
                vars(animator).pop("chart", None)
            try:
                small = plain(run.result) if _is_small(run.result) else None
            except Exception:  # of something that does not know its size
                small = None
            run.result, run.figures = small, []


def _is_small(result):
    """Tell whether a hundred of them may be kept: numbers and words."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return len(result) <= MANY and all(map(_is_small, result))
    if result is None or isinstance(result, (numbers.Number, str)):
        return True
    return getattr(result, "nbytes", math.inf) <= 8 * MANY  # no net, no figure
