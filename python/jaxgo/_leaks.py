"""Who holds a tracer whose trace has ended: what jax_check_tracer_leaks reports."""

from __future__ import annotations

import gc
import inspect
import types

from . import _fast

_call = _fast.call
_KINDS = {"JitTracer": "DynamicJaxprTracer", "VmapTracer": "BatchTracer", "GradTracer": "LinearizeTracer"}
_TRACES = {"JitTracer": "DynamicJaxprTrace", "VmapTracer": "BatchTrace", "JVPTracer": "JVPTrace", "GradTracer": "LinearizeTrace"}


def find(args):
    if args[0] == "collect":
        gc.collect()
        return None
    here = {id(None)}
    held = []  # (tracer, who holds it)
    for holder in gc.get_objects():
        if isinstance(holder, types.FrameType) and holder.f_globals.get("__name__", "").startswith("jaxgo."):
            continue
        for x in gc.get_referents(holder):
            if type(x) is _fast.Tracer and holder is not held and _call("is_leaking", x):
                held.append((x, holder))
                here |= {id(held), id(held[-1])}
    if not held:
        return None
    kind = _call("tracer_info", held[0][0])[0]
    texts = [f"{x!r}{_origin(x)}{_chain(x, holder, here)}" for x, holder in held]
    return f"Leaked trace {_TRACES.get(kind, 'Trace')}. Leaked tracer(s):\n\n" + "\n\n".join(texts) + "\n"


def _name(x):
    if type(x) is _fast.Tracer:
        kind = _call("tracer_info", x)[0]
        return _KINDS.get(kind, kind)
    return type(x).__name__


def _origin(x):
    info = _call("tracer_info", x)
    where = f"{info[2]} traced for {info[1]}" if info[0] == "JitTracer" else "a line that was not recorded"
    return f"\nThis {_name(x)} with object id {id(x)} was created on line:\n  {where}"


def _chain(x, holder, ignored):
    def parents(o):
        return [r for r in gc.get_referrers(o) if id(r) not in ignored and not isinstance(r, types.FrameType)]

    lines, seen, child, parent = [], set(), x, holder
    while True:
        above = parents(parent)
        # A namespace or a closure is shown as what it belongs to.
        if isinstance(parent, dict) and above and getattr(above[0], "__dict__", None) is parent:
            parent = above[0]
        elif type(parent) is types.CellType and above:
            owners = parents(above[0])
            parent = owners[0] if owners else above[0]
        lines.append(f"<{_name(child)} {id(child)}> is referred to by {_place(parent, child)}")
        seen.add(id(child))
        child, above = parent, parents(parent)
        if not above or id(child) in seen or isinstance(child, types.ModuleType) or len(lines) > 20:
            return "\n" + "\n".join(lines)
        parent = above[0]


def _place(container, child):
    name = f"<{type(container).__name__} {id(container)}>"
    if isinstance(container, types.ModuleType):
        return getattr(container, "__name__", name)
    if isinstance(container, types.FunctionType):
        try:
            closure = inspect.getclosurevars(container)
        except ValueError:  # a cell is empty
            return name
        keys = [k for k, v in {**closure.nonlocals, **closure.globals}.items() if v is child]
        if keys:
            return f"{name} ({container.__name__}) closed-over variable {', '.join(keys)}"
    keys = [k for k, v in getattr(container, "__dict__", {}).items() if v is child]
    if keys:
        return f"{name}.{', '.join(map(str, keys))}"
    if isinstance(container, (list, tuple)):
        return f"{name}[{', '.join(str(i) for i, v in enumerate(container) if v is child)}]"
    if isinstance(container, dict):
        return f"{name}[{', '.join(repr(k) for k, v in container.items() if v is child)}]"
    return name


_call("set_leak_finder", find)
