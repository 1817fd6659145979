"""Helpers for the interactive course on regularization.

A regularizer is never in here: it is the learner's code.
"""

import joblib
import torch

from .checks import check_args
from .data.batches import load_array
from .data.fashion_mnist import (
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
)
from .data.synthetic import synthetic_data
from .feedback import check, ours
from .installation import check_installation
from .panel.controls import log_slider
from .panel.retrain import retrain
from .plotting.animator import Animator
from .plotting.figures import show_figure, show_images
from .runs.errors import DivergedError
from .runs.run import checkpoint
from .sweeps.sweep import sweep
from .training.loops import predict_ch3, train_ch3, train_epoch_ch3
from .training.metrics import (
    Accumulator,
    accuracy,
    evaluate_accuracy,
    evaluate_loss,
)
from .training.seeds import seed_everything
from .training.updates import sgd

__all__ = [
    "Accumulator", "Animator", "DivergedError", "accuracy", "check",
    "check_args", "check_installation", "checkpoint", "evaluate_accuracy",
    "evaluate_loss", "get_fashion_mnist_labels", "load_array",
    "load_data_fashion_mnist", "log_slider", "ours", "predict_ch3", "retrain",
    "seed_everything", "sgd", "show_figure", "show_images", "sweep",
    "synthetic_data", "train_ch3", "train_epoch_ch3",
]  # fmt: skip

# torch counts the machine's CPUs; a container (Binder, say) may use fewer.
torch.set_num_threads(min(torch.get_num_threads(), joblib.cpu_count()))
