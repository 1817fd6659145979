import numpy as np
import pytest
import torch

from course_utils import synthetic_data


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_synthetic_data_without_noise_is_linear(shape, dtype):
    w = torch.tensor([2.0, -3.4, 0.5], dtype=dtype)
    X, y = synthetic_data(w.reshape(shape), 4.2, 50, noise=0)
    assert X.shape == (50, 3) and y.shape == (50, 1)
    assert X.dtype == y.dtype == dtype
    exact = X.double().numpy() @ w.double().numpy() + 4.2
    assert y[:, 0].numpy() == pytest.approx(exact, abs=1e-5)


def test_synthetic_data_has_the_noise_that_was_asked_for():
    torch.manual_seed(0)
    w = torch.ones(2, dtype=torch.float64)
    X, y = synthetic_data(w, torch.tensor(1.0), 40_000, noise=0.5)
    errors = y[:, 0] - X @ w - 1
    assert float(errors.std()) == pytest.approx(0.5, abs=0.01)
    assert float(errors.mean()) == pytest.approx(0, abs=0.01)
    assert float(X.std()) == pytest.approx(1, abs=0.02)
    assert abs(float((errors * X[:, 0]).mean())) < 0.01


def test_synthetic_data_follows_the_seed():
    torch.manual_seed(7)
    first = synthetic_data(torch.ones(2), 0, 5)
    torch.manual_seed(7)
    again = synthetic_data(torch.ones(2), 0, 5)
    assert all(map(torch.equal, first, again))
    assert not torch.equal(synthetic_data(torch.ones(2), 0, 5)[0], first[0])


@pytest.mark.parametrize(
    "b", [torch.tensor([4.2]), np.array([4.2]), np.float64(4.2)]
)
def test_synthetic_data_takes_a_bias_with_one_element(b):
    w = torch.zeros(2, dtype=torch.float64)
    _, y = synthetic_data(w, b, 3, noise=0)
    assert y.numpy() == pytest.approx(4.2)


@pytest.mark.parametrize(
    ("w", "b", "error"),
    [
        ([1.0, 2.0], 0, TypeError),
        (torch.tensor([1, 2]), 0, TypeError),
        (torch.ones(2, 2), 0, ValueError),
        (torch.ones(1, 2), 0, ValueError),
        (torch.ones(0), 0, ValueError),
        (torch.tensor(1.0), 0, ValueError),
        (torch.tensor([1.0, torch.nan]), 0, ValueError),
        (torch.ones(2), "0", TypeError),
        (torch.ones(2), torch.ones(2), TypeError),
        (torch.ones(2), torch.inf, ValueError),
    ],
)
def test_synthetic_data_refuses_other_parameters(w, b, error):
    with pytest.raises(error, match="^[wb] must"):
        synthetic_data(w, b, 5)
