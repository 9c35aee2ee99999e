"""Functions exported as StableHLO programs, which later processes call without the code that made them.

>>> import jaxgo as jax, jaxgo.numpy as jnp
>>> from jaxgo import export
>>> blob = export.export(jax.jit(jnp.sin))(jax.ShapeDtypeStruct((2,), jnp.float32)).serialize()
>>> sin = export.deserialize(blob)
>>> sin.fun_name, sin.in_avals
('sin', (ShapedArray(float32[2]),))
>>> print(sin.call(jnp.zeros(2)))
[0. 0.]

Shapes are constants: symbolic dimensions are not supported.
"""

from __future__ import annotations

import base64
import collections
import dataclasses
import hashlib
import json
import re
import struct

from . import _fast
from . import tree_util as tu
from ._api import aval_from_id, aval_id
from ._hooks import call, codes, dtype_object

minimum_supported_calling_convention_version = 9
maximum_supported_calling_convention_version = 10


class DisabledSafetyCheck:
    """A safety check to skip.

    >>> DisabledSafetyCheck.custom_call("target").is_custom_call()
    'target'
    """

    def __init__(self, _impl: str):
        self._impl = _impl

    @classmethod
    def platform(cls) -> DisabledSafetyCheck:
        """Lets the program run on a platform that it was not exported for."""
        return DisabledSafetyCheck("platform")

    @classmethod
    def custom_call(cls, target_name: str) -> DisabledSafetyCheck:
        """Lets a program be exported that calls this custom target."""
        return DisabledSafetyCheck(f"custom_call:{target_name}")

    def is_custom_call(self) -> str | None:
        """The custom target that this lets pass."""
        m = re.match(r"custom_call:(.+)$", self._impl)
        return m.group(1) if m else None

    def __str__(self):
        return self._impl

    __repr__ = __str__

    def __eq__(self, other):
        return isinstance(other, DisabledSafetyCheck) and self._impl == other._impl

    def __hash__(self):
        return hash(self._impl)


@dataclasses.dataclass(frozen=True)
class Exported:
    """A function lowered to StableHLO, with the types and trees of its arguments and results.

    ``mlir_module_serialized`` is the module's text. Shardings, effects and the calling convention are as JAX has them for
    functions of one device.
    """

    fun_name: str
    in_tree: tu.PyTreeDef
    in_avals: tuple
    out_tree: tu.PyTreeDef
    out_avals: tuple
    _has_named_shardings: bool
    _in_named_shardings: tuple
    _out_named_shardings: tuple
    in_shardings_hlo: tuple
    out_shardings_hlo: tuple
    nr_devices: int
    platforms: tuple
    ordered_effects: tuple
    unordered_effects: tuple
    disabled_safety_checks: tuple
    mlir_module_serialized: bytes
    calling_convention_version: int
    module_kept_var_idx: tuple
    uses_global_constants: bool
    _get_vjp: object

    def mlir_module(self, serialized: bool = True):
        """The module as text."""
        return self.mlir_module_serialized.decode()

    def __str__(self):
        return f"Exported(fun_name={self.fun_name}, ...)"

    def in_shardings_jax(self, mesh):
        """The shardings of the arguments: None, a program of one device has none."""
        return (None,) * len(self.in_avals)

    def out_shardings_jax(self, mesh):
        """The shardings of the results: None, a program of one device has none."""
        return (None,) * len(self.out_avals)

    def has_vjp(self) -> bool:
        """Whether the derivative is known."""
        return self._get_vjp is not None

    def vjp(self) -> Exported:
        """The exported function from primals and cotangents, both flat, to the cotangents of the primals.

        >>> import jaxgo as jax
        >>> print(export(jax.jit(lambda x: x * x))(3.).vjp().call(3., 1.))
        (Array(6., dtype=float32, weak_type=True),)
        """
        if self._get_vjp is None:
            raise ValueError("No VJP is available")
        got = self.__dict__.get("_vjp")
        if got is None:
            got = self.__dict__["_vjp"] = self._get_vjp(self)
        return got

    def serialize(self, vjp_order: int = 0) -> bytearray:
        """The exported function as bytes, with ``vjp_order`` derivatives."""
        return _serialize(self, vjp_order)

    def call(self, *args, **kwargs):
        """Calls the function, inside transformations too. Reverse-mode differentiation asks for the derivative."""
        leaves, tree = tu.tree_flatten((args, kwargs))
        if tree != self.in_tree:
            raise ValueError(
                f"The invocation args and kwargs must have the same pytree structure as when the function '{self.fun_name}' was "
                "exported, but they have the following structural differences:\n"
                + "\n".join(
                    f"   - {_path(path)} is a {one} in the invocation and a {two} when exported, so {why}.\n"
                    for path, one, two, why in tu.equality_errors_pytreedef(tree, self.in_tree)
                )
            )
        flat = self._flat if any(isinstance(x, _fast.Tracer) for x in leaves) else self._bind
        return self.out_tree.unflatten(flat(*leaves))

    def _program(self):
        got = self.__dict__.get("_handle")
        if got is None:
            # Serialized programs are held to what every process has; the checks disabled are those of the export.
            allowed = [t for c in self.disabled_safety_checks if (t := c.is_custom_call())]
            got = self.__dict__["_handle"] = call("exported", self.fun_name, self.mlir_module(), _ids(self.in_avals), _ids(self.out_avals), allowed)
        return got

    def _bind(self, *leaves):
        platform = default_export_platform()
        if platform not in self.platforms and DisabledSafetyCheck.platform() not in self.disabled_safety_checks:
            raise ValueError(f"Function '{self.fun_name}' was exported for platforms '{self.platforms}' but it is used on '{(platform,)}'.")
        for i, (x, want) in enumerate(zip(leaves, self.in_avals)):
            got = aval_from_id(aval_id(x))
            if got is want:
                continue
            called = "expected {} and called with {}"
            if len(want.shape) != len(got.shape):
                raise ValueError(f"Rank mismatch for {self._leaf(i)}: " + called.format(want.shape, got.shape))
            if want.dtype != got.dtype:
                raise ValueError(f"Dtype mismatch for {self._leaf(i)}: " + called.format(want.dtype, got.dtype))
            for k, (m, n) in enumerate(zip(want.shape, got.shape)):
                if m != n:
                    raise ValueError(
                        f"Shape mismatch for {self._leaf(i)}.shape[{k}] (expected same constant): " + called.format(want.shape, got.shape)
                    )
        return call("call_exported", self._program(), list(leaves))[0]

    def _leaf(self, i):
        paths, _ = tu.tree_flatten_with_path(self.in_tree.unflatten([0] * self.in_tree.num_leaves))
        return _path(paths[i][0])

    @property
    def _flat(self):
        """The call on leaves, with the derivative as its rule."""
        got = self.__dict__.get("_with_vjp")
        if got is None:
            from .custom_derivatives import custom_vjp

            def bwd(args, cts):
                return tuple(self.vjp().call(*args, *cts))

            got = custom_vjp(lambda *leaves: self._bind(*leaves))
            got.defvjp(lambda *leaves: (got(*leaves), leaves), bwd)
            self.__dict__["_with_vjp"] = got
        return got


def _path(path):
    if not path:
        return "args"
    return ("args", "kwargs")[path[0].idx] + tu.keystr(path[1:])


def _ids(avals):
    return [call("aval", a._dtype, a.shape, a.weak_type) for a in avals]


def default_export_platform() -> str:
    """The platform that functions are exported for by default: cpu, cuda, rocm or tpu."""
    from ._device import devices

    return devices()[0].platform


def export(fun_jit, *, platforms=None, disabled_checks=(), _override_lowering_rules=None):
    """Exports a function that :func:`jit` made, for arguments of the types of those given.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> exported = export(jax.jit(lambda x, y: {"sum": x + y}))(jnp.arange(2.), 1.)
    >>> exported.call(jnp.arange(2.), 1.)
    {'sum': Array([1., 2.], dtype=float32)}
    """
    if not isinstance(fun_jit, _fast.PjitFunction) and not (hasattr(fun_jit, "trace") and hasattr(fun_jit, "lower")):
        raise ValueError(f"Function to be exported must be the result of `jit` but is: {fun_jit}")
    if isinstance(platforms, str):
        raise TypeError(f"export: platforms must be a sequence of names, got {platforms!r}")
    if _override_lowering_rules:
        raise NotImplementedError("export: rules of lowering can't be overridden")

    def do_export(*args_specs, **kwargs_specs) -> Exported:
        t = fun_jit.trace(*args_specs, **kwargs_specs)
        return _export(t.handle, t.fun_name, t._in_tree, t._args_info, t.out_tree, platforms, tuple(disabled_checks))

    return do_export


def _export(jaxpr, name, in_tree, in_ids, out_tree, platforms, checks):
    out_ids = call("jaxpr_out_avals", jaxpr)
    text = call("lower_export", jaxpr, "jit_" + name)
    default = default_export_platform()
    platforms = (default,) if platforms is None else tuple(platforms)
    if "custom_call" in text and set(platforms) != {default}:
        raise NotImplementedError(f"export: the function calls targets that {default} has, it can't be exported for {platforms}")
    exported = _exported(name, in_tree, in_ids, out_tree, out_ids, platforms, checks, text.encode(), _vjp_of(jaxpr))
    exported._program()  # checks the custom calls
    return exported


def _exported(name, in_tree, in_ids, out_tree, out_ids, platforms, checks, text, get_vjp):
    none_in, none_out = (None,) * len(in_ids), (None,) * len(out_ids)
    return Exported(
        fun_name=name,
        in_tree=in_tree,
        in_avals=tuple(map(aval_from_id, in_ids)),
        out_tree=out_tree,
        out_avals=tuple(map(aval_from_id, out_ids)),
        _has_named_shardings=True,
        _in_named_shardings=none_in,
        _out_named_shardings=none_out,
        in_shardings_hlo=none_in,
        out_shardings_hlo=none_out,
        nr_devices=1,
        platforms=platforms,
        ordered_effects=(),
        unordered_effects=(),
        disabled_safety_checks=checks,
        mlir_module_serialized=text,
        calling_convention_version=maximum_supported_calling_convention_version,
        module_kept_var_idx=tuple(range(len(in_ids))),
        uses_global_constants=False,
        _get_vjp=get_vjp,
    )


def _vjp_of(jaxpr):
    def get_vjp(primal):
        from ._api import jit, vjp
        from ._shape import ShapeDtypeStruct

        n = len(primal.in_avals)

        def fun_vjp_jax(*flat):
            _, pullback = vjp(lambda *leaves: call("eval_jaxpr", jaxpr, list(leaves))[0], *flat[:n])
            return pullback(list(flat[n:]))

        specs = [
            ShapeDtypeStruct(a.shape, a.dtype, weak_type=a.weak_type) for a in (*primal.in_avals, *(a.to_tangent_aval() for a in primal.out_avals))
        ]
        return export(jit(fun_vjp_jax), platforms=primal.platforms, disabled_checks=primal.disabled_safety_checks)(*specs)

    return get_vjp


# ---- serialization ----
#
# An exported function is: _MAGIC, the version, the lengths of the three parts that follow, a JSON header, the module's text, the
# derivative (empty, or an exported function in this format), and the SHA-256 of all that. Numbers are little-endian.

_MAGIC = b"jaxgo.export\0"
_VERSION = 1
_PREFIX = struct.Struct("<13sIQQQ")
_MAX_DEPTH = 100

serialization_registry: dict = {}
deserialization_registry: dict = {}


def _serialize(exported, vjp_order):
    if not isinstance(vjp_order, int) or vjp_order < 0:
        raise ValueError(f"serialize: vjp_order must be a number of derivatives, got {vjp_order!r}")
    header = json.dumps(
        {
            "fun_name": exported.fun_name,
            "in_tree": _tree_json(exported.in_tree),
            "in_avals": [_aval_json(a) for a in exported.in_avals],
            "out_tree": _tree_json(exported.out_tree),
            "out_avals": [_aval_json(a) for a in exported.out_avals],
            "platforms": list(exported.platforms),
            "disabled_checks": [str(c) for c in exported.disabled_safety_checks],
        },
        separators=(",", ":"),
    ).encode()
    text = exported.mlir_module_serialized
    vjp = bytes(_serialize(exported.vjp(), vjp_order - 1)) if vjp_order else b""
    out = bytearray(_PREFIX.pack(_MAGIC, _VERSION, len(header), len(text), len(vjp)))
    out += header
    out += text
    out += vjp
    out += hashlib.sha256(out).digest()
    return out


def deserialize(blob: bytearray) -> Exported:
    """The function that :meth:`Exported.serialize` made bytes of. What is damaged or was not made so is a ValueError.

    The digest finds damage, it does not prove an origin: whoever wrote the bytes says what the function computes. The program can
    call nothing outside itself.

    >>> deserialize(b"something else")
    Traceback (most recent call last):
    ...
    ValueError: deserialize: these bytes are not an exported function of jaxgo
    """
    try:
        return _deserialize(memoryview(blob).cast("B"), 0)
    except (KeyError, IndexError, TypeError, AttributeError, UnicodeError, RecursionError, OverflowError) as e:
        raise ValueError(f"deserialize: the exported function is malformed: {e!r}") from e


def _deserialize(blob, depth):
    if depth > _MAX_DEPTH:
        raise ValueError("deserialize: too many derivatives")
    if len(blob) < _PREFIX.size + 32 or blob[: len(_MAGIC)] != _MAGIC:
        raise ValueError("deserialize: these bytes are not an exported function of jaxgo")
    _, version, *lengths = _PREFIX.unpack_from(blob)
    if version != _VERSION:
        raise ValueError(f"deserialize: the format has version {version}, this jaxgo reads version {_VERSION}")
    if _PREFIX.size + sum(lengths) + 32 != len(blob):
        raise ValueError(f"deserialize: {len(blob)} bytes, not {_PREFIX.size + sum(lengths) + 32}; the exported function is cut off or damaged")
    if hashlib.sha256(blob[:-32]).digest() != blob[-32:]:
        raise ValueError("deserialize: the exported function is damaged, its digest differs")
    parts, at = [], _PREFIX.size
    for n in lengths:
        parts.append(blob[at : at + n])
        at += n
    header = json.loads(bytes(parts[0]))
    text = bytes(parts[1])
    text.decode("ascii")
    in_tree, out_tree = _tree_from_json(header["in_tree"]), _tree_from_json(header["out_tree"])
    in_ids, out_ids = [_aval_from_json(a) for a in header["in_avals"]], [_aval_from_json(a) for a in header["out_avals"]]
    if in_tree.num_leaves != len(in_ids) or out_tree.num_leaves != len(out_ids):
        raise ValueError("deserialize: the trees and types of the exported function do not agree")
    checks = tuple(DisabledSafetyCheck(_text(c)) for c in header["disabled_checks"])
    vjp = _deserialize(parts[2], depth + 1) if lengths[2] else None
    exported = _exported(
        _text(header["fun_name"]),
        in_tree,
        in_ids,
        out_tree,
        out_ids,
        tuple(map(_text, header["platforms"])),
        checks,
        text,
        None if vjp is None else lambda _: vjp,
    )
    exported.__dict__["_handle"] = call("exported", exported.fun_name, exported.mlir_module(), in_ids, out_ids, [])
    return exported


def _text(s):
    if type(s) is not str:
        raise ValueError(f"deserialize: {s!r} should be text")
    return s


def _aval_json(a):
    from .core import dtype_name

    return [dtype_name(a.dtype), list(a.shape), a.weak_type]


def _aval_from_json(a):
    name, shape, weak = a
    if name not in codes or type(shape) is not list or type(weak) is not bool or any(type(n) is not int or not 0 <= n < 2**31 for n in shape):
        raise ValueError(f"deserialize: {a!r} is no type of an array")
    size = 1
    for n in shape:
        size *= max(n, 1)
    if size >= 2**48:
        raise ValueError(f"deserialize: an array of shape {tuple(shape)} is too large")
    return call("aval", dtype_object(codes[name]), tuple(shape), weak)


def _tree_json(tree, depth=0):
    if depth > _MAX_DEPTH:
        raise ValueError(f"serialize: pytrees nested more than {_MAX_DEPTH} deep")
    data = tree.node_data()
    if data is None:
        return 0
    kind, aux = data
    children = [_tree_json(c, depth + 1) for c in tree.children()]
    if kind is type(None):
        return None
    if kind is tuple:
        return ["tuple", children]
    if kind is list:
        return ["list", children]
    if kind is dict:
        for k in aux:
            if not isinstance(k, str):
                raise TypeError(f"Serialization is supported only for dictionaries with string keys. Found key {k} of type {type(k)}.")
        return ["dict", children, list(aux)]
    if kind not in serialization_registry:
        raise ValueError(
            f"Cannot serialize PyTreeDef containing an unregistered type `{kind}`. Use `export.register_pytree_node_serialization` or "
            "`export.register_namedtuple_serialization`."
        )
    name, serialize_auxdata = serialization_registry[kind]
    aux = serialize_auxdata(aux)
    if not isinstance(aux, (bytes, bytearray)):
        raise ValueError(f"The custom serialization function for `node_type` must return a `bytes` object. It returned a {type(aux)}.")
    return ["node", children, name, base64.b64encode(aux).decode()]


_LEAF = tu.tree_structure(0)


def _tree_from_json(t, depth=0):
    if depth > _MAX_DEPTH:
        raise ValueError("deserialize: a pytree is nested too deeply")
    if t is None:
        return tu.tree_structure(None)
    if t == 0 and type(t) is int:
        return _LEAF
    kind, children, *rest = t
    children = [_tree_from_json(c, depth + 1) for c in children]
    examples = [c.unflatten([0] * c.num_leaves) for c in children]
    if kind == "tuple" and not rest:
        return tu.tree_structure(tuple(examples))
    if kind == "list" and not rest:
        return tu.tree_structure(examples)
    if kind == "dict" and len(rest) == 1 and len(set(map(_text, rest[0]))) == len(children) == len(rest[0]):
        return tu.tree_structure(dict(zip(rest[0], examples)))
    if kind != "node" or len(rest) != 2:
        raise ValueError(f"deserialize: no pytree has nodes of kind {kind!r}")
    if _text(rest[0]) not in deserialization_registry:
        raise ValueError(
            f"Cannot deserialize a PyTreeDef containing an unregistered type `{rest[0]}`. Use "
            "`export.register_pytree_node_serialization` or `export.register_namedtuple_serialization`."
        )
    nodetype, deserialize_auxdata, from_children = deserialization_registry[rest[0]]
    aux = deserialize_auxdata(base64.b64decode(rest[1], validate=True))
    if from_children is None:
        return tu.PyTreeDef.from_node_data_and_children(tu.default_registry, (nodetype, aux), children)
    return tu.tree_structure(from_children(aux, examples))


def register_pytree_node_serialization(nodetype, *, serialized_name: str, serialize_auxdata, deserialize_auxdata, from_children=None):
    """Says how nodes of a registered pytree class are serialized: the name they have, and their auxiliary data as bytes.

    >>> from jaxgo import tree_util
    >>> class Pair(tuple): pass
    >>> tree_util.register_pytree_node(Pair, lambda p: (tuple(p), None), lambda _, xs: Pair(xs))
    >>> _ = register_pytree_node_serialization(Pair, serialized_name="docs.Pair", serialize_auxdata=lambda _: b"",
    ...                                        deserialize_auxdata=lambda b: None)
    """
    if nodetype in serialization_registry:
        raise ValueError(
            f"Duplicate serialization registration for type `{nodetype}`. Previous registration was with serialized_name "
            f"`{serialization_registry[nodetype][0]}`."
        )
    if serialized_name in deserialization_registry:
        raise ValueError(
            f"Duplicate serialization registration for serialized_name `{serialized_name}`. Previous registration was for type "
            f"`{deserialization_registry[serialized_name][0]}`."
        )
    if from_children is None and not tu.is_tree_node(nodetype):
        raise ValueError(f"If `from_children` is not present, you must call first`jax.tree_util.register_pytree_node` for `{nodetype}`")
    serialization_registry[nodetype] = serialized_name, serialize_auxdata
    deserialization_registry[serialized_name] = nodetype, deserialize_auxdata, from_children
    return nodetype


def register_namedtuple_serialization(nodetype, *, serialized_name: str):
    """Says by what name nodes of a namedtuple are serialized.

    >>> import collections
    >>> Point = register_namedtuple_serialization(collections.namedtuple("Point", "x y"), serialized_name="docs.Point")
    """
    if not (issubclass(nodetype, tuple) and all(isinstance(f, str) for f in getattr(nodetype, "_fields", (0,)))):
        raise ValueError("Use `jax.export.register_pytree_node_serialization` for types other than `collections.namedtuple`.")

    def from_children(keys, children):
        if tuple(keys) != nodetype._fields or len(keys) != len(children):
            raise ValueError(f"deserialize: {nodetype} has the fields {nodetype._fields}, not {keys}")
        return nodetype(*children)

    return register_pytree_node_serialization(
        nodetype,
        serialized_name=serialized_name,
        serialize_auxdata=lambda _: json.dumps(nodetype._fields).encode(),
        deserialize_auxdata=json.loads,
        from_children=from_children,
    )


def _keys_bytes(keys):
    if not all(isinstance(k, str) for k in keys):
        raise NotImplementedError(f"Serialization of collections.OrderedDict is supported only when the keys are strings. Found keys: {keys}.")
    return json.dumps(list(keys)).encode()


register_pytree_node_serialization(
    collections.OrderedDict,
    serialized_name="collections.OrderedDict",
    serialize_auxdata=_keys_bytes,
    deserialize_auxdata=json.loads,
    from_children=lambda keys, children: collections.OrderedDict(zip(map(_text, keys), children, strict=True)),
)


def is_symbolic_dim(p) -> bool:
    """Whether a dimension is symbolic: none is, shapes are constants.

    >>> is_symbolic_dim(3)
    False
    """
    return False
