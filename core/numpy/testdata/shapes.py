"""Writes shapes.json.gz. Run it with the JAX that is the oracle of the tests: python shapes.py | gzip -9n > shapes.json.gz"""

import jax.numpy as jnp
import numpy as np
from cases import case, ints, real, write

x, v, s = real(2, 3), real(3), real()
y3 = real(2, 3, 4)
b = np.array([True, False, True])


def each(name, f, arrays, *args):
    for a in arrays:
        case("jnp." + name, f, a, *args)


for shape in ((3, 2), (6,), 6, (-1,), -1, (2, -1), (1, 2, 3), (-1, -1), (4, -1), (5,), (0, -1), (-2, 3), ()):
    for order in "CF":
        case("jnp.reshape", lambda a, shape=shape, order=order: jnp.reshape(a, shape, order), x, shape, order)
case("jnp.reshape", lambda a: jnp.reshape(a, ()), s, (), "C")
case("jnp.reshape", lambda a: jnp.reshape(a, (1, 1)), s, (1, 1), "C")
for order in "CFAK":
    each("ravel", lambda a, order=order: jnp.ravel(a, order), (x, v, s, y3), order)
for axes in (None, (1, 0), (0, 1), (-1, 0), (0,), (0, 0)):
    each("transpose", lambda a, axes=axes: jnp.transpose(a, axes), (x,), axes)
each("transpose", jnp.transpose, (s, v, y3), None)
each("permute_dims", lambda a: jnp.permute_dims(a, (1, 0)), (x, v), (1, 0))
each("matrix_transpose", jnp.matrix_transpose, (x, y3, v))
for i, j in ((0, 1), (0, 2), (-1, 0), (1, 1), (0, 3)):
    each("swapaxes", lambda a, i=i, j=j: jnp.swapaxes(a, i, j), (y3,), i, j)
for i, j in ((0, 1), (0, -1), (-1, 0), ((0, 1), (-1, -2)), ((0, 1), (1, 2)), ((2, 0), (0, 1)), (0, (0, 1)), (3, 0)):
    each("moveaxis", lambda a, i=i, j=j: jnp.moveaxis(a, i, j), (y3,), i, j)
for i, j in ((0, 0), (2, 0), (0, 3), (1, -1), (2, 1), (0, 4)):
    each("rollaxis", lambda a, i=i, j=j: jnp.rollaxis(a, i, j), (y3,), i, j)
for axis in (0, -1, (0, 2), (1, 2), 3, 5, (0, 0)):
    each("expand_dims", lambda a, axis=axis: jnp.expand_dims(a, axis), (x,), axis)
for axis in (None, 0, -1, (0, 2), 1, 4):
    each("squeeze", lambda a, axis=axis: jnp.squeeze(a, axis), (real(1, 3, 1),), axis)
each("squeeze", jnp.squeeze, (s, x), None)
for axis in (None, 0, -1, (0, 1), 2):
    each("flip", lambda a, axis=axis: jnp.flip(a, axis), (x,), axis)
for k in (-1, 0, 1, 2, 3, 5):
    each("rot90", lambda a, k=k: jnp.rot90(a, k), (x, y3), k, (0, 1))
each("rot90", lambda a: jnp.rot90(a, 1, (0, 0)), (x,), 1, (0, 0))
each("rot90", jnp.rot90, (v,), 1, (0, 1))
for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    f = getattr(jnp, name)
    for a in (s, v, x, y3, real(1, 2, 3, 4)):
        case("jnp." + name, f, [a])
    case("jnp." + name, f, [s, x])
for shift, axis in ((1, None), (-1, 0), (2, 1), ((1, 2), (0, 1)), ((1, 2), 0), (1, (0, 1)), (7, -1), ((1, 2, 3), (0, 1)), (1, 2)):
    each("roll", lambda a, shift=shift, axis=axis: jnp.roll(a, shift, axis), (x,), shift, axis)
each("roll", lambda a: jnp.roll(a, 1, 0), (real(0, 3),), 1, 0)
for shift, axis in ((2, None), (-3, 1), ([1, 2], (0, 1)), ([1, 2], 0), (1, (0, 1))):
    case("jnp.roll_dynamic", lambda a, k, axis=axis: jnp.roll(a, k, axis), x, np.array(shift, np.int32), axis, ops=False)

for axis in (0, 1, -1, None, 2):
    case("jnp.concatenate", lambda a, c, axis=axis: jnp.concatenate([a, c], axis), [x, real(2, 3)], axis, None)
    case("jnp.append", lambda a, c, axis=axis: jnp.append(a, c, axis), x, real(2, 3), axis)
    case("jnp.concatenate_array", lambda a, axis=axis: jnp.concatenate(a, axis), y3, axis, None)
    case("jnp.stack_array", lambda a, axis=axis: jnp.stack(a, axis or 0), x, axis or 0, None)
    case("jnp.stack", lambda a, c, axis=axis: jnp.stack([a, c], axis or 0), [x, ints(2, 3)], axis or 0, None)
case("jnp.concatenate", lambda a: jnp.concatenate([a]), [x], 0, None)
case("jnp.concatenate", lambda a, c: jnp.concatenate([a, c]), [v, ints(3)], 0, None)
case("jnp.concatenate", lambda a, c: jnp.concatenate([a, c], dtype=jnp.int32), [v, ints(3)], 0, np.dtype("int32"))
case("jnp.concatenate", lambda a, c: jnp.concatenate([a, c]), [v, x], 0, None)
case("jnp.concatenate", lambda a: jnp.concatenate([a, 1]), [s, 1], 0, None)
case("jnp.concatenate_array", jnp.concatenate, v, 0, None)
case("jnp.stack", lambda a: jnp.stack([a, 1.0]), [s, 1.0], 0, None)
case("jnp.stack", lambda: jnp.stack([1, 2]), [1, 2], 0, None)
case("jnp.stack", lambda a, c: jnp.stack([a, c]), [x, v], 0, None)
for name in ("vstack", "hstack", "dstack", "column_stack"):
    f = getattr(jnp, name)
    for a, c in ((v, v), (x, x), (s, s), (y3, y3), (v, ints(3))):
        case("jnp." + name, lambda a, c, f=f: f([a, c]), [a, c], None)
    for a in (v, x, y3, real(2, 2, 3, 4)):
        case("jnp." + name + "_array", f, a, None)
case("jnp.column_stack", lambda a, c: jnp.column_stack([a, c]), [v, real(3, 2)], None)
for axis in (0, 1, -1):
    each("unstack", lambda a, axis=axis: jnp.unstack(a, axis=axis), (x,), axis)
for n, axis in ((3, 1), (2, 0), (2, 1), ([1], 1), ([1, 2], 1), ([0, 3], 1), ([], 0), (1, 2), (0, 0)):
    for name in ("split", "array_split"):
        each(name, lambda a, n=n, axis=axis, name=name: getattr(jnp, name)(a, n, axis), (x,), n, axis)
for name in ("hsplit", "vsplit", "dsplit"):
    for n in (2, 3, [1]):
        each(name, lambda a, n=n, name=name: getattr(jnp, name)(a, n), (y3,), n)
each("hsplit", lambda a: jnp.hsplit(a, 3), (v,), 3)
for reps in (2, (2,), (2, 1), (1, 2, 3), (), (0,), (1, 1)):
    each("tile", lambda a, reps=reps: jnp.tile(a, reps), (x, v, s), reps)
for axis in (None, 0, 1, -1):
    each("repeat", lambda a, axis=axis: jnp.repeat(a, 2, axis), (x,), 2, axis)
each("repeat", lambda a: jnp.repeat(a, 0), (x,), 0, None)
each("repeat", lambda a: jnp.repeat(a, 3), (s,), 3, None)
for axis, counts, n in ((1, [1, 0, 2], 3), (1, [1, 0, 2], 5), (1, [2], 6), (0, [0, 0], 0), (None, [1, 2, 0, 1, 0, 1], 5)):
    case("jnp.repeat_each", lambda a, k, axis=axis, n=n: jnp.repeat(a, k, axis, total_repeat_length=n), x, np.array(counts, np.int32), axis, n, ops=n > 0)
for shape in ((3,), (2, 4), (10,), (0,), (3, 3, 3), (-1,)):
    each("resize", lambda a, shape=shape: jnp.resize(a, shape), (x,), shape)
for i, axis in ((0, None), (2, 1), (-1, 1), (5, None), (3, 1), (0, 0)):
    each("delete", lambda a, i=i, axis=axis: jnp.delete(a, i, axis), (x,), i, axis)
for i, axis in (([0, 2], 1), ([-1], 0), ([1, 4], None)):
    case("jnp.delete_unique", lambda a, k, axis=axis: jnp.delete(a, k, axis, assume_unique_indices=True), x, np.array(i, np.int32), axis, ops=False)
for i, values, axis in ((1, 9.0, None), ([0, 2], 5.0, 1), (-1, 7.0, 0), ([1, 1, 3], [1.0, 2.0, 3.0], None), (1, [1.0, 2.0], 1)):
    case("jnp.insert", lambda a, k, w, axis=axis: jnp.insert(a, k, w, axis), x, np.array(i, np.int32), np.array(values, np.float32), axis, ops=False)

for n, axis in ((1, -1), (2, -1), (1, 0), (0, -1), (-1, 0), (3, 1), (1, 2)):
    each("diff", lambda a, n=n, axis=axis: jnp.diff(a, n, axis), (x, ints(2, 3)), n, axis, None, None)
case("jnp.diff", jnp.diff, b, 1, -1, None, None)
case("jnp.diff", jnp.diff, s, 1, -1, None, None)
case("jnp.diff", lambda a, p: jnp.diff(a, prepend=p), x, 1, -1, real(2, 2), None)
case("jnp.diff", lambda a: jnp.diff(a, prepend=0, append=1), x, 1, -1, 0, 1)
each("ediff1d", jnp.ediff1d, (x, v, ints(4)), None, None)
case("jnp.ediff1d", lambda a, e, t: jnp.ediff1d(a, e, t), v, real(2), ints(1))
each("gradient", jnp.gradient, (v, x, ints(4)), [], None)
each("gradient", lambda a: jnp.gradient(a, axis=1), (x,), [], 1)
each("gradient", lambda a: jnp.gradient(a, axis=()), (x,), [], ())
each("gradient", lambda a: jnp.gradient(a, 2.0), (x,), [2.0], None)
case("jnp.gradient", lambda a, h: jnp.gradient(a, 0.5, h), x, [0.5, np.array([0.0, 1.0, 3.0], np.float32)], None)
case("jnp.gradient", lambda a, h: jnp.gradient(a, h), real(4), [np.array([0.0, 1.0, 3.0, 4.0], np.float32)], None)
case("jnp.gradient", lambda a, h: jnp.gradient(a, h), real(4), [real(3)], None)
case("jnp.gradient", lambda a: jnp.gradient(a, 1.0, 2.0, 3.0), x, [1.0, 2.0, 3.0], None)
case("jnp.gradient", jnp.gradient, real(1), [], None)
xp, fp = np.array([0.0, 1.0, 2.5, 4.0], np.float32), real(4)
for q in (np.array([-1.0, 0.0, 0.5, 2.0, 4.0, 9.0], np.float32), np.float32([[1.0, 3.0]]), ints(3)):
    case("jnp.interp", jnp.interp, q, xp, fp, None, None, None, False, False, ops=False)
    case("jnp.interp", lambda a, p, f: jnp.interp(a, p, f, left=-1.0, right=7), q, xp, fp, -1.0, 7, None, False, False, ops=False)
    case("jnp.interp", lambda a, p, f: jnp.interp(a, p, f, left="extrapolate", right="extrapolate"), q, xp, fp, None, None, None, True, True, ops=False)
    case("jnp.interp", lambda a, p, f: jnp.interp(a, p, f, period=3.0), q, xp, fp, None, None, 3.0, False, False, ops=False)
case("jnp.interp", jnp.interp, v, xp, fp[:3], None, None, None, False, False)
for name in ("convolve", "correlate"):
    f = getattr(jnp, name)
    for mode in ("full", "same", "valid", "other"):
        for a, c in ((real(5), real(3)), (real(2), real(4)), (ints(4), ints(3)), ((real(3) + 1j * real(3)).astype(np.complex64), real(2))):
            case("jnp." + name, lambda a, c, f=f, mode=mode: f(a, c, mode), a, c, mode, None, None)
    case("jnp." + name, lambda a, c, f=f: f(a, c, "full"), x, v, "full", None, None)
    case("jnp." + name, lambda a, c, f=f: f(a, c, "full"), real(0), v, "full", None, None)
    case("jnp." + name, lambda a, c, f=f: f(a, c, "full", preferred_element_type=jnp.float32), ints(3), ints(2), "full", None, np.dtype("float32"))
for a in (np.float32([0, 1, 7, 14, 3]), np.float32([[0, 4, 8], [1, 9, 2]])):
    case("jnp.unwrap", lambda a: jnp.unwrap(a, None, -1, 6.28), a, None, -1, 6.28)
    case("jnp.unwrap", lambda a: jnp.unwrap(a, 5.0, 0, 4), a, 5.0, 0, 4)
case("jnp.unwrap", lambda a: jnp.unwrap(a, None, -1, 4), ints(5), None, -1, 4, ops=False)
each("trapezoid", lambda a: jnp.trapezoid(a, None, 1.0), (x, v, ints(3)), None, 1.0, -1)
each("trapezoid", lambda a: jnp.trapezoid(a, None, 0.5, 0), (x,), None, 0.5, 0)
case("jnp.trapezoid", lambda a, t: jnp.trapezoid(a, t, 1.0), x, v, 1.0, -1)
case("jnp.trapezoid", lambda a, t: jnp.trapezoid(a, t, 1.0, 0), x, real(2, 3), 1.0, 0)
case("jnp.trapezoid", lambda a, h: jnp.trapezoid(a, None, h), x, None, real(2), -1)
for n, up in ((3, False), (3, True), (2, False), (5, True), (0, False), (-1, False)):
    each("vander", lambda a, n=n, up=up: jnp.vander(a, n, up), (v, ints(3)), n, up)
each("vander", lambda a: jnp.vander(a), (x,), None, False)
for p, q in ((real(3), v), (real(3), x), (real(3, 2), real(2)), (ints(3), v), (ints(3), ints(2))):
    case("jnp.polyval", lambda p, q: jnp.polyval(p, q), p, q, 16)
for sparse in (False, True):
    for indexing in ("xy", "ij", "other"):
        case("jnp.meshgrid", lambda a, c, sparse=sparse, indexing=indexing: jnp.meshgrid(a, c, sparse=sparse, indexing=indexing), [v, real(2)], sparse, indexing)
        case("jnp.meshgrid", lambda a, c, d, sparse=sparse, indexing=indexing: jnp.meshgrid(a, c, d, sparse=sparse, indexing=indexing), [v, real(2), real(4)], sparse, indexing)
case("jnp.meshgrid", jnp.meshgrid, [v], False, "xy")
case("jnp.meshgrid", jnp.meshgrid, [v, x], False, "xy")
case("jnp.ix_", jnp.ix_, [ints(3), ints(2)])
case("jnp.ix_", jnp.ix_, [ints(3), np.zeros(0, np.int32)])
case("jnp.ix_", jnp.ix_, [ints(2, 3)])
case("jnp.ix_", jnp.ix_, [b])
each("unravel_index", lambda a: jnp.unravel_index(a, (2, 3)), (np.int32([0, 3, 5, 7, -1, -9]), np.uint32([0, 4, 9]), np.asarray(4, np.int32)), (2, 3))
each("unravel_index", lambda a: jnp.unravel_index(a, 4), (ints(3),), 4)
i, j = np.int32([0, 1, 5, -1]), np.int32([2, 0, 1, 4])
for mode in ("clip", "wrap", "other"):
    for order in "CFA":
        case("jnp.ravel_multi_index", lambda a, c, mode=mode, order=order: jnp.ravel_multi_index((a, c), (2, 3), mode, order), [i, j], (2, 3), mode, order, None)
case("jnp.ravel_multi_index", lambda a, c: jnp.ravel_multi_index((a, c), (200, 300), "clip", dtype=jnp.int8), [i, j], (200, 300), "clip", "C", np.dtype("int8"))
case("jnp.ravel_multi_index", lambda a, c: jnp.ravel_multi_index((a, c), (2, 3), "clip"), [v, v], (2, 3), "clip", "C", None)


def pad(a, widths, mode, constant=0, lengths=None, ends=0, reflect="even", ops=True):
    nd = a.ndim
    pairs = lambda w: [list(map(int, p)) for p in np.broadcast_to(np.asarray(w), (nd, 2))]
    kw = {"constant": {"constant_values": constant}, "linear_ramp": {"end_values": ends}, "reflect": {"reflect_type": reflect},
          "symmetric": {"reflect_type": reflect}}.get(mode, {"stat_length": lengths} if mode in ("mean", "maximum", "minimum", "median") else {})
    dyn = isinstance(constant, np.ndarray)
    f = (lambda x, c: jnp.pad(x, widths, mode, constant_values=c)) if dyn else (lambda x: jnp.pad(x, widths, mode, **kw))
    case("jnp.pad", f, a, pairs(widths), mode, constant, None if lengths is None else pairs(lengths), pairs(ends), reflect, ops=ops)


for a in (x, ints(2, 3), v, real(1, 4), real(0, 2), s):
    for widths in ((1, 2), 0, 5, -1):
        for mode in ("constant", "edge", "wrap", "reflect", "symmetric", "linear_ramp", "maximum", "mean", "median", "minimum", "empty"):
            if a.size or mode not in ("mean", "median"):
                pad(a, widths, mode, ops=mode not in ("median", "mean"))
pad(x, ((1, 0), (0, 2)), "constant", 7.0)
pad(x, 1, "constant", real(2))
pad(x, 1, "constant", real(2, 2))
pad(x, 1, "constant", real(1))
pad(x, 1, "constant", real(3))
for mode in ("maximum", "mean", "median", "minimum"):
    pad(x, 2, mode, lengths=2, ops=False)
    pad(x, 2, mode, lengths=((1, 5), (2, 1)), ops=False)
pad(x, 2, "mean", lengths=0)
for mode in ("reflect", "symmetric"):
    for a in (x, v, real(1, 2)):
        pad(a, (2, 5), mode, reflect="odd")
pad(x, 3, "linear_ramp", ends=((1, 2), (3, 4)), ops=False)
for name in ("blackman", "bartlett", "hamming", "hanning"):
    for n in (0, 1, 2, 7):
        case("jnp." + name, lambda n=n, name=name: getattr(jnp, name)(n), n)
for n in (0, 1, 5):
    case("jnp.kaiser", lambda n=n: jnp.kaiser(n, 2.5), n, 2.5)
write()
