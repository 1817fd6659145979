"""Helpers for the interactive course on regularization.

A regularizer is never in here: it is the learner's code.
"""

import joblib
import torch

from .data import (
    get_fashion_mnist_labels,
    load_array,
    load_data_fashion_mnist,
    synthetic_data,
)
from .doctor import check_installation
from .errors import DivergedError
from .exercises import check
from .live import retrain
from .metrics import (
    Accumulator,
    accuracy,
    evaluate_accuracy,
    evaluate_loss,
)
from .plotting import Animator, show_images
from .run import checkpoint
from .sliders import log_slider
from .sweeps import sweep
from .training import (
    predict_ch3,
    seed_everything,
    sgd,
    train_ch3,
    train_epoch_ch3,
)
from .validation import check_args

__all__ = [
    "Accumulator",
    "Animator",
    "DivergedError",
    "accuracy",
    "check",
    "check_args",
    "check_installation",
    "checkpoint",
    "evaluate_accuracy",
    "evaluate_loss",
    "get_fashion_mnist_labels",
    "load_array",
    "load_data_fashion_mnist",
    "log_slider",
    "predict_ch3",
    "retrain",
    "seed_everything",
    "sgd",
    "show_images",
    "sweep",
    "synthetic_data",
    "train_ch3",
    "train_epoch_ch3",
]

# torch counts the machine's CPUs; a container (Binder, say) may use fewer.
torch.set_num_threads(min(torch.get_num_threads(), joblib.cpu_count()))
