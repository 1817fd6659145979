"""Values that no parameter takes, and what a refusal must leave alone."""

import math
import random

import numpy as np
import torch
from matplotlib import pyplot

BAD = [math.nan, math.inf, -math.inf, "0.5", None, True, [0.5], {}]


def state():
    return (
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        random.getstate(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        pyplot.get_fignums(),
    )
