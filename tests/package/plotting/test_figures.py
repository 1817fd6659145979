import numpy as np
import pytest
import torch

from course_utils import retrain, show_images


def test_a_grid_of_images_with_titles():
    axes = show_images(torch.rand(6, 28, 28), 2, 3, titles=list("abcdef"))
    assert [ax.get_title() for ax in axes] == list("abcdef")
    assert axes[0].images[0].get_array().shape == (28, 28)


@pytest.mark.parametrize("shape", [(4, 1, 5, 5), (4, 5, 5)])
def test_a_channel_of_one_is_left_out(shape):
    axes = show_images(torch.rand(*shape), 1, 4)
    assert axes[3].images[0].get_array().shape == (5, 5)


def test_fewer_images_than_places_leave_empty_places():
    axes = show_images([torch.rand(3, 3)], 1, 2)
    assert [len(ax.images) for ax in axes] == [1, 0]


def test_a_cell_shows_one_picture_with_alternative_text(kernel):
    code = "axes = show_images(torch.rand(2, 3, 3), 1, 2, ['cat', 'dog'])"
    (output,) = kernel.run(code)
    assert output["data"]["text/plain"] == "2 images. cat, dog"
    assert output["metadata"]["image/png"]["width"] == 300


def test_in_a_panel_they_appear_in_the_panel():
    def train(lambd=1):
        show_images(torch.rand(2, 3, 3), 1, 2)

    panel = retrain(train, lambd=(0, 3))
    (picture,) = panel.screen.pictures
    assert picture.alt == "lambd = 1. 2 images."
    panel.close()


@pytest.mark.parametrize("titles", [torch.tensor([3, 4]), np.array([3, 4])])
def test_titles_may_be_labels(titles):
    axes = show_images(torch.rand(2, 5, 5), 1, 2, titles=titles)
    assert [ax.get_title() for ax in axes] == ["3", "4"]


def test_too_few_titles_are_refused():
    with pytest.raises(ValueError, match="titles must name 3 images, got 1"):
        show_images(torch.rand(4, 5, 5), 1, 3, titles=["a"])
