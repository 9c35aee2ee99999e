"""The digits example trains alike on jaxgo and on JAX: the acceptance test of the whole."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples" / "digits.py"


def train(lib, epochs, path):
    pytest.importorskip("sklearn")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--lib", lib, "--epochs", str(epochs), "--png", "", "--json", str(path)],
        env={**os.environ, "PYTHONWARNINGS": "ignore"}, capture_output=True, text=True)
    assert path.exists(), done.stderr
    return json.loads(path.read_text())


def test_first_losses_are_those_of_jax(tmp_path):
    ours, theirs = (train(lib, 3, tmp_path / lib)["losses"][:50] for lib in ("jaxgo", "jax"))
    assert len(ours) == 50
    assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.slow
def test_accuracy(tmp_path):
    ours, theirs = (train(lib, 30, tmp_path / lib)["accuracy"] for lib in ("jaxgo", "jax"))
    assert ours >= 0.98
    assert abs(ours - theirs) <= 0.005
