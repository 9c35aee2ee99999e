"""What the extension module must keep, whatever is built into it."""

import importlib.metadata
import shutil
import subprocess
import sys

import pytest

from jaxgo import _ext


def fresh(program):
    """Runs program in a new interpreter, with warnings as errors."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_modules_are_in_one_file():
    assert _ext.core.__file__ == _ext.fast.__file__
    assert sys.modules["jaxgo._fast"] is _ext.fast
    assert sys.modules["jaxgo._core"] is _ext.core


def test_surface():
    assert _ext.core.version() == importlib.metadata.version("jaxgo")
    assert _ext.core.go_version().startswith("go1.")
    assert _ext.core.build_info().splitlines()[0].startswith("linux/")
    assert _ext.core.heap_bytes() > 0


def test_loading_has_no_side_effects():
    fresh("""
import gc, os, signal, sys
before = os.getcwd(), list(gc.callbacks), gc.get_threshold(), signal.getsignal(signal.SIGINT), sys.getdlopenflags()
modules = set(sys.modules)
from jaxgo import _ext
assert before == (os.getcwd(), list(gc.callbacks), gc.get_threshold(), signal.getsignal(signal.SIGINT), sys.getdlopenflags())
assert not {"inspect", "importlib.util", "ctypes"} & (set(sys.modules) - modules)
""")


def test_subnormal_numbers_survive():
    # A library linked with -ffast-math sets flush-to-zero for the whole process when it is loaded.
    fresh("""
from jaxgo import _ext
import numpy as np
assert np.float32(1e-45) * np.float32(1) != 0
assert (np.full(64, 5e-324) * 1.0 != 0).all()
""")


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs readelf")
def test_links_only_the_c_library():
    lines = subprocess.run(["readelf", "-d", _ext.core.__file__], capture_output=True, text=True).stdout.splitlines()
    needed = {line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line}
    allowed = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "ld-linux")
    assert all(name.startswith(allowed) for name in needed), needed
    assert not [line for line in lines if "RPATH" in line or "RUNPATH" in line]


@pytest.mark.skipif(not shutil.which("nm"), reason="needs nm")
def test_exports_only_the_two_init_functions():
    out = subprocess.run(["nm", "-D", "--defined-only", _ext.core.__file__], capture_output=True, text=True).stdout
    assert sorted(line.split()[-1] for line in out.splitlines()) == ["PyInit__core", "PyInit__fast"]
