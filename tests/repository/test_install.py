"""tools/install.py: the ways by which packages come, and what it asks for."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools" / "install.py"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Notes what it is called with and what it is told of; fails where FAILS says.
PROGRAM = """#!{python}
import json, os, re, sys
words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
told = {{k: v for k, v in os.environ.items() if k.startswith("UV_")}}
with open({log!r}, "a") as log:
    print(json.dumps([" ".join(words), told]), file=log)
if words[1:] == ["-m", "pip", "config", "list"]:
    print(os.environ.get("SETTINGS", ""))
if re.search(os.environ.get("FAILS", "nothing"), " ".join(words)):
    print("error: no\\n  cause: the name is not known", file=sys.stderr)
    sys.exit(3)
"""


@pytest.fixture
def install():
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def made(install, tmp_path, monkeypatch):
    """An environment whose programs only note how they are called."""
    log = tmp_path / "log"
    log.touch()
    programs = tmp_path / ".venv" / install.PROGRAMS
    programs.mkdir(parents=True)
    for name in "python", "uv":
        text = PROGRAM.format(python=sys.executable, log=str(log))
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for name in [*os.environ]:
        if name.startswith(("UV_", "PIP_")) or name in ("INSTALLER", "TORCH"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(install, "FOLDER", tmp_path / ".venv")
    monkeypatch.setattr(install, "make_environment", lambda: None)

    def calls():
        return [json.loads(line) for line in log.read_text().splitlines()]

    return SimpleNamespace(
        folder=programs,
        calls=calls,
        installs=lambda: [
            re.sub(r"--python \S+ ", "", words)
            for words, _ in calls()
            if " install " in words
        ],
    )


LAB = "-c requirements.lock -e .[lab,d2l]"
PROBE = "--dry-run --reinstall --no-deps torch==2.13.0 torchvision==0.28.0"


def test_torch_comes_from_pytorchs_index_before_all_else(
    install, made, capsys
):
    install.main("lab")
    assert made.installs() == [
        f"uv pip install --torch-backend cpu {PROBE}",
        "uv pip install --torch-backend cpu --no-deps "
        "torch==2.13.0 torchvision==0.28.0",
        f"uv pip install --torch-backend cpu {LAB}",
        "uv pip install --no-config --no-deps d2l==1.0.3",
    ]
    assert capsys.readouterr().out == ""


def test_a_closed_index_is_told_in_one_line_and_uv_goes_on(
    install, made, monkeypatch, capsys
):
    monkeypatch.setenv("FAILS", "--torch-backend")
    monkeypatch.setenv("TORCH", "auto")
    install.main("lab")
    assert made.installs() == [
        f"uv pip install --torch-backend auto {PROBE}",
        f"uv pip install --no-config {LAB}",
        "uv pip install --no-config --no-deps d2l==1.0.3",
    ]
    (line,) = capsys.readouterr().out.splitlines()
    assert "PyTorch's index" in line and "the name is not known" in line


def test_an_index_that_answers_but_breaks_off_brings_no_other_torch(
    install, made, monkeypatch
):
    monkeypatch.setenv("FAILS", "cpu --no-deps torch")
    with pytest.raises(SystemExit) as end:
        install.main("lab")
    assert end.value.code == 3
    assert len(made.installs()) == 2


def test_at_last_pip_installs(install, made, monkeypatch, capfd):
    monkeypatch.setenv("FAILS", "^uv")
    install.main("test")
    uv = "uv pip install --no-config"
    listed = "-c requirements.lock -r pyproject.toml --extra test --extra site"
    kernels = [
        f"--no-deps --target {made.folder.parent / 'kernels' / version} "
        f"ipykernel=={version}"
        for version in ("6.31.0", "7.0.1")
    ]
    pip = "python -m pip install"
    assert made.installs() == [
        f"{uv} {listed}",
        f"{pip} -c requirements.lock -e .[test,site]",
        *(f"{tool} {words}" for words in kernels for tool in (uv, pip)),
    ]
    assert "Going on with pip" in capfd.readouterr().out


@pytest.mark.parametrize("how", ["asked for", "no uv"])
def test_pip_alone(install, made, monkeypatch, how):
    if how == "asked for":
        monkeypatch.setenv("INSTALLER", "pip")
    else:
        (made.folder / "uv").unlink()
        monkeypatch.setenv("PATH", "")
    install.main("lab")
    assert made.installs() == [
        f"python -m pip install {LAB}",
        "python -m pip install --no-deps d2l==1.0.3",
    ]


def test_pip_that_fails_too_ends_with_its_status(install, made, monkeypatch):
    monkeypatch.setenv("FAILS", "install")
    with pytest.raises(SystemExit) as end:
        install.main("lab")
    assert end.value.code == 3


def test_uv_is_told_what_pip_is_told(install, made, monkeypatch):
    settings = [
        ":env:.find-links='near far'",
        "global.cert='trusted.pem'",
        "global.extra-index-url='file:///one\\nfile:///two'",
        "global.find-links='nowhere'",
        "global.timeout='9'",
        "install.index-url='file:///zero'",
    ]
    monkeypatch.setenv("SETTINGS", "\n".join(settings))
    monkeypatch.setenv("UV_INDEX", "file:///mine")
    env = install.uv_settings(str(made.folder / "python"))
    told = {k: v for k, v in env.items() if k.startswith("UV_")}
    assert told == {
        "UV_DEFAULT_INDEX": "file:///zero",
        "UV_FIND_LINKS": "near,far",
        "UV_INDEX": "file:///mine",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert env["SSL_CERT_FILE"] == "trusted.pem"
    install.main("test")
    uvs = [told for words, told in made.calls() if words.startswith("uv ")]
    assert all(each.items() >= told.items() for each in uvs) and uvs


def test_pips_settings_are_read_from_pip(install, tmp_path, monkeypatch):
    for name in [*os.environ]:
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nextra-index-url = file:///one\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_FIND_LINKS", "near far")
    env = install.uv_settings(sys.executable)
    assert env["UV_INDEX"].split()[-1] == "file:///one"
    assert env["UV_FIND_LINKS"] == "near,far"


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 15, 0)])
def test_another_python_is_offered(install, monkeypatch, version):
    monkeypatch.setattr(install.sys, "version_info", version)
    monkeypatch.delenv("UV_PYTHON", raising=False)
    with pytest.raises(SystemExit) as end:
        install.make_environment()
    said = end.value.code
    assert "3.11 to 3.14" in said and f"3.{version[1]}" in said
    assert "PYTHON=python3.12" in said and "UV_PYTHON=3.12" in said


def test_an_old_python_can_read_it_and_say_so():
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 7))


def test_it_asks_for_what_the_project_asks_for(install):
    project = PROJECT["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["d2l"]
    assert {*install.TORCH} < {*lines}
    pythons = re.findall(r"3\.(\d+)", "\n".join(project["classifiers"]))
    wanted = range(install.OLDEST[1], install.NEWEST[1] + 1)
    assert [*map(int, pythons)] == [*wanted]
    assert PROJECT["tool"]["uv"]["pip"]["torch-backend"] == "cpu"
    lab = (ROOT / "tests" / "browser" / "lab.py").read_text("utf-8")
    assert f"OLD_KERNELS = {install.OLD_KERNELS}".replace("'", '"') in lab


def test_a_lock_is_the_same_for_every_build_of_torch(
    install, tmp_path, monkeypatch
):
    lines = [
        "anyio==4.0", "cuda-toolkit==13 ; sys_platform == 'linux'",
        "nvidia-cublas==13", "torch==2.13.0 ; sys_platform == 'darwin'",
        "torch==2.13.0+cpu ; sys_platform == 'linux'", "torchvision==0.28.0",
        "triton==3.7.1",
    ]  # fmt: skip
    reply = SimpleNamespace(stdout="\n".join(lines).encode())
    monkeypatch.setattr(install, "make_venv", lambda folder: None)
    monkeypatch.setattr(install, "bring_uv", lambda folder: "uv")
    monkeypatch.setattr(install, "uv_settings", lambda python: {})
    monkeypatch.setattr(install, "run", lambda *words, **more: reply)
    monkeypatch.chdir(tmp_path)
    install.lock()
    assert (tmp_path / "requirements.lock").read_text().splitlines() == [
        "# Written by: make lock", "anyio==4.0", "torch==2.13.0",
        "torchvision==0.28.0",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["new", "half-built", "built"])
def test_a_half_built_environment_is_built_anew(tmp_path, state):
    """What make would do, in a folder with these files."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for name in "pyproject.toml", "requirements.lock":
        (tmp_path / name).touch()
    if state != "new":
        (tmp_path / ".venv/bin").mkdir(parents=True)
        (tmp_path / ".venv/bin/python").touch()
    if state == "built":
        (tmp_path / ".venv/.ready-lab").touch()
    plan = subprocess.run(
        ["make", "--dry-run", "test"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    jobs = re.findall(r"tools/install\.py (\w+)", plan)
    assert jobs == (["test"] if state == "built" else ["lab", "test"])
