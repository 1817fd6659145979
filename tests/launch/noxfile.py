"""`make matrix`: an environment for each row of rows.toml, and tests in it.

A session is named after its row; the last one prints the table. Environments
are deleted when their tests have passed. `uv` makes them, in seconds once its
cache holds the packages.
"""

import functools
import json
import re
import shutil
import sys
import time
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import nox

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import install as installer  # noqa: E402

TABLE = tomllib.loads(Path(__file__).with_name("rows.toml").read_text())
RESULTS = ROOT / ".nox" / "results"
SHOWN = ["numpy", "matplotlib", "ipywidgets", "ipykernel", "jupyterlab", "d2l"]
nox.options.envdir = ROOT / ".nox"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.stop_on_first_error = False


@functools.cache
def uv_settings():
    """Return the environment in which uv installs as tools/install.py does."""
    env = installer.uv_settings(sys.executable)
    uv = ["uv", "pip", "install", "--python", sys.executable]
    if installer.pytorch_answers(uv, "cpu", env):
        return env | {"UV_TORCH_BACKEND": "cpu"}
    return env | {"UV_NO_CONFIG": "1"}


def lower_bounds():
    """Return the oldest version that pyproject allows of each package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [
        line.replace(">=", "==")
        for line in [*project["dependencies"], *extras["lab"]]
    ]


def install(session, row):
    """Install the course as the row says; skip it if that would be CUDA."""
    extras = ",".join(row.get("extras", ["lab", "d2l", "test"]))
    wanted = ["-e", f".[{extras}]", *row.get("install", ())]
    constraints = Path(session.create_tmp()).resolve() / "constraints.txt"
    bounds = lower_bounds() if row.get("lowest") else []
    constraints.write_text("\n".join(bounds))
    command = ["uv", "pip", "install", *wanted, "--constraint", constraints]
    plan = session.run(
        *map(str, command), "--dry-run", silent=True, external=True
    )
    if "nvidia-" in plan:
        session.skip("pip's index has only a torch of gigabytes, with CUDA")
    session.run(*map(str, command), "--quiet", external=True)
    if row.get("bridge"):
        session.install("--no-deps", "d2l==1.0.3")


def versions(session):
    """Return the version of each package in the environment."""
    listing = session.run("uv", "pip", "freeze", silent=True, external=True)
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", listing, re.M))


def note(name, result):
    """Keep a row's result for the table."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result))


def add(name, row):
    """Add the session of one row."""

    @nox.session(name=name, python=row.get("python", "3.11"))
    def run(session):
        session.chdir(ROOT)
        session.env.update(uv_settings())
        session.notify("table")
        (RESULTS / f"{name}.json").unlink(missing_ok=True)
        install(session, row)
        have = versions(session)
        absent = {"d2l", "torchvision", "pandas"} & have.keys()
        if name == "no-d2l" and absent:
            session.error(f"{absent} are not absent")
        report = Path(session.create_tmp()).resolve() / "report.xml"
        begin = time.monotonic()
        try:
            session.run(
                *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *(f"--junit-xml={report}", *session.posargs),
                *(test for kind in row["tests"]
                  for test in TABLE["tests"][kind]),
                env={"COURSE_NEEDS_BROWSER": "1", "PYTHONPATH": None}
                | row.get("env", {}),
            )  # fmt: skip
        finally:
            suite = ElementTree.parse(report).getroot().find("testsuite")
            note(name, {
                "versions": {p: have[p] for p in SHOWN if p in have},
                "seconds": round(time.monotonic() - begin),
                **{key: int(suite.get(key))
                   for key in ("tests", "failures", "errors", "skipped")},
            })  # fmt: skip
        shutil.rmtree(session.virtualenv.location)


for each in TABLE["rows"].items():
    if each[0] != "binder":
        add(*each)


@nox.session(python=False)
def binder(session):
    """Run binder/postBuild and the lessons as Binder would."""
    session.chdir(ROOT)
    session.notify("table")
    (RESULTS / "binder.json").unlink(missing_ok=True)
    session.env.update(uv_settings())
    begin = time.monotonic()
    reply = session.run(
        sys.executable, "tests/launch/binder_env.py", external=True,
        silent=True,
    )  # fmt: skip
    session.log(reply)
    result = json.loads(reply.splitlines()[-1])
    note("binder", result | {"seconds": round(time.monotonic() - begin)})


@nox.session(python=False, default=False)
def table(session):
    """Print the result of each row that was run."""
    for name in TABLE["rows"]:
        path = RESULTS / f"{name}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text())
        bad = result["failures"] + result["errors"]
        good = result["tests"] - bad - result["skipped"]
        used = ", ".join(f"{k} {v}" for k, v in result["versions"].items())
        print(
            f"{name:15} {'FAILED' if bad else 'passed'}  {good} tests,"
            f" {bad} failed, {result['seconds']} s; {used}"
        )
