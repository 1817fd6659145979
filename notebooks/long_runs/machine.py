"""What a table of long runs says of the computer that made it."""

import platform
from pathlib import Path


def processor(info="/proc/cpuinfo"):
    """Return the name of this computer's processor, as far as it is told."""
    try:
        lines = Path(info).read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2] for line in lines if "model name" in line]
    return (names or [platform.processor() or platform.machine()])[0].strip()
