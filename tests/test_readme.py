"""The programs in README.md run."""

import pathlib
import re

import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"


@pytest.mark.parametrize("program", re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S))
def test_readme(program):
    exec(compile(program, str(README), "exec"), {"__name__": "__main__"})
