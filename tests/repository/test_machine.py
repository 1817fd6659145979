import platform

import pytest
from machine import processor


@pytest.mark.parametrize(
    "text",
    ["", "processor : 0\nmodel name\t: A CPU: 3 GHz \nmodel name: B\n"],
)
def test_the_processor_is_the_first_model_named_or_what_python_knows(
    tmp_path, text
):
    info = tmp_path / "cpuinfo"
    info.write_text(text)
    known = platform.processor() or platform.machine()
    assert processor(info) == ("A CPU: 3 GHz" if text else known)


def test_a_system_without_such_a_file_is_named_too(tmp_path):
    known = platform.processor() or platform.machine()
    assert processor(tmp_path / "none") == known
