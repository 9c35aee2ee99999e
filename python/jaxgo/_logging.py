"""Events of the Go side as records of the module logging.

The loggers are `jaxgo.compile`, `jaxgo.cache`, `jaxgo.plugin` and `jaxgo.security`. A record's text is JAX's where JAX has one; what it tells
is also in attributes: `event`, `program`, `seconds`, `key`, `bytes`, `path`, `reason`. Values of arrays never are part of a record. Until somebody
asks for more, only warnings are told, in the way of the module logging.
"""

from __future__ import annotations

import os
import sys

from . import _fast
from ._config import config

NAMES = ("jaxgo.compile", "jaxgo.cache", "jaxgo.plugin", "jaxgo.security")
WARNING = 30
LEVELS = ("NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level() -> int:
    """The least level that anybody listens to: Go keeps events below it to itself."""
    if _monitored():
        return 10
    logging = sys.modules.get("logging")
    if logging is None or not hasattr(logging, "lastResort"):  # nobody asked for anything, or it is being imported
        return WARNING
    loggers = [logging.getLogger(name) for name in NAMES]
    wanted = min((x.getEffectiveLevel() for x in loggers if x.hasHandlers()), default=WARNING)
    return max(wanted, loggers[0].manager.disable + 1)


def _monitored():
    """Module monitoring, if it has listeners."""
    monitoring = sys.modules.get("jaxgo.monitoring")
    return monitoring if monitoring is not None and monitoring._listeners() else None


def deliver() -> None:
    """Logs what Go has queued."""
    import logging

    monitoring = _monitored()
    for number, name, text, created, file, line, function, fields in _fast.call("take_log"):
        if monitoring is not None:
            monitoring._compiling(created, **dict(fields))
        logger = logging.getLogger("jaxgo." + name)
        if not logger.isEnabledFor(number):
            continue
        record = logger.makeRecord(logger.name, number, file, line, text, (), None, function, dict(fields))
        if created:
            record.created, record.msecs = created, created % 1 * 1000
        logger.handle(record)


def log(number: int, name: str, text: str, **fields: str) -> None:
    """Logs an event of the Python side."""
    _fast.call("log", number, name, text, list(fields.items()))


_fast.hooks.update(log=deliver, log_level=level)

# ---- options ----

_handler = None  # writes to stderr what the options ask for
_set: dict = {}  # logger -> its level before


def _stderr():
    global _handler
    if _handler is None:
        import logging

        _handler = logging.StreamHandler(sys.stderr)
        _handler.setFormatter(logging.Formatter("{levelname}:{asctime}:{name}:{lineno}: {message}", style="{"))
    return _handler


def _listen(name, number):
    import logging

    logger = logging.getLogger(name)
    _set.setdefault(logger, logger.level)
    logger.setLevel(number)
    logger.addHandler(_stderr())


# What JAX's modules tell, and who tells it here.
_MODULES = {
    "jax": "jaxgo",
    "jax._src.dispatch": "jaxgo.compile",
    "jax._src.interpreters.pxla": "jaxgo.compile",
    "jax._src.compiler": "jaxgo.cache",
    "jax._src.compilation_cache": "jaxgo.cache",
    "jax._src.xla_bridge": "jaxgo.plugin",
}


def _apply(level_name, modules):
    for logger, before in _set.items():
        logger.removeHandler(_handler)
        logger.setLevel(before)
    _set.clear()
    if level_name not in (None, "NOTSET"):
        import logging

        _listen("jaxgo", getattr(logging, level_name))
    for name in filter(None, (m.strip() for m in (modules or "").split(","))):
        name = _MODULES.get(name, name)
        if level_name != "DEBUG" or not name.startswith("jaxgo"):  # else all is told already
            _listen(name, 10)


def set_level(name: str | None) -> None:
    """What jax_logging_level asks for: records from this level on go to stderr."""
    _apply(name, config.jax_debug_log_modules)


def set_modules(names: str) -> None:
    """What jax_debug_log_modules asks for: all that these loggers tell goes to stderr."""
    _apply(config.jax_logging_level, names)


def _start():
    """Does what the environment asks for."""
    name = os.environ.get("JAXGO_LOGGING_LEVEL")
    if name is not None:
        if name.upper() not in LEVELS:
            raise ValueError(f"environment variable JAXGO_LOGGING_LEVEL: {name!r} is none of {', '.join(LEVELS)}")
        config.update("jax_logging_level", name.upper())
    _apply(config.jax_logging_level, config.jax_debug_log_modules)


_start()
