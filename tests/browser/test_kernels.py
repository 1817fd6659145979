import random

import pytest
from fixtures import give_up
from kernel import Kernel
from lab import LEARNER, OLD_KERNELS, faults, old_kernel

in_every_kernel = pytest.mark.parametrize(
    "version", [*OLD_KERNELS, "current"], indirect=True
)
CELLS = {
    "learner": LEARNER,
    "panel": "panel = retrain(train, lambd=(0, 10, 0.5))\npanel",
    "slow": "slow = retrain(train_long, lambd=(0, 10, 0.5))\nslow",
    "sum": "1 + 1",
}


@pytest.fixture
def version(request):
    """Return the version of an ipykernel that is installed."""
    version = request.param
    if version != "current" and not old_kernel(version).exists():
        give_up(
            f"ipykernel {version} is missing: pip install --no-deps "
            f"--target {old_kernel(version)} ipykernel=={version}"
        )
    return version


@pytest.fixture
def kernel(version, tmp_path):
    kernel = Kernel(version, tmp_path)
    yield kernel
    kernel.stop()


@in_every_kernel
@pytest.mark.parametrize("seed", [1])
def test_500_random_moves_lose_neither_the_last_value_nor_the_kernel(
    kernel, version, seed
):
    kernel.run(LEARNER + CELLS["panel"])
    used = kernel.run("import ipykernel", "ipykernel.__version__")
    assert version in (used, "current")
    slider = kernel.run("", "panel.controls['lambd'].model_id")
    rng = random.Random(seed)
    for _ in range(500):
        value = rng.randrange(21) / 2
        kernel.move(slider, value)
        # A burst, the pace of a hand, or time enough to train.
        pause = rng.choices([0, 0.02, 0.5], weights=[50, 47, 3])[0]
        kernel.listen(pause * rng.random())
    kernel.listen(0.5)
    settings = {"lambd": value}
    kernel.run("run = panel.wait(30)")
    kernel.listen(0.3)
    assert kernel.run("", "run.settings") == settings
    assert kernel.run("", "panel.controls['lambd'].value") == value
    assert kernel.run("", "panel.history[-1].settings") == settings
    assert f"lambd = {value:g} " in kernel.status
    assert 'aria-live="polite"' in kernel.status
    assert kernel.noise == []
    assert "Traceback" not in kernel.log()
    kernel.move(slider, 10 - value)  # and it goes on
    kernel.listen(0.3)
    kernel.run("run = panel.wait(30)")
    assert kernel.run("", "run.settings") == {"lambd": 10 - value}


@pytest.mark.parametrize("version", OLD_KERNELS, indirect=True)
def test_a_drag_and_another_cell_work_in_an_older_kernel(
    open_notebook, version
):
    notebook = open_notebook(CELLS, kernel=version)
    for cell in ("learner", "panel", "slow"):
        notebook.run(cell)
    used = notebook.value("__import__('ipykernel').__version__")
    assert used == repr(version)
    panel = notebook.panel("panel")
    panel.drag(0.9, seconds=0.8, positions=20)
    panel.wait("lambd = 9 ")
    slow = notebook.panel("slow")
    slow.drag(0.5)
    slow.running("lambd = 5 ")
    notebook.run("sum")
    (output,) = notebook.outputs("sum")
    assert output["data"]["text/plain"] == "2"
    slow.running("lambd = 5 ")
    slow.press("Stop")
    slow.wait("stopped", timeout=2)
    assert notebook.faults() == []


@in_every_kernel
def test_a_kernel_that_ends_amid_a_cell_leaves_no_fault(kernel, version):
    kernel.client.execute("print('begun'); __import__('time').sleep(1)")
    while not kernel.noise:
        kernel.hear()
    kernel.end()
    assert kernel.noise[0]["text"] == "begun\n"
    assert faults(kernel.log()) == []
