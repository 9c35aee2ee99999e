"""Why a jitted function is traced again: what `jax_explain_cache_misses` logs, in JAX's words."""

from __future__ import annotations

import inspect
import os
import sys

from . import tree_util as tu

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_missed: set[str] = set()  # where calls missed with a function that was new


def _call_site() -> str:
    """The caller outside of this package, as file:line:column (function)."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    code = frame.f_code
    positions = list(code.co_positions())[frame.f_lasti // 2]
    return f"{code.co_filename}:{frame.f_lineno}:{(positions[2] or 0) + 1} ({code.co_qualname})"


def explain(fun, name, key, before, arg_names):
    """Logs the difference between a call's key and the closest of those before.

    A key is (static arguments, tree, avals, configuration, named axes); ``arg_names`` gives the arguments' names by leaf.
    """
    code = getattr(inspect.unwrap(fun), "__code__", None)
    if code is not None and code.co_filename.startswith(_PACKAGE):
        return
    import logging

    site = _call_site()
    lines = [f"TRACING CACHE MISS at {site}:"]
    where = f" defined at {code.co_filename}:{code.co_firstlineno}" if code is not None else ""
    if not before:
        lines.append(f"  never seen function:\n    {name} id={id(fun)}{where}")
        if site in _missed:
            lines.append(
                "  but seen another function defined on the same line; maybe the function is\n  being re-defined repeatedly, preventing caching?"
            )
        _missed.add(site)
    else:
        lines.append(f"  for {name}{where}")
        lines.append("  all previously seen cache keys differ. For the closest previous key:")
        lines.append("  " + min(_difference(key, k, arg_names) for k in before)[-1])
    logging.getLogger("jaxgo.trace").warning("%s", "\n".join(lines))


def _difference(new, old, arg_names):
    """(severity, number of differences, text)."""
    found = _contexts(new[3], old[3]) or _trees(new[1], old[1]) or _statics(new[0], old[0]) or _types(new[2], old[2], arg_names)
    return found or (4, 0, "cache miss explanation unavailable")


def _contexts(new, old):
    if new == old:
        return None
    from ._config import config, settings_of

    now, was = settings_of(new), settings_of(old)
    text = "Tracing context doesn't match, e.g. due to config or context manager."
    names = [n for n in config._states if now.get(n) != was.get(n)]
    default = {n: str(s.default) for n, s in config._states.items()}
    lines = [f"  * {n.removeprefix('jax_')} differs: now {now.get(n, default[n])} and before {was.get(n, default[n])}" for n in names]
    return 0, len(names), "\n".join([text, *lines])


def _trees(new, old):
    errors = [
        f"  * at input path {tu.keystr(tuple(path))}, now {a} and before {b}, so {why}" for path, a, b, why in tu.equality_errors_pytreedef(new, old)
    ]
    return (1, len(errors), "different input pytree:\n" + "\n".join(errors)) if errors else None


def _statics(new, old):
    return None if new == old else (2, 1, "Debug info doesn't match.")


def _types(new, old, arg_names):
    from ._api import aval_from_id

    lines, weak = [], False
    for i, (a, b) in enumerate(zip(new, old)):
        if a == b:
            continue
        a, b = aval_from_id(a), aval_from_id(b)
        now, was = a.str_short(True), b.str_short(True)
        if a.weak_type != b.weak_type:
            weak = True
            now, was = (f"{text}{{weak_type={x.weak_type}}}" for text, x in ((now, a), (was, b)))
        lines.append(f"  * at {arg_names(i)}, now {now} and before {was}")
    text = "different input types:\n" + "\n".join(lines)
    if weak:
        text += "https://docs.jax.dev/en/latest/type_promotion.html#weak-types"
    return (3, len(lines), text) if lines else None
