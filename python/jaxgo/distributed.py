"""Programs of several processes; jaxgo runs in one.

>>> from jaxgo import distributed
>>> distributed.initialize(num_processes=1, process_id=0)
>>> distributed.is_initialized()
True
>>> distributed.shutdown()
"""

from __future__ import annotations

_initialized = False


def initialize(
    coordinator_address=None,
    num_processes=None,
    process_id=None,
    local_device_ids=None,
    cluster_detection_method=None,
    initialization_timeout=300,
    heartbeat_timeout_seconds=100,
    shutdown_timeout_seconds=300,
    coordinator_bind_address=None,
    slice_index=None,
    partition_index=None,
):
    """Joins the processes of a program: the one that calls."""
    global _initialized
    if _initialized:
        raise RuntimeError("distributed.initialize should only be called once.")
    if num_processes not in (None, 1):
        raise ValueError(f"a program of {num_processes} processes: one is supported")
    if process_id not in (None, 0):
        raise ValueError(f"process {process_id} of one")
    _initialized = True


def is_initialized():
    """Whether `initialize` was called."""
    return _initialized


def shutdown():
    """Undoes `initialize`."""
    global _initialized
    _initialized = False
