"""How far a training has come, told from what its x axis counts."""

import re

# What may be counted, in the singular, and the words for it.
_COUNTED = {
    "epoch": ("epoch", "epochs"),
    "step": ("step", "steps"),
    "iteration": ("iteration", "iterations", "iter", "iters"),
    "batch": ("batch", "batches", "minibatch", "minibatches", "mini-batch"),
    "update": ("update", "updates"),
    "round": ("round", "rounds"),
    "cycle": ("cycle", "cycles"),
    "轮数": ("轮数", "轮", "轮次", "训练轮数"),
    "迭代周期": ("迭代周期", "周期"),
    "迭代次数": ("迭代次数", "迭代", "步数", "步", "批次"),
}
_SINGULAR = {word: one for one, words in _COUNTED.items() for word in words}
_ABOUT = (
    r"\b(?:number|num|no|of|training|train|the|n|#)\b|[.#]|\(.*?\)|\[.*?\]"
)


def counted(label: object) -> str:
    """Return what an axis of this label counts, such as "epoch", or ""."""
    told = "" if label is None else str(label)
    words = re.sub(_ABOUT, " ", told.lower().replace("_", " "))
    return _SINGULAR.get(" ".join(words.split()), "")


def progress(animators: list) -> str:
    """Return "epoch 3 of 10" of a run's first Animator, or ""."""
    if not animators:
        return ""
    spec = animators[0].spec
    what = counted(spec["xlabel"])
    points = next(filter(None, animators[0].X), None)
    if points is None or not what:
        return ""
    of = f" of {spec['xlim'][1]:g}" if spec["xlim"] else ""
    return f"{what} {points[-1]:g}{of}"
