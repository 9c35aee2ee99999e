"""Events, and listeners that are told of them.

Steps of making a program are events under JAX's names: `/jax/core/compile/jaxpr_trace_duration`, `…/jaxpr_to_mlir_module_duration` and
`…/backend_compile_duration`, with `fun_name`, are durations in seconds, time spans and scalars (the time of their start); requests, hits and misses of the
cache on disk are events under `/jax/compilation_cache/`. Listeners are called before the call that compiled returns.

>>> from jaxgo import monitoring
>>> seen = []
>>> monitoring.register_event_listener(lambda event, **kw: seen.append(event))
>>> monitoring.record_event("/mine")
>>> seen
['/mine']
>>> monitoring.clear_event_listeners()
"""

from __future__ import annotations

_events: list = []
_durations: list = []
_spans: list = []
_scalars: list = []


def record_event(event, **kwargs):
    """Tells the event listeners."""
    for f in list(_events):
        f(event, **kwargs)


def record_event_duration_secs(event, duration, **kwargs):
    """Tells the duration listeners how many seconds an event took."""
    for f in list(_durations):
        f(event, duration, **kwargs)


def record_event_time_span(event, start_time, end_time, **kwargs):
    """Tells the time span listeners when an event began and ended."""
    for f in list(_spans):
        f(event, start_time, end_time, **kwargs)


def record_scalar(event, value, **kwargs):
    """Tells the scalar listeners a number."""
    for f in list(_scalars):
        f(event, value, **kwargs)


def register_event_listener(callback):
    """Adds a listener of `record_event`."""
    _events.append(callback)


def register_event_duration_secs_listener(callback):
    """Adds a listener of `record_event_duration_secs`."""
    _durations.append(callback)


def register_event_time_span_listener(callback):
    """Adds a listener of `record_event_time_span`."""
    _spans.append(callback)


def register_scalar_listener(callback):
    """Adds a listener of `record_scalar`."""
    _scalars.append(callback)


_STEPS = {
    "trace": "/jax/core/compile/jaxpr_trace_duration",
    "lowered": "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "compile": "/jax/core/compile/backend_compile_duration",
}
_CACHE = {"compilation_cache_hit": "cache_hits", "compilation_cache_miss": "cache_misses"}


def _listeners():
    return _events or _durations or _spans or _scalars


def _compiling(ended, event="", program="", seconds=0.0, **_):
    """Tells the listeners of an event of the Go side that ended at a time."""
    if event in _STEPS:
        name, start = _STEPS[event], ended - seconds
        record_scalar(name, start, fun_name=program)
        record_event_duration_secs(name, seconds, fun_name=program)
        record_event_time_span(name, start, ended, fun_name=program)
    elif event in _CACHE:
        record_event("/jax/compilation_cache/compile_requests_use_cache")
        record_event("/jax/compilation_cache/" + _CACHE[event])


def _remove(listeners, callback):
    if callback not in listeners:
        raise AssertionError(f"{callback} is not registered")
    listeners.remove(callback)


def unregister_event_listener(callback):
    """Removes a listener of events."""
    _remove(_events, callback)


def unregister_event_duration_listener(callback):
    """Removes a listener of durations."""
    _remove(_durations, callback)


def unregister_event_time_span_listener(callback):
    """Removes a listener of time spans."""
    _remove(_spans, callback)


def unregister_scalar_listener(callback):
    """Removes a listener of scalars."""
    _remove(_scalars, callback)


def clear_event_listeners():
    """Removes all listeners."""
    for listeners in (_events, _durations, _spans, _scalars):
        listeners.clear()
