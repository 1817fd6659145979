import base64
import io

from course_utils.pictures import Gallery, Picture, all_in_one
from PIL import Image


def encoded(colour, size, kind="PNG"):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


def test_a_picture_keeps_its_size_and_its_words():
    picture = Picture()
    assert picture.alt == ""
    picture.show(encoded("red", (600, 400)), (3, 2), "a red box")
    assert picture.layout.width == "300px"
    assert picture.layout.max_width == "100%"
    assert picture.alt == "a red box"
    if picture.has_trait("tooltip"):  # ipywidgets 8
        assert picture.tooltip == "a red box"
    picture.close()


def test_a_browser_is_told_what_the_bytes_are():
    picture = Picture()
    assert picture.format == "png"
    for kind in ("JPEG", "PNG"):
        picture.show(encoded("red", (6, 4), kind), (3, 2), "")
        assert picture.format == kind.lower()
    picture.close()


def test_a_place_is_kept_until_the_next_run_takes_over():
    gallery, items = Gallery(), ["first", "second", "third"]
    gallery.begin()
    assert gallery.place("first") == 0
    for item in items[1:]:
        gallery.show(item, encoded("red", (6, 4)), (3, 2), item)
    assert [each.alt for each in gallery.pictures] == ["", *items[1:]]
    assert gallery.box.children == tuple(gallery.pictures)
    gallery.begin()
    gallery.show("fourth", encoded("blue", (8, 4)), (4, 2), "blue")
    gone = gallery.pictures[1:]
    gallery.end()
    (picture,) = gallery.pictures
    assert gallery.box.children == (picture,)
    assert picture.alt == "blue" and picture.layout.width == "400px"
    assert picture.value == encoded("blue", (8, 4))
    assert all(each.comm is None for each in gone)
    picture.close()


def test_all_pictures_make_one_page_with_all_words():
    pictures = [Picture(), Picture(), Picture()]
    pictures[0].show(encoded("red", (40, 20)), (0.2, 0.1), "red")
    pictures[1].show(encoded("blue", (60, 10)), (0.3, 0.05), "blue")
    pictures[2].show(encoded("lime", (60, 10)), (0.3, 0.05), "green")
    data, metadata = all_in_one(pictures)
    page = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert page.format == "PNG" and page.size == (60, 40)
    pixel = page.convert("RGB").getpixel
    assert pixel((0, 0)) == pixel((39, 19)) == (255, 0, 0)
    assert pixel((0, 20)) == pixel((59, 29)) == (0, 0, 255)
    assert pixel((0, 30)) == pixel((59, 39)) == (0, 255, 0)
    assert pixel((50, 10)) == (255, 255, 255)  # beside the narrow one
    assert data["text/plain"] == "red\nblue\ngreen"
    size = {"width": 30, "height": 20}  # CSS pixels: half of the page's own
    assert metadata["image/png"] == {"alt": "red\nblue\ngreen", **size}
    for picture in pictures:
        picture.close()


def test_no_picture_yet_is_said_in_words():
    assert all_in_one([]) == (
        {"text/plain": "sliders, and no picture yet"},
        {},
    )
