import copy
import pickle

import pytest
import torch

from course_utils import d2l, retrain
from course_utils.d2l.book import import_book
from course_utils.d2l.classes import ADAPTED, Images
from course_utils.data.fashion_mnist import FOLDER, read_fashion_mnist

book = import_book()
WEIGHTS = torch.tensor([2.0, -3.4])


def fit(trainer, max_epochs=3, **settings):
    torch.manual_seed(0)
    data = d2l.SyntheticRegressionData(
        WEIGHTS, 4.2, num_train=96, num_val=40, batch_size=16
    )
    model = d2l.LinearRegressionScratch(2, lr=0.1)
    vars(model.board).update(settings)
    trainer(max_epochs=max_epochs).fit(model, data)
    return model


def silence(monkeypatch):
    """Let the book's board draw without a notebook."""
    monkeypatch.setattr(book, "use_svg_display", lambda: None)
    monkeypatch.setattr(book.display, "display", lambda figure: None)
    monkeypatch.setattr(book.display, "clear_output", lambda wait: None)
    book.plt.switch_backend("agg")


@pytest.mark.parametrize("name", ADAPTED)
def test_the_classes_are_the_book_s_with_a_new_part(name):
    ours, base = getattr(d2l, name), getattr(book, name)
    assert issubclass(ours, d2l.DataModule if name[0] == "F" else base)
    assert (ours.__module__, ours.__qualname__) == ("course_utils.d2l", name)
    assert getattr(d2l, name) is ours


def test_fashion_mnist_is_that_of_the_course():
    X_train, y_train, X_test, y_test = read_fashion_mnist(FOLDER)
    data = d2l.FashionMNIST(batch_size=512)
    assert (len(data.train), len(data.val)) == (60_000, 10_000)
    assert torch.equal(data.train.data, X_train[:, 0])
    assert torch.equal(data.val.targets, y_test)
    X, y = next(iter(data.val_dataloader()))
    assert torch.equal(X, X_test[:512] / 255) and torch.equal(y, y_test[:512])
    assert (X.dtype, y.dtype) == (torch.float32, torch.int64)
    image, label = data.train[7]
    assert torch.equal(image, X_train[7] / 255) and label == y_train[7]
    assert isinstance(label, int)


def test_fashion_mnist_has_the_interface_of_the_book():
    data = d2l.FashionMNIST(batch_size=256, resize=(32, 32))
    assert data.hparams == {"batch_size": 256, "resize": (32, 32)}
    assert data.train[0][0].shape == (1, 32, 32)
    loader = data.get_dataloader(train=True)
    assert len(loader) == len(data.train_dataloader()) == 235
    assert len(data.val_dataloader()) == 40
    batch = next(iter(loader))
    assert batch[0].shape == (256, 1, 32, 32) and batch[1].shape == (256,)
    assert data.text_labels([0, 9]) == ["t-shirt", "ankle boot"]
    assert data.visualize(batch, nrows=1, ncols=4) is None
    data.visualize(batch, ncols=2, labels=["a", "b"])
    assert isinstance(pickle.loads(pickle.dumps(data)), d2l.FashionMNIST)


@pytest.mark.parametrize(
    "resize", [28, (28, 28), [28, 28]], ids=["int", "tuple", "list"]
)
def test_images_of_their_own_size_stay_as_they_are(resize):
    images = d2l.FashionMNIST(resize=resize).val
    assert torch.equal(images[3][0], images.data[3].unsqueeze(0) / 255)


def test_images_are_a_data_set_for_torch():
    images = d2l.FashionMNIST().val
    assert isinstance(images, Images) and images.classes[1] == "trouser"
    part = torch.utils.data.Subset(images, range(10))
    loader = torch.utils.data.DataLoader(part, batch_size=4)
    assert [len(y) for _, y in loader] == [4, 4, 2]
    with pytest.raises(IndexError):
        images[10_000]


def test_images_deal_out_the_part_that_was_assigned():
    images = d2l.FashionMNIST().train
    keep = torch.tensor([1, 0, 2])
    labels = images.targets[keep].tolist()
    pictures = images.data[keep] / 255
    images.data, images.targets = images.data[keep], images.targets[keep]
    assert [label for _, label in images] == labels == [0, 9, 0]
    assert torch.equal(torch.cat([X for X, _ in images]), pictures)


@pytest.mark.parametrize("subset", [False, True])
def test_fashion_mnist_batches_are_those_of_the_part_that_was_assigned(subset):
    data = d2l.FashionMNIST(batch_size=4)
    wanted = data.train.targets[:10]
    if subset:
        data.train = torch.utils.data.Subset(data.train, range(10))
    else:
        data.train.targets = wanted
        data.train.data = data.train.data[:10]
    batches = list(data.train_dataloader())
    assert [len(X) for X, _ in batches] == [4, 4, 2]
    found = torch.cat([y for _, y in batches])
    assert torch.equal(found.sort()[0], wanted.sort()[0])
    assert len(data.val_dataloader()) == 2_500


def test_images_labels_can_be_written_into():
    d2l.FashionMNIST().val.targets[:] = 0
    assert d2l.FashionMNIST().val.targets.bincount().tolist() == [1_000] * 10


def test_fashion_mnist_refuses_what_is_not_legal():
    with pytest.raises(ValueError, match="batch_size"):
        d2l.FashionMNIST(batch_size=0)
    with pytest.raises(TypeError, match="resize"):
        d2l.FashionMNIST(resize=(28.5, 28))


def test_board_has_the_points_of_the_book_s(monkeypatch):
    silence(monkeypatch)
    theirs = fit(book.Trainer)
    ours = fit(d2l.Trainer)
    assert torch.equal(ours.w, theirs.w) and torch.equal(ours.b, theirs.b)
    board, animator = ours.board, ours.board.animator
    assert board.data == theirs.board.data and len(board.data) == 2
    for k, points in enumerate(board.data.values()):
        assert animator.X[k] == [point.x for point in points]
        assert animator.Y[k] == pytest.approx([p.y for p in points])
    assert animator.spec["legend"] == ("train_loss", "val_loss")
    assert len(animator.picture()) > 1000
    assert book.plt.get_fignums()  # the book's, and only the book's
    book.plt.close("all")


def test_board_keeps_the_model_s_settings():
    board = fit(d2l.Trainer, yscale="log", ylim=[1e-4, 10]).board
    spec = board.animator.spec
    assert (spec["yscale"], spec["ylim"]) == ("log", (1e-4, 10))
    assert (spec["xlabel"], spec["xlim"]) == ("epoch", (0, 3))


def test_trainer_begins_a_new_picture_for_each_fit():
    model = fit(d2l.Trainer)
    first = model.board
    data = d2l.SyntheticRegressionData(WEIGHTS, 4.2, num_train=64)
    d2l.Trainer(max_epochs=2).fit(model, data)
    assert model.board is not first
    assert model.board.animator.X[1] == [1, 2]


def test_trainer_leaves_a_learner_s_own_board_alone():
    class Quiet(d2l.ProgressBoard):
        def draw(self, x, y, label, every_n=1):
            self.seen = label

    model = d2l.LinearRegressionScratch(2, lr=0.1)
    model.board = board = Quiet()
    data = d2l.SyntheticRegressionData(WEIGHTS, 4.2, num_train=64)
    d2l.Trainer(max_epochs=1).fit(model, data)
    assert model.board is board and board.seen == "val_loss"


def test_board_that_shows_nothing_still_averages():
    board = d2l.ProgressBoard("x", display=False)
    for x in range(6):
        board.draw(x, 2 * x, "line", every_n=3)
    assert [tuple(point) for point in board.data["line"]] == [(1, 2), (4, 8)]
    assert board.animator is None and board.display is False


def test_trainer_works_under_sliders():
    def train(lr=0.1):
        model = d2l.LinearRegressionScratch(2, lr)
        data = d2l.SyntheticRegressionData(WEIGHTS, 4.2, num_train=64)
        d2l.Trainer(max_epochs=2).fit(model, data)
        return model.b.item()

    panel = retrain(train, lr=(0.1, 0.5, 0.1))
    slow = panel.run(lr=0.1)
    fast = panel.run(lr=0.5)
    assert abs(fast - 4.2) < abs(slow - 4.2)
    (animator,) = panel.newest.animators
    assert animator.spec["legend"] == ("train_loss", "val_loss")
    assert animator.X[1] == [1, 2]
    panel.close()


def test_model_can_be_copied_after_training():
    model = fit(d2l.Trainer)
    assert torch.equal(copy.deepcopy(model.w), model.w)
