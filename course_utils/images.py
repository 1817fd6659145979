"""Grids of images."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure

from .run import current_run
from .scales import texts
from .views import show_figure

__all__ = ["show_images"]


def show_images(
    imgs: Sequence,
    num_rows: int,
    num_cols: int,
    titles: Sequence[str] | None = None,
    scale: float = 1.5,
) -> list:
    """Show images in a grid.

    Parameters
    ----------
    imgs : Tensor or sequence, (n, height, width) or (n, 1, height, width),
        any range; shown from the smallest value (black) to the largest
    num_rows, num_cols : int >= 1, the shape of the grid
    titles : list of str, one for each image
    scale : float > 0, inches for each image

    Returns
    -------
    list of matplotlib axes, (num_rows * num_cols,)
    """
    names = texts(titles)
    n = min(len(imgs), num_rows * num_cols)
    if names and len(names) < n:
        raise ValueError(f"titles must name {n} images, got {len(names)}")
    lines = max((name.count("\n") + 1 for name in names), default=0)
    height = num_rows * (scale + 0.16 * lines)  # 9 points a line, and space
    figure = Figure((num_cols * scale, height), layout="constrained")
    axes = figure.subplots(num_rows, num_cols, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    for k, (ax, img) in enumerate(zip(axes, imgs, strict=False)):
        pixels = np.asarray(torch.as_tensor(img).detach().cpu()).squeeze()
        ax.imshow(pixels, cmap="gray")
        if names:
            ax.set_title(names[k], fontsize=9)
    alt = f"{n} images. {', '.join(names[:n])}".strip()
    run = current_run()
    if run is None:
        show_figure(figure, alt)
    else:
        run.view.show_figure(figure, alt)
    return list(axes)
