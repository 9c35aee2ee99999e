"""The exceptions of jaxgo; their names and bases are JAX's."""

from __future__ import annotations

from . import _fast

_DOCS = "\nSee https://docs.jax.dev/en/latest/errors.html#jax.errors."


class _JAXErrorMixin:
    def __init__(self, message=""):
        text = str(message)
        name = type(self).__name__
        if "docs.jax.dev" not in text:
            text += _DOCS + name
        super().__init__(text)


class JAXTypeError(_JAXErrorMixin, TypeError):
    """A TypeError with a page in JAX's documentation."""


class JAXIndexError(_JAXErrorMixin, IndexError):
    """An IndexError with a page in JAX's documentation."""


class ConcretizationTypeError(JAXTypeError):
    """A traced value was used where a concrete one is needed."""

    def __init__(self, tracer, context=""):
        if isinstance(tracer, _fast.Tracer):
            tracer = f"Abstract tracer value encountered where concrete value is expected: {_what(tracer)}\n{context}{_origin(tracer)}"
        super().__init__(tracer)


class NonConcreteBooleanIndexError(JAXIndexError):
    """A traced boolean array was used as an index."""

    def __init__(self, tracer):
        if isinstance(tracer, _fast.Tracer):
            tracer = f"Array boolean indices must be concrete; got {tracer}\n"
        super().__init__(tracer)


class TracerArrayConversionError(JAXTypeError):
    """A tracer was given to NumPy."""

    def __init__(self, tracer):
        if isinstance(tracer, _fast.Tracer):
            tracer = f"The numpy.ndarray conversion method __array__() was called on {_what(tracer)}{_origin(tracer)}"
        super().__init__(tracer)


class TracerIntegerConversionError(JAXTypeError):
    """A tracer was used as a Python integer."""

    def __init__(self, tracer):
        if isinstance(tracer, _fast.Tracer):
            tracer = f"The __index__() method was called on {_what(tracer)}{_origin(tracer)}"
        super().__init__(tracer)


class TracerBoolConversionError(ConcretizationTypeError):
    """A tracer was used as a Python bool."""

    def __init__(self, tracer):
        if isinstance(tracer, _fast.Tracer):
            tracer = f"Attempted boolean conversion of {_what(tracer)}.{_origin(tracer)}"
        JAXTypeError.__init__(self, tracer)


class UnexpectedTracerError(JAXTypeError):
    """A tracer was used after its transformation had ended."""


class KeyReuseError(_JAXErrorMixin, RuntimeError):
    """A random key was used twice."""


class InconclusiveDimensionOperation(Exception):
    """A comparison of symbolic dimensions has no answer."""


class JaxprTypeError(TypeError):
    """A jaxpr is not well-formed."""


class TypePromotionError(ValueError):
    """The dtypes of operands have no common one."""


class JaxRuntimeError(RuntimeError):
    """XLA or the PJRT plugin reported an error; the cause is what a function that the program called raised, if it did."""

    def __init__(self, *args):
        super().__init__(*args)
        if args and "CpuCallback error" in str(args[0]):
            from ._callback import cause

            self.__cause__ = cause(str(args[0]))


def _what(tracer):
    return f"traced array with shape {tracer.aval.str_short(True)}"


def _origin(tracer):
    info = _fast.call("tracer_info", tracer)
    if info[0] != "JitTracer":
        return ""
    return (
        f"\nThe error occurred while tracing the function {info[2]} for {info[1]}. "
        "This concrete value was not available in Python because it depends on the values of the arguments of that function."
    )


def concretization(tracer, what):
    """The exception for a Python conversion of a tracer."""
    if what == "__bool__":
        return TracerBoolConversionError(tracer)
    if what == "__index__":
        return TracerIntegerConversionError(tracer)
    name = {"__float__": "`float`", "__int__": "`int`", "__complex__": "`complex`", "item": "`item`"}.get(what, what)
    return ConcretizationTypeError(
        tracer,
        f"The problem arose with the {name} function. If trying to convert the data type of a value, try using "
        f"`x.astype({name.strip('`')})` or `jnp.array(x, {name.strip('`')})` instead.",
    )
