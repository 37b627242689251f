# SPDX-License-Identifier: Apache-2.0
"""One broken variant: what it breaks, where, and the test that must see it."""
from dataclasses import dataclass


@dataclass
class Variant:
    name: str
    breaks: str  # a promise ("promise 4") or a class of attack, as tests/attacks/test_classes.py names it
    file: str
    old: str     # stands there exactly once
    new: str
    test: str    # as meson names it
    case: str    # of that test, one that must fail; "" where any may
    quick: bool = True  # a test of the card alone: no reader, seconds


def line(text, depth=1):
    """A line of C at that depth."""
    return "    " * depth + text + "\n"
