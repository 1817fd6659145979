import base64
import io

from PIL import Image

from course_utils.pictures import Picture, all_in_one


def png(colour, size):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def test_a_picture_keeps_its_size_and_its_words():
    picture = Picture()
    picture.show(png("red", (600, 400)), (3, 2), "a red box")
    assert picture.layout.width == "300px"
    assert picture.alt == "a red box"
    picture.close()


def test_all_pictures_make_one_page_with_all_words():
    pictures = [Picture(), Picture(), Picture()]
    pictures[0].show(png("red", (40, 20)), (0.2, 0.1), "red")
    pictures[1].show(png("blue", (60, 10)), (0.3, 0.05), "blue")
    data, metadata = all_in_one(pictures[:2])
    page = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert page.size == (60, 30)
    assert page.convert("RGB").getpixel((5, 5)) == (255, 0, 0)
    assert page.convert("RGB").getpixel((5, 25)) == (0, 0, 255)
    assert data["text/plain"] == "red\nblue"
    assert metadata["image/png"]["alt"] == "red\nblue"
    for picture in pictures:
        picture.close()


def test_no_picture_yet_is_said_in_words():
    assert all_in_one([]) == (
        {"text/plain": "sliders, and no picture yet"},
        {},
    )
