"""JAX, the oracle, runs on the CPU and says nothing about other devices; the tests share ops.py and oracle.py."""

import datetime
import os
import pathlib
import sys

import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(pathlib.Path(__file__).parent))


def pytest_configure(config):
    """What is compiled is kept beside pytest's own cache: a second run is several times faster."""
    if getattr(config, "cache", None) is not None:
        directory = config.cache.mkdir("jax")
        directory.chmod(0o700)  # jaxgo trusts no other
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(directory))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def pytest_collection_modifyitems(config, items):
    """Where only a wheel is tried, what reads the project's own files is left out. Of the slow tests one in eight is run, another
    eighth each week, unless JAXGO_SWEEP=full."""
    if not (pathlib.Path(__file__).parents[1] / "setup.py").exists():
        for item in items:
            if item.get_closest_marker("checkout"):
                item.add_marker(pytest.mark.skip(reason="not a checkout"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    if os.environ.get("JAXGO_SWEEP") == "full" or len(slow) < 16:
        return
    kept = set(slow[datetime.date.today().isocalendar().week % 8 :: 8])
    left_out = [item for item in slow if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    left_out = set(left_out)
    items[:] = [item for item in items if item not in left_out]
