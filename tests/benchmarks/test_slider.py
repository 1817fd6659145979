"""From the learner's hand to the picture, by the browser's own clock."""

import statistics

from lab import BOOK, LEARNER, REPO, SILENT
from page import Notebook

DROPOUT = REPO / "notebooks/06_dropout_from_scratch.ipynb"
TIMES = 10
NAIVE_FRAMES = 20  # 100 epochs, a frame every 5
# How long a cell's answer takes, with the browser's own clock.
ANSWER = """async () => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = 2;
    const begin = performance.now();
    await jupyterapp.commands.execute('notebook:run-cell');
    return performance.now() - begin;
}"""
NAIVE = f"""{BOOK}
from ipywidgets import interact


def train_naive(lambd=3.0):
    train(lambd, d2l.Animator)


interact(train_naive, lambd=(0, 10, 0.5));"""
# The way to the kernel and back: a slider of ipywidgets that trains nothing.
NO_TRAINING = """
import ipywidgets as widgets

slider = widgets.FloatSlider(3, min=0, max=10, step=0.5, description="lambd")
text = widgets.HTML()


def show(change):
    told = f"lambd = {change.new:g} "
    text.value = (
        f'<div role="status">{told}</div>'
        f'<div class="cu-chart"><svg aria-label="{told}"></svg></div>'
    )


slider.observe(show, "value")
widgets.VBox([slider, text])"""


def delay(seen, what, text):
    """Return seconds from an event to the status line's next `text`."""
    begin = next(e["at"] for e in seen if e["what"] == what)
    end = next(e["at"] for e in seen if text in e["text"])
    return (end - begin) / 1000


def after_release(notebook, final, settle):
    """Return seconds from release to the final value's first and last frame.

    They are told by the status line; the naive panel has none, but draws
    `NAIVE_FRAMES` frames in each run.
    """
    notebook.page.wait_for_function(
        """settle => seen.some(e => e.what === 'release')
            && performance.now() > settle + seen.at(-1).at""",
        arg=1000 * settle,
        timeout=120_000,
    )
    seen = notebook.seen()
    (released,) = (e["at"] for e in seen if e["what"] == "release")
    frames = [e["at"] for e in seen if e["what"] == "picture"]
    begun = [e["at"] for e in seen if final in e["text"]]
    if begun:
        frames = [at for at in frames if at >= begun[0]]
    else:
        frames = frames[-NAIVE_FRAMES:]
    return (frames[0] - released) / 1000, (frames[-1] - released) / 1000


def drags(notebook, panel, settle):
    """Drag over 30 positions in 1.5 s; return medians: first, last."""
    figures = []
    for k in range(TIMES):
        fraction, value = ((0.9, 9), (0.2, 2))[k % 2]
        notebook.watch()
        panel.drag(fraction, seconds=1.5, positions=30, via=(0.1, 0.75, 0.55))
        figures.append(after_release(notebook, f"lambd = {value} ", settle))
    print("  each:", *(f"{a:.2f}/{b:.2f}" for a, b in figures))
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def alone(notebook, training, times=TIMES):
    """Return the median seconds of `training`, without panel or browser."""
    clock = "__import__('time').perf_counter()"
    timed = f"(lambda begun: ({training}, {clock} - begun)[1])({clock})"
    seconds = (float(notebook.value(timed)) for _ in range(times))
    return statistics.median(seconds)


def test_from_release_to_picture(page, lab):
    cells = {"learner": LEARNER, "naive": NAIVE}
    naive = Notebook(page, lab.add("naive.ipynb", cells))
    for cell in cells:
        naive.run(cell)
    book = drags(naive, naive.panel("naive"), settle=3)
    naive.close()
    cells = {
        "learner": LEARNER + SILENT,
        "panel": "panel = retrain(train, lambd=(0, 10, 0.5))\npanel",
        "nothing": NO_TRAINING,
    }
    lesson = Notebook(page, lab.add("panel.ipynb", cells))
    for cell in cells:
        lesson.run(cell)
    ours = drags(lesson, lesson.panel("panel"), settle=1)
    way = drags(lesson, lesson.panel("nothing"), settle=1)
    # What a run computes, and nothing of what it shows.
    bare = alone(lesson, "train(3.0, Silent)")
    drawn = alone(lesson, "panel.run(lambd=3.0)")
    lesson.close()
    ratio = [a / b for a, b in zip(book, ours, strict=True)]
    print("  median, from release to         first frame  final picture")
    print(
        "  interact and the book's Animator {:8.2f} s {:12.2f} s".format(*book)
    )
    print(
        "  our panel, the same loop         {:8.2f} s {:12.2f} s".format(*ours)
    )
    print(
        "  ratio                            {:8.0f} × {:12.0f} ×".format(
            *ratio
        )
    )
    print(f"  a slider that trains nothing: shown after {way[1]:.3f} s")
    print(f"  the loop alone {bare:.2f} s: {ours[1] / bare:.1f} ×", end=", ")
    print(f"without that way {(ours[1] - way[1]) / bare:.1f} ×")
    print(f"  panel.run in the kernel {drawn:.2f} s: {drawn / bare:.2f} ×")


def test_frames_during_a_training(page, lab):
    """How many frames a second appear, and what they cost the training.

    The same function is trained by the same thread after the same drags, by
    turns with frames and without: then the pause between two has no end.
    Where other programs take the cores, the time that its thread has on the
    CPU says more than the clock. torch computes in one thread: the waiting of
    a second one for the first would say more than the frames.
    """
    code = """
from course_utils.panel import screen

torch.set_num_threads(1)

def watched(lambd=3.0):
    begun = time.thread_time()
    curves = Animator("step", "loss", legend=["train", "test"], xlim=[1, 300])
    for step in range(1, 301):
        for _ in range(80):
            w = torch.randn(60, 60) @ torch.randn(60, 60)
        curves.add(step, (lambd / step, 2 / step))
    return time.thread_time() - begun
"""
    cells = {
        "learner": LEARNER + code,
        "panel": "panel = retrain(watched, lambd=(0, 10, 0.5))\npanel",
    }
    notebook = Notebook(page, lab.add("frames.ipynb", cells))
    for cell in cells:
        notebook.run(cell)
    panel = notebook.panel("panel")
    pauses = {"frames": notebook.value("screen.PAUSE"), "none": "1e9"}

    def train(kind, value):
        """Return seconds, those on the CPU, and frames a second."""
        notebook.value(f"setattr(screen, 'PAUSE', {pauses[kind]})")
        notebook.watch()
        panel.drag(value / 10, seconds=0.3, positions=3)
        panel.wait(f"lambd = {value} ")
        frames = [e["at"] for e in notebook.seen() if e["what"] == "picture"]
        rate = 1000 * (len(frames[-20:]) - 1) / (frames[-1] - frames[-20:][0])
        clock = float(notebook.value("panel.newest.seconds"))
        return clock, float(notebook.value("panel.newest.result")), rate

    figures = {kind: [] for kind in pauses}
    for k in range(2 * TIMES):
        # Twice each slider value, one after the other: frames, none, none ...
        kind = ("frames", "none", "none", "frames")[k % 4]
        figures[kind].append(train(kind, (8, 2)[k % 2]))
    notebook.close()
    pairs = zip(*figures.values(), strict=True)
    print("  each:", *(f"{a[0]:.2f}/{b[0]:.2f}" for a, b in pairs))
    drawn, none = (
        [statistics.median(column) for column in zip(*each, strict=True)]
        for each in figures.values()
    )
    print(f"  frames a second, median of {TIMES}: {drawn[2]:.1f}")
    for name, a, b in zip(
        ("by the clock", "on the CPU"), drawn, none, strict=False
    ):
        print(
            f"  the training {name}: {a:.2f} s with frames,"
            f" {b:.2f} s without: {a / b:.3f} ×"
        )


def test_dropout_on_a_thousand_images(page, lab):
    """Lesson 06's panel: 1,000 images, batches of 32, 30 epochs."""
    lesson = Notebook(page, lab.copy(DROPOUT))
    lesson.run_all(timeout=400)
    panel = lesson.panel("main-slider")
    figures, begins = [], []
    for k in range(TIMES):
        fraction, value = ((5 / 9, "0.5"), (2 / 9, "0.2"))[k % 2]
        lesson.watch()
        panel.drag(fraction, seconds=0.3, positions=5)
        figures.append(after_release(lesson, f"p1 = {value},", settle=3))
    for _ in range(TIMES):
        panel.drag(7 / 9)
        panel.running("p1 = 0.7,")
        lesson.watch()
        panel.drag(4 / 9)
        panel.running("p1 = 0.4,")
        begins.append(delay(lesson.seen(), "release", "p1 = 0.4,"))
    panel.wait("p1 = 0.4,", timeout=60)
    bare = alone(lesson, "[*fit(Net(0.5, 0.0), X, y)]")
    lesson.close()
    print("  lesson 06, each:", *(f"{a:.2f}/{b:.2f}" for a, b in figures))
    first, last = map(statistics.median, zip(*figures, strict=True))
    print(f"  median of {TIMES}: first frame {first:.2f} s,", end=" ")
    print(f"final picture {last:.2f} s; a new drag's run", end=" ")
    print(f"begins after {statistics.median(begins):.3f} s", end=" ")
    print(f"(worst {max(begins):.3f} s)")
    print(f"  the loop alone {bare:.2f} s: {last / bare:.1f} ×")


def test_during_a_long_run(page, lab):
    """A run of a minute lasts: how soon do other things happen?"""
    cells = {
        "learner": LEARNER,
        "slow": "slow = retrain(train_long, lambd=(0, 10, 0.5))\nslow",
        "sum": "1 + 1",
    }
    notebook = Notebook(page, lab.add("slow.ipynb", cells))
    notebook.run("learner")
    notebook.run("slow")
    panel = notebook.panel("slow")
    delays = {
        "a new drag's run begins": [],
        "1 + 1 is answered": [],
        "Stop stops": [],
    }
    drag, cell, stop = delays.values()
    for _ in range(TIMES):
        panel.drag(0.5)
        panel.running("lambd = 5 ")
        notebook.watch()
        panel.drag(0.8)
        panel.running("lambd = 8 ")
        drag.append(delay(notebook.seen(), "release", "lambd = 8 "))
        cell.append(page.evaluate(ANSWER) / 1000)
        panel.running("lambd = 8 ")
        notebook.watch()
        panel.press("Stop")
        panel.wait("stopped")
        stop.append(delay(notebook.seen(), "release", "stopped"))
    notebook.close()
    print("  while a run of 60 s lasts, median (worst) of", TIMES)
    for name, values in delays.items():
        print(
            f"  {name:25} {statistics.median(values):.3f} s",
            f"({max(values):.3f} s)",
        )
