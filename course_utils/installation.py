"""A check of the installation that says in plain words what to mend."""

import importlib
import platform
import sys
import warnings
from importlib import metadata

import ipywidgets as widgets
import joblib
import torch

from . import frontend
from .data.fashion_mnist import FOLDER, DataFileError, read_fashion_mnist
from .language import say

MODULES = {"pillow": "PIL"}  # where pip has another name for it
FINE, WRONG, NOTE = "✓", "✗", "○"
COURSE = "regularization-course"  # the package's name for pip
REMEDY = (
    "Remedy: stop JupyterLab, then, in the course's folder, make clean lab "
    "(with conda: conda env update -f environment.yml, jupyter lab)."
)
AGAIN = "Remedy: run the notebook's first cell again."  # on Colab
COLABS = "Colab's own, and it stays: the last digits of results may differ."


class Report(tuple):
    """What `check_installation` found: pairs (mark, text), a line for each.

    "✓" is fine; "✗" is wrong, and the text says what to do; "○" is a note.
    """

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(mark != WRONG for mark, _ in self)

    def __repr__(self) -> str:
        lines = (f"{mark} {' '.join(text.split())}" for mark, text in self)
        return "\n".join(lines)


def check_installation() -> Report:
    """Test packages, data files, threads, front end and GPU of this kernel.

    Nothing is raised: a check that itself fails is an item marked "✗".
    """
    items = []
    for check in _CHECKS:
        try:
            items += check()
        except Exception as error:  # of any kind: the learner has to see it
            name = check.__name__[1:].replace("_", " ")
            text = "{name} cannot be checked: {error}"
            items.append((WRONG, say(text, name=name, error=repr(error))))
    return Report(items)


def _packages():
    from packaging import requirements, specifiers  # slow to import

    remedy = say(AGAIN if frontend.on_colab() else REMEDY)
    try:
        course = metadata.distribution(COURSE)
    except metadata.PackageNotFoundError:
        text = "{name} is not in {place}. {remedy}"
        text = say(text, name=COURSE, place=sys.prefix, remedy=remedy)
        return [(WRONG, text)]
    python, fine, items = f"Python {platform.python_version()}", [], []
    wanted = specifiers.SpecifierSet(course.metadata["Requires-Python"])
    if wanted.contains(platform.python_version(), prereleases=True):
        fine.append(python)
    else:
        text = "{name} is not {wanted}. {remedy}"
        text = say(text, name=python, wanted=wanted, remedy=remedy)
        items.append((WRONG, text))
    front = [r for r in metadata.requires("ipywidgets") if "widgets" in r]
    for package in map(requirements.Requirement, [*course.requires, *front]):
        used = package.marker is None or package.marker.evaluate({"extra": ""})
        if not used and not package.marker.evaluate({"extra": "lab"}):
            continue
        if problem := _problem(package, used, remedy):
            # JupyterLab, say, may be in another environment.
            note = not used or problem.endswith(say(COLABS))
            items.append((NOTE if note else WRONG, problem))
        else:
            fine.append(f"{package.name} {metadata.version(package.name)}")
    return [(FINE, ", ".join(fine)), *items]


def _problem(package, used, remedy):
    """Say what is wrong with a package, or None; if `used`, import it."""
    name, wanted = package.name, package.specifier
    if not used:
        remedy = say("Only some need it: pip install {name}", name=name)
    told = {"name": name, "wanted": wanted}
    try:
        version = metadata.version(name)
        if not wanted.contains(version, prereleases=True):
            remedy = say(COLABS) if frontend.on_colab() else remedy
            text = "{name} {version} is here, not {wanted}. {remedy}"
            return say(text, **told, version=version, remedy=remedy)
        module = MODULES.get(name, name.replace("-", "_"))
        module = used and importlib.import_module(module)
    except metadata.PackageNotFoundError:
        return say("{name} is not installed. {remedy}", remedy=remedy, **told)
    except Exception as error:  # a broken package raises what it likes
        text = "{name} {version} cannot be imported ({error}). {remedy}"
        told |= {"version": version, "error": error}
        return say(text, **told, remedy=remedy)
    runs = getattr(module, "__version__", version)
    if runs.split("+")[0] != version.split("+")[0]:
        text = "{name} {version} is new, {runs} runs. Restart the kernel."
        return say(text, **told, version=version, runs=runs)


def _data():
    try:
        read_fashion_mnist.__wrapped__(FOLDER)  # the files, not the cache
    except DataFileError as error:
        return [(WRONG, str(error))]
    text = "data: 70,000 images of Fashion-MNIST, each byte right"
    return [(FINE, say(text))]


def _threads():
    threads, cpus = torch.get_num_threads(), joblib.cpu_count()
    text = "threads: {threads}, CPUs: {cpus}"
    text = say(text, threads=threads, cpus=cpus)
    if threads == cpus:
        return [(FINE, text)]
    mark, what = (WRONG, "Remedy") if threads > cpus else (NOTE, "Faster")
    mend = say(what + ": torch.set_num_threads({cpus})", cpus=cpus)
    return [(mark, f"{text}. {mend}")]


def _front_end():
    widgets.IntSlider().close()  # a slider can be made
    mark, delayed = NOTE, frontend.callbacks_must_train()
    if frontend.kernel() is None:
        text = "front end: none, so a panel trains once, unseen"
    elif not frontend.has_person():
        text = "front end: a program runs this; panels leave a picture"
    elif delayed:
        text = "front end: curves appear when a training has ended"
    else:
        mark, text = FINE, "front end: curves move while a slider is dragged"
    return [(mark, say(text))]


def _gpu():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            gpu = torch.accelerator.current_accelerator(check_available=True)
            works = gpu is not None and torch.ones(2, device=gpu).sum() == 2
            text = say("none")
            if works:
                text = say("{gpu} works", gpu=gpu.type)
        except RuntimeError as error:  # a driver that does not fit, say
            text = say("fails: {error}", error=error)
    text = "; ".join([text, *(str(each.message) for each in said)])
    text = say("GPU, which no lesson needs: {text}", text=text[:200])
    return [(NOTE, text)]


_CHECKS = (_packages, _data, _threads, _front_end, _gpu)
