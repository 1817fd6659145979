"""What Binder would do, as far as a machine without Docker can tell.

repo2docker prints the Dockerfile that it would build.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dockerfile():
    reply = subprocess.run(
        [
            sys.executable, "-m", "repo2docker", "--no-build", "--debug",
            "--user-id", "1000", "--user-name", "jovyan", str(ROOT),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return reply.stdout + reply.stderr


def steps(dockerfile, instruction):
    return re.findall(rf"^{instruction} (.*)$", dockerfile, re.M)


def test_it_builds_the_python_that_we_name(dockerfile):
    assert "Building conda environment for python=3.11" in dockerfile
    assert "unspecified" not in dockerfile


def test_it_reads_the_environment_of_binder_and_no_other(dockerfile):
    (install,) = re.findall(r"env update .*--file \"(.*?)\"", dockerfile)
    assert install == "binder/environment.yml"
    assert "requirements.txt" not in dockerfile


def test_it_runs_post_build_last_in_the_folder_of_the_course(dockerfile):
    runs = steps(dockerfile, "RUN")
    assert runs[-1] == "./binder/postBuild"
    copied = dockerfile.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/")
    assert copied < dockerfile.index("RUN ./binder/postBuild")
    assert "${REPO_DIR}" in steps(dockerfile, "WORKDIR")


def test_learners_are_not_root_and_the_port_is_jupyters(dockerfile):
    assert steps(dockerfile, "USER")[-1] == "${NB_USER}"
    assert "8888" in steps(dockerfile, "EXPOSE")
    assert '"jupyter", "notebook"' in steps(dockerfile, "CMD")[-1]


def test_no_cuda_comes_along(dockerfile):
    environment = (ROOT / "binder/environment.yml").read_text()
    assert re.search(r"^  - pytorch-cpu ", environment, re.M)
    for text in environment, dockerfile:
        assert not re.search(r"cuda|cudnn|nvidia", text, re.I)


def test_post_build_can_be_executed():
    script = ROOT / "binder/postBuild"
    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/bin/bash\n")
