"""Install the course into .venv: `make` runs this, with any Python >= 3.7.

    python tools/install.py lab     a new .venv with all that the lessons need
    python tools/install.py test    add what the tests need to it
    python tools/install.py site    add what the web book needs to it
    python tools/install.py matrix  add what `make matrix` needs to it
    python tools/install.py lock    write requirements.lock anew

The packages come by the first of these ways that works:

1. uv, with torch from PyTorch's own index, whose builds for the CPU are small
   (on Linux the package index has only those for CUDA, of 3 GB);
2. uv, with everything from where pip is configured to look;
3. pip.

Variables: TORCH (`cpu`; `auto` takes the build for this computer's GPU; or any
other value of uv's --torch-backend), INSTALLER=pip (take pip at once),
UV_PYTHON (a version: uv finds that Python, or downloads it), and all of pip's
and uv's own.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that torch 2.13 is built for
TORCH = ["torch==2.13.0", "torchvision==0.28.0"]
D2L = "d2l==1.0.3"  # --no-deps: its own pins exclude every Python since 3.12
# The oldest kernels that the panel is tested with, beside the current one
OLD_KERNELS = ["6.31.0", "7.0.1"]
LOCKED = ["-c", "requirements.lock"]
FOLDER = Path(".venv")
PROGRAMS = "Scripts" if os.name == "nt" else "bin"
# What uv calls pip's settings, and what stands between several values
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def main(job):
    """Do a job of those above."""
    os.chdir(str(Path(__file__).resolve().parents[1]))
    if job == "lock":
        lock()
    elif job == "lab":
        make_environment()
        torch = os.environ.get("TORCH") or "cpu"
        install([*LOCKED, "-e", ".[lab,d2l]"], torch)
        install(["--no-deps", D2L])
    elif job == "matrix":
        install(["nox[uv]"])
    elif job == "site":
        add(["site"])
    else:
        add(["test", "site"])
        for version in OLD_KERNELS:
            target = ["--target", str(FOLDER / "kernels" / version)]
            install(["--no-deps", *target, "ipykernel==" + version])


def add(extras):
    """Add what some extras of pyproject.toml name."""
    # For uv the packages alone: the course itself would be built again.
    words = [word for extra in extras for word in ("--extra", extra)]
    install(
        [*LOCKED, "-r", "pyproject.toml", *words],
        by_pip=[*LOCKED, "-e", f".[{','.join(extras)}]"],
    )


def make_environment():
    """Make a new .venv, in which pip is and, if pip finds it, uv."""
    wanted = os.environ.get("UV_PYTHON")
    if wanted:
        with tempfile.TemporaryDirectory() as folder:
            make_venv(folder)
            uv = bring_uv(Path(folder)) or sys.exit("pip does not find uv.")
            new = [uv, "venv", "--quiet", "--clear", "--seed"]
            env = uv_settings(program(Path(folder), "python"))
            run([*new, "--python", wanted, FOLDER], env=env)
    elif OLDEST <= sys.version_info[:2] <= NEWEST:
        make_venv(FOLDER)
    else:
        versions = OLDEST, NEWEST, sys.version_info
        names = ["{}.{}".format(*version) for version in versions]
        sys.exit(
            f"The course needs Python {names[0]} to {names[1]}, and "
            f"{sys.executable} is {names[2]}.\n"
            "Name another one: make PYTHON=python3.12\n"
            "or let uv find or fetch one: make UV_PYTHON=3.12"
        )
    if os.environ.get("INSTALLER") != "pip":
        bring_uv(FOLDER)


def make_venv(folder):
    """Make an environment with the Python that runs this."""
    if not succeeds([sys.executable, "-m", "venv", "--clear", folder]):
        sys.exit(
            f"Python could not make {folder}. On Debian or Ubuntu: "
            "sudo apt-get install python3-venv"
        )


def bring_uv(folder):
    """Install uv with an environment's pip; return its path, or None."""
    pip = [program(folder, "python"), "-m", "pip", "install", "--quiet"]
    found = succeeds([*pip, *LOCKED, "uv"])
    return program(folder, "uv") if found else None


def install(words, torch=None, by_pip=None):
    """Install into .venv.

    Parameters
    ----------
    words : list of str
        What is installed, as uv and pip take it.
    torch : str, optional
        The build of torch that is wanted, if PyTorch's index is to be asked.
    by_pip : list of str, optional
        What pip takes in place of `words`.
    """
    python, uv = program(FOLDER, "python"), program(FOLDER, "uv")
    if os.environ.get("INSTALLER") != "pip" and os.path.exists(uv):
        command = [uv, "pip", "install", "--python", python]
        env = uv_settings(python)
        ways = [["--no-config"]]
        if torch and pytorch_answers(command, torch, env):
            ways.insert(0, ["--torch-backend", torch])
            # First, and alone: then no other way can bring another build.
            run([*command, *ways[0], "--no-deps", *TORCH], env=env)
        for way in ways:
            if succeeds([*command, *way, *words], env=env):
                return
        print("uv did not succeed. Going on with pip.", flush=True)
    run([python, "-m", "pip", "install", *(by_pip or words)])


def pytorch_answers(command, torch, env):
    """Ask PyTorch's index for torch; if it does not answer, say so."""
    words = ["--dry-run", "--reinstall", "--no-deps", *TORCH]
    patience = {"UV_HTTP_RETRIES": "1", "UV_HTTP_CONNECT_TIMEOUT": "5"}
    reply = subprocess.run(
        [*command, "--torch-backend", torch, *words],
        env={**patience, **env},
        stderr=subprocess.PIPE,
    )
    if reply.returncode:
        said = reply.stderr.decode("utf-8", "replace").strip()
        why = said.splitlines()[-1].strip().replace("cause: ", "")
        print(
            f"PyTorch's index does not give torch ({why}). Going on with what "
            "pip is configured with; on Linux that may be CUDA's build, 3 GB.",
            flush=True,
        )
    return not reply.returncode


def uv_settings(python):
    """Return the variables with which uv looks where pip looks.

    Parameters
    ----------
    python : str
        A program whose pip is asked.

    Returns
    -------
    dict
        The environment of this process, and pip's settings under uv's names.
        Variables of uv that are set already stay.
    """
    reply = subprocess.run(
        [python, "-m", "pip", "config", "list"], stdout=subprocess.PIPE
    )
    lines = reply.stdout.decode("utf-8", "replace").splitlines()
    values = {}
    for section in "global.", "install.", ":env:.":  # the last one wins
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(section):
                values[name[len(section) :]] = ast.literal_eval(value)
    env = {
        theirs: separator.join(values[ours].split())
        for ours, (theirs, separator) in SETTINGS.items()
        if ours in values
    }
    # pip takes the highest version of all its indexes.
    env["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {**env, **os.environ}


def lock():
    """Write the newest versions that fit pyproject.toml, for all systems.

    PyTorch's index is not asked: it has the same versions. What only torch's
    builds for CUDA want is left out.
    """
    folder = Path("build") / "lock"
    make_venv(folder)
    uv = bring_uv(folder) or sys.exit("pip does not find uv.")
    reply = run(
        [
            *(uv, "pip", "compile", "--quiet", "--no-config", "--universal"),
            *("--python-version", "{}.{}".format(*OLDEST), "--all-extras"),
            *("--no-header", "--no-annotate", "pyproject.toml"),
        ],
        env=uv_settings(program(folder, "python")),
        stdout=subprocess.PIPE,
    )
    lines = reply.stdout.decode("utf-8").splitlines()
    cuda = re.compile(r"(cuda|nvidia)-|triton=")
    kept = [line for line in lines if not cuda.match(line)]
    # One line for all builds of torch, whichever of them pip can find here
    build = re.compile(r"^(torch(?:vision)?==[\d.]+)\b.*")
    kept = [build.sub(r"\1", line) for line in kept]
    text = "\n".join(["# Written by: make lock", *dict.fromkeys(kept), ""])
    Path("requirements.lock").write_bytes(text.encode())


def program(folder, name):
    """Return the path of an environment's program."""
    return shutil.which(name, path=str(folder / PROGRAMS)) or str(
        folder / PROGRAMS / name
    )


def succeeds(command, **options):
    """Run a command; return whether it succeeds."""
    return subprocess.run([*map(str, command)], **options).returncode == 0


def run(command, **options):
    """Run a command; if it fails, end with its status."""
    done = subprocess.run([*map(str, command)], **options)
    if done.returncode:
        sys.exit(done.returncode)
    return done


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {
        "lab",
        "test",
        "site",
        "matrix",
        "lock",
    }:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)  # what was begun is made anew the next time
