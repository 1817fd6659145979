"""One chart for all runs of a panel: a new one takes 20 ms, and 7 MB."""

from matplotlib.figure import Figure

from .describing import plain

__all__ = ["Charts"]


class Charts(dict):
    """The charts of a panel: number of the animator -> (spec, chart)."""

    def share(self, k, animator):
        """Let the `k`-th animator of a run draw on the chart of the last."""
        if "chart" not in vars(animator):
            spec, chart = self.get(k, (None, None))
            if spec != animator.spec:
                chart = animator.chart
                self[k] = animator.spec, chart
            animator.chart = chart

    def take_back(self, history):
        """Leave the finished runs only their points and numbers."""
        for run in history:
            if any(animator.touched for animator in run.animators):
                self.clear()  # it may carry a line of the learner's
            for animator in run.animators:
                vars(animator).pop("chart", None)
            figure = isinstance(run.result, Figure)
            run.result = None if figure else plain(run.result)
