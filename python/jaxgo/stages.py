"""The stages of jit: traced, lowered, compiled.

>>> import jaxgo as jax
>>> lowered = jax.jit(lambda x: x + 1).lower(1.)
>>> compiled = lowered.compile()
>>> print(compiled(2.))
3.0
"""

from __future__ import annotations

import dataclasses

from . import _fast
from . import tree_util as tu
from ._api import Traced as _Traced
from ._api import aval_from_id, aval_id
from ._hooks import call

CompilerOptions = dict
Wrapped = _fast.PjitFunction


class ArgInfo:
    """The type of an argument and whether it is donated."""

    __slots__ = ("_aval", "donated")

    def __init__(self, aval, donated):
        self._aval, self.donated = aval, donated

    shape = property(lambda self: self._aval.shape)
    dtype = property(lambda self: self._aval.dtype)

    def __repr__(self):
        return f"ArgInfo(_aval={self._aval!r}, donated={self.donated})"

    def __eq__(self, other):
        return isinstance(other, ArgInfo) and self._aval == other._aval and self.donated == other.donated

    def __hash__(self):
        return hash((self._aval, self.donated))


class Traced:
    """A traced function: its jaxpr, and the types of its arguments and results."""

    def __init__(self, t: _Traced):
        self._t = t

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._t, name)

    def lower(self, *, lowering_platforms=None, _private_parameters=None) -> Lowered:
        """The StableHLO module."""
        return self._t.lower()


class Lowered:
    """A lowered function: its StableHLO module."""

    def __init__(self, t: _Traced):
        self._t = t
        self._text = call("lower", t.handle, "jit_" + t.fun_name, t._donated)

    in_tree = property(lambda self: self._t._in_tree)
    out_tree = property(lambda self: self._t.out_tree)
    out_info = property(lambda self: self._t.out_info)
    args_info = property(lambda self: self._t.args_info)
    donate_argnums = property(lambda self: tuple(i for i, d in enumerate(self._t._donated or ()) if d))

    @property
    def in_avals(self):
        return self._t.in_avals

    def as_text(self, dialect=None, *, debug_info=False):
        """The module as text; dialect "stablehlo" (the default) or "hlo", the program after XLA's passes."""
        if dialect in (None, "stablehlo"):
            return self._text
        if dialect == "hlo":
            return self.compile().as_text()
        raise ValueError(f"unknown dialect {dialect!r}")

    def compiler_ir(self, dialect=None):
        return self.as_text(dialect)

    def cost_analysis(self):
        return self.compile().cost_analysis()

    def compile(self, compiler_options=None):
        """Compiles the module for the default device; ``compiler_options`` are XLA's flags by name."""
        return Compiled(self._t, compiler_options)


@dataclasses.dataclass(frozen=True)
class CompiledMemoryStats:
    """The memory that a run of a program needs, in bytes: on the device, and on the host for it."""

    generated_code_size_in_bytes: int
    argument_size_in_bytes: int
    output_size_in_bytes: int
    alias_size_in_bytes: int
    temp_size_in_bytes: int
    peak_memory_in_bytes: int
    host_generated_code_size_in_bytes: int
    host_argument_size_in_bytes: int
    host_output_size_in_bytes: int
    host_alias_size_in_bytes: int
    host_temp_size_in_bytes: int


class Compiled:
    """A compiled function, for arguments of the types that it was traced for."""

    def __init__(self, t: _Traced, options=None):
        self._t = t
        self._program = t.compiled({**(t.options or {}), **options}) if options else t.program()

    in_tree = property(lambda self: self._t._in_tree)
    out_tree = property(lambda self: self._t.out_tree)
    out_info = property(lambda self: self._t.out_info)
    args_info = property(lambda self: self._t.args_info)
    in_avals = property(lambda self: self._t.in_avals)
    out_avals = property(lambda self: self._t.out_avals)
    donate_argnums = Lowered.donate_argnums

    def __call__(self, *args, **kwargs):
        t = self._t
        leaves, tree = tu.tree_flatten((args, kwargs))
        if tree != t._in_tree:
            errors = list(tu.equality_errors_pytreedef(tree, t._in_tree))
            raise TypeError(
                "\n".join(
                    [
                        f"Function compiled with input pytree does not match the input pytree it was called with. There are {len(errors)} mismatches, including:",
                        *(
                            f"    * at {('args', 'kwargs')[path[0].idx]}{tu.keystr(path[1:])}, seen {was} but now given {now}, so {why}"
                            for path, now, was, why in errors
                        ),
                    ]
                )
            )
        for x in leaves:
            if isinstance(x, _fast.Tracer):
                raise TypeError(
                    "Cannot apply JAX transformations to a function lowered and compiled for a particular signature. "
                    f"Detected argument of Tracer type {_tracer_type(x)}."
                )
        wrong = []
        for i, (x, want) in enumerate(zip(leaves, t._args_info)):
            got = aval_id(x)
            if got != want:
                g, w = aval_from_id(got), aval_from_id(want)
                if g.strip_weak_type() != w.strip_weak_type():
                    wrong.append(f"Argument {t.arg_name(i)} compiled with {w.str_short()} and called with {g.str_short()}")
        if wrong:
            raise TypeError(
                "Argument types differ from the types for which this computation was compiled. Perhaps you are calling the "
                "compiled executable with a different enable_x64 mode than when it was AOT compiled? The mismatches are:\n" + "\n".join(wrong)
            )
        return tu.tree_unflatten(t.out_tree, call("execute", self._program, leaves)[0])

    def as_text(self):
        """The program after XLA's passes, as HLO; None if the plugin does not tell."""
        t = self._t
        program = call("optimized_program", self._program, t.handle, "jit_" + t.fun_name, t._donated)
        return call("hlo_text", *program) if program else None

    def cost_analysis(self):
        """XLA's estimates: flops, bytes accessed."""
        return dict(call("cost_analysis", self._program))

    def memory_analysis(self):
        """The memory that a run needs, in bytes."""
        sizes = call("memory_analysis", self._program)
        return CompiledMemoryStats(*sizes) if sizes else None

    def runtime_executable(self):
        return self._program


_TRACERS = {"JitTracer": "DynamicJaxprTracer", "VmapTracer": "BatchTracer", "GradTracer": "LinearizeTracer"}


def _tracer_type(x):
    kind = call("tracer_info", x)[0]
    return f"<class '{_TRACERS.get(kind, kind)}'>"
