"""Build what Binder would, as far as pip can, and run the lessons in it.

As on Binder: the versions of Jupyter that repo2docker locks, below what
binder/environment.yml asks for; binder/postBuild; a user who is not root; one
CPU; 2 GB of address space for each process, which is stricter than Binder's
limit on memory in use. And stricter than Binder, the package and the whole
environment are read-only. What differs: packages come from pip's index.

The last line that is printed is the result, as JSON.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
LOCKED = (
    "ipykernel", "ipython", "ipywidgets", "jupyter_client", "jupyter_server",
    "jupyterlab", "jupyterlab_widgets", "nbconvert", "notebook", "pyzmq",
    "tornado", "traitlets",
)  # fmt: skip
PIP = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
ADDRESS_SPACE = 2 * 1024**3  # bytes
USER = "1000"  # Binder's


def locked():
    """Return the pins of repo2docker for Python 3.11 that are Jupyter's."""
    package = importlib.util.find_spec("repo2docker")
    folder = Path(package.origin).parent / "buildpacks" / "conda"
    text = (folder / "environment.py-3.11-linux-64.lock").read_text()
    found = dict(re.findall(r"/([\w.-]+?)-(\d[^-/]*)-[^-/]+\.conda", text))
    names = {name.replace("_", "-"): pin for name, pin in found.items()}
    names = {k.replace("nbconvert-core", "nbconvert"): names[k] for k in names}
    return [f"{n}=={names[n.replace('_', '-')]}" for n in LOCKED]


def asked():
    """Return what binder/environment.yml asks for, as pip writes it."""
    text = (ROOT / "binder" / "environment.yml").read_text()
    lines = re.findall(r"^  - ([\w-]+) *([<>=]+[\w.]+)?", text, re.M)
    return [
        PIP.get(name, name) + re.sub(r"^=(?!=)", "==", pin)
        for name, pin in lines
        if name not in ("conda-forge", "nodefaults", "python")
    ]


def run(*command, **options):
    """Run a command; fail if it does."""
    return subprocess.run([*map(str, command)], check=True, **options)


def copy_course(folder):
    """Copy what git knows of, and what it would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listing.stdout.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target)


def learner(home, environment):
    """Return the command of a learner on Binder, and its environment."""
    limits = ["taskset", "-c", "0", "prlimit", f"--as={ADDRESS_SPACE}"]
    if os.geteuid() == 0:
        limits = [
            *("setpriv", f"--reuid={USER}", f"--regid={USER}"),
            *("--clear-groups", "--no-new-privs", *limits),
        ]
    env = {"HOME": home, "PATH": f"{environment}/bin:{os.defpath}"}
    kept = ("LANG", "LC_ALL", "TMPDIR")
    env |= {k: os.environ[k] for k in kept if k in os.environ}
    return limits, {k: str(v) for k, v in env.items()}


def main():
    """Build the environment, run postBuild and then the lessons."""
    # Not one in root's home: the learner has to be able to run it.
    python = shutil.which("python3.11", path=os.defpath) or sys.executable
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        home, environment = place / "home", place / "environment"
        course = home / "course"
        place.chmod(0o755)
        copy_course(course)
        run("uv", "venv", "--quiet", "--python", python, environment)
        run("uv", "pip", "install", "--quiet", "--python", environment,
            *locked(), *asked(), "pytest", "nbval", "psutil")  # fmt: skip
        path = f"{environment}/bin:{os.environ['PATH']}"
        run("binder/postBuild", cwd=course,
            env=os.environ | {"PATH": path}, stdout=sys.stderr)  # fmt: skip
        run("chmod", "-R", "a-w,a+rX", environment, course / "course_utils")
        if os.geteuid() == 0:
            run("chown", "-R", USER, home)
        lessons = sorted(map(str, (course / "notebooks").glob("[0-9]*.ipynb")))
        limits, env = learner(home, environment)
        report = home / "report.xml"
        done = subprocess.run(
            [
                *limits, "python", "-m", "pytest", "-q", "-p",
                "no:cacheprovider", "--nbval", "--nbval-current-env",
                "--nbval-cell-timeout=300", f"--junit-xml={report}",
                "--nbval-sanitize-with=tests/notebooks/sanitize.cfg",
                *(sys.argv[1:] or lessons),
            ],
            cwd=course, env=env, stdout=sys.stderr,
        )  # fmt: skip
        suite = ElementTree.parse(report).getroot().find("testsuite")
        listing = subprocess.run(
            ["uv", "pip", "list", "--format=json", "--python", environment],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        have = {p["name"]: p["version"] for p in json.loads(listing.stdout)}
        shown = ("numpy", "matplotlib", "ipywidgets", "ipykernel",
                 "jupyterlab", "d2l")  # fmt: skip
        run("chmod", "-R", "u+w", place)
    print(json.dumps({
        "versions": {name: have[name] for name in shown},
        **{key: int(suite.get(key))
           for key in ("tests", "failures", "errors", "skipped")},
    }))  # fmt: skip
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
