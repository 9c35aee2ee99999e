"""The smaller modules of jaxgo.scipy against jax.scipy: values, dtypes, weak types, jit against eager, first derivatives, errors."""

import importlib
import inspect
import operator
import warnings

import jax
import numpy as np
import oracle
import pytest

import jaxgo
import jaxgo.scipy

MODULES = ("cluster.vq", "fft", "integrate", "interpolate", "ndimage", "optimize", "signal", "sparse.linalg", "spatial.transform")
for lib in "jax", "jaxgo":
    for module in MODULES:
        importlib.import_module(f"{lib}.scipy.{module}")

R = np.random.RandomState(0)
ARRAYS = {
    "x": R.normal(size=7).astype(np.float32),
    "y": R.normal(size=7).astype(np.float32),
    "s": R.normal(size=3).astype(np.float32),
    "m": R.normal(size=(4, 6)).astype(np.float32),
    "n": R.normal(size=(2, 3)).astype(np.float32),
    "w": R.normal(size=(3, 4, 5)).astype(np.float32),
    "long": R.normal(size=(2, 40)).astype(np.float32),
    "other": R.normal(size=(2, 40)).astype(np.float32),
    "c": (R.normal(size=5) + 1j * R.normal(size=5)).astype(np.complex64),
    "C": (R.normal(size=(3, 4)) + 1j * R.normal(size=(3, 4))).astype(np.complex64),
    "i": np.array([3, 1, 4, 1, 5], np.int32),
    "A": np.array([[4, 1, 0.3], [1, 3, -0.5], [0.3, -0.5, 5]], np.float32),
    "B": np.array([[4, 1, 0.3], [-1, 3, -0.5], [0.3, 0.7, 5]], np.float32),
    "H": np.array([[4, 1j, 0.3], [-1j, 3, -0.5], [0.3, -0.5, 5]], np.complex64),
    "q": np.array([[0.1, 0.7, -0.2, 0.5], [0.4, -0.3, 0.6, -0.2], [1, 2, 3, 4]], np.float32),
    "at": np.array([[0.2, 1.7, 2.9, -0.6, 3.4], [4.1, 0.3, 5.8, 2.2, 1.4]], np.float32),
    "grid": np.array([0, 1, 1.5, 3], np.float32),
    "ticks": np.array([0, 0.5, 2, 2.5, 4, 5], np.float32),
    "p": np.array([[0.2, 1.1], [2.9, 4.4], [-1, 2], [3, 5]], np.float32),
}
FLOATS = [k for k, a in ARRAYS.items() if a.dtype == np.float32]
TABLE = {}

TABLE["cluster.vq"] = """
vq(m, m[:2] + 0.1); vq(x, s); vq(i, i[:2]); vq(m.astype('float16'), m[1:3])
"""
TABLE["fft"] = """
dct(x); dct(m, axis=0, norm='ortho'); dct(x, n=9); dct(x, n=4); dct(c); dct(i); dct(w, axis=1, norm='backward'); dct(m[0]); dct(x[:1])
idct(x); idct(m, axis=0, norm='ortho'); idct(x, n=9); idct(x, n=4); idct(c, norm='ortho'); idct(i); idct(w, axis=1)
dctn(m); dctn(m, norm='ortho'); dctn(w); dctn(w, axes=(0, 2)); dctn(w, axes=[1]); dctn(w, s=(3, 4)); dctn(w, s=[2, 5, 4]); dctn(C); dctn(m, s=5, axes=(0,))
dctn(m, axes=1); dctn(i); dctn(m, s=5)
idctn(m); idctn(m, norm='ortho'); idctn(w); idctn(w, axes=(0, 2)); idctn(w, axes=[1]); idctn(w, s=(3, 4)); idctn(C); idctn(m, axes=1); idctn(m, s=5)
"""
TABLE["integrate"] = """
trapezoid(x); trapezoid(x, y); trapezoid(m, dx=0.5, axis=0); trapezoid(m, ticks); trapezoid(i); trapezoid(c)
"""
TABLE["interpolate"] = """
RegularGridInterpolator((grid, ticks), m)(p); RegularGridInterpolator((grid, ticks), m, 'nearest')(p); RegularGridInterpolator((grid,), m)(x[:, None])
RegularGridInterpolator((grid, ticks), m, fill_value=None)(p); RegularGridInterpolator((grid, ticks), m, fill_value=7.)(p, method='nearest')
RegularGridInterpolator((grid, ticks), m)((s, y[:3])); RegularGridInterpolator((grid,), m[:, 0])(x); RegularGridInterpolator([ticks], i[[0, 1, 2, 3, 4, 0]])(x)
RegularGridInterpolator((grid, ticks), m)(p[0]); RegularGridInterpolator((grid,), m[:, 0])((x,))
lib.jit(lambda f, p: f(p))(RegularGridInterpolator((grid, ticks), m), p); lib.tree.leaves(RegularGridInterpolator((grid, ticks), m))
"""
TABLE["ndimage"] = "; ".join(
    f"map_coordinates({a}, {at}, {order}, '{mode}'{cval})"
    for mode in ("constant", "nearest", "wrap", "mirror", "reflect") for order in (0, 1)
    for a, at, cval in (("m", "at", ", 0.5"), ("i", "[at[0]]", ", 2"), ("x", "[i - 2]", ""), ("C", "[at[0, :2, None], at[1]]", ""))
)
TABLE["optimize"] = "; ".join(
    f"tuple(minimize({f}, {x0}, {args}method='{method}'{options}))"
    for method in ("BFGS", "l-bfgs-experimental-do-not-rely-on-this")
    for f, x0, args, options in (
        ("lambda v: ((v - s) ** 2).sum()", "jnp.zeros(3)", "", ""),
        ("lambda v, a: (v ** 4).sum() + v @ (A @ v) - a @ v", "s", "(y[:3],), ", ", options={'maxiter': 3}"),
        ("lambda v: 100 * (v[1] - v[0] ** 2) ** 2 + (1 - v[0]) ** 2", "x[:2] * 0", "", ", options={'maxiter': 6, 'gtol': 1e-3, 'norm': 2}"),
    )
)
TABLE["signal"] = """
convolve(x, s); convolve(x, s, 'same'); convolve(x, s, 'valid'); convolve(s, x, 'same'); convolve(s, x, 'valid'); convolve(m, n); convolve(m, n, 'same')
convolve(x, s, method='fft'); convolve(x, c); convolve(i, i); convolve(x, s, precision='highest'); convolve(w, w[:2, :2, :2], 'valid'); convolve(n, m, 'same')
convolve2d(m, n); convolve2d(m, n, 'same'); convolve2d(n, m, 'valid'); convolve2d(m, C, 'full'); correlate(x, s); correlate(x, s, 'same'); correlate(s, x, 'valid')
correlate(x, c); correlate(m, n, method='fft'); correlate(m, n, 'valid'); correlate2d(m, n); correlate2d(n, m); correlate2d(m, n, 'same'); correlate2d(m, n, 'valid')
correlate2d(n, m, 'valid'); correlate2d(n, m, 'same'); correlate2d(m, m, 'valid'); correlate2d(C, C); correlate2d(C[:, :2], C, 'full')
fftconvolve(x, s); fftconvolve(m, n, 'same'); fftconvolve(n, m, 'valid'); fftconvolve(m, m[:, :3], axes=1); fftconvolve(c, x, 'valid'); fftconvolve(x, s[:1])
fftconvolve(w, w[:, :2], 'valid', axes=(1,)); fftconvolve(m, m[:2], 'same', axes=[-2]); fftconvolve(x, s, 'valid')
detrend(x); detrend(m, 0); detrend(m, type='constant'); detrend(long, bp=[10, 25]); detrend(i)
stft(long, nperseg=8); stft(long, 2., 'hamming', 9, 4, 16, boundary='odd'); stft(long, nperseg=8, boundary='even', padded=False); stft(x, nperseg=4, boundary=None)
stft(long.T, nperseg=8, axis=0, boundary='constant'); stft(c, nperseg=3, return_onesided=False); stft(x, window=s[:2] + 5., nperseg=2); stft(i, nperseg=4)
stft(x, nperseg=1, noverlap=0); stft(long[:, :0], window=s); stft(long, nperseg=8, detrend='linear'); stft(long, nperseg=8, detrend=lambda d: d - 1)
stft(long.T, nperseg=8, axis=0, detrend=lambda d: d * 2); stft(long, window=('kaiser', 4.0), nperseg=8)
welch(long); welch(long, nperseg=8); welch(long, 3., nperseg=8, average='median', scaling='spectrum'); welch(long, nperseg=9, nfft=12, detrend='linear')
welch(c, nperseg=4, return_onesided=False); welch(x); welch(long.T, axis=0, nperseg=16, noverlap=4)
csd(long, other); csd(long, other, nperseg=8); csd(long, other[:, :30], nperseg=8); csd(long[0, :33], other[0], nperseg=8, average='median'); csd(x, x)
csd(long, None, nperseg=8); csd(c, c[:4], nperseg=4, return_onesided=False); csd(long, other, detrend=False, nperseg=8)
istft(stft(long, nperseg=8)[2], nperseg=8); istft(C); istft(C[:, :3].T, freq_axis=0, time_axis=1); istft(C.T, time_axis=0, freq_axis=1); istft(C, window='hamming')
istft(C, input_onesided=False, window=s + 4.); istft(C, boundary=False); istft(C, nperseg=3, noverlap=2); istft(C[None].swapaxes(0, 1), 2., time_axis=2, freq_axis=0)
istft(m, nperseg=6); istft(C, nfft=6, nperseg=4); istft(C[None].T, time_axis=0, freq_axis=1)
"""
TABLE["sparse.linalg"] = "; ".join(
    f"{solver}(A, s); {solver}(lambda v: A @ v, s, y[:3]); {solver}(A, s, M=lambda v: v / jnp.diag(A)); {solver}(H, s + 1j); {solver}(A, s, maxiter=1)"
    f"; {solver}(lambda t: {{'a': A @ t['a'], 'b': 2 * t['b']}}, {{'a': s, 'b': n}})[0]['b']; {solver}(A, 0 * s); {solver}(A, s, tol=1e-1, atol=0.5)"
    for solver in ("cg", "bicgstab", "gmres")
) + """
bicgstab(B, s); gmres(B, s); gmres(B, s, solve_method='incremental'); gmres(B, s, restart=2); gmres(H, s + 1j, solve_method='incremental')
gmres(lambda t: {'a': B @ t['a'], 'b': 3 * t['b']}, {'a': s, 'b': n}, solve_method='incremental')[0]['a']
lib.grad(lambda a: cg(a, s)[0].sum())(A); lib.grad(lambda a: gmres(a, s)[0] @ s)(B); lib.grad(lambda a: bicgstab(a, s)[0] @ s)(B)
lib.jvp(lambda a: cg(a, s)[0], (A,), (A * A,))[1]; lib.vmap(lambda b: cg(A, b, tol=1e-6)[0])(A)
"""
TABLE["spatial.transform"] = "; ".join(
    [f"Rotation.from_quat(q).{f}" for f in (
        "as_matrix()", "as_mrp()", "as_rotvec()", "as_rotvec(True)", "as_quat()", "as_quat(True)", "as_quat(scalar_first=True)", "magnitude()", "inv().quat",
        "mean().as_matrix()", "mean(s * s).as_matrix()", "apply(n[:1])", "apply(s, inverse=True)", "as_euler('xyz')", "as_euler('ZYX', True)",
        "as_euler('zxz')", "as_euler('XYX')", "single", "__len__()", "__getitem__(1).quat", "__getitem__(slice(1, 3)).quat",
        "__mul__(Rotation.from_quat(q[::-1])).quat")]
    + ["Rotation.identity().quat", "Rotation.identity(dtype='float16').quat", "Rotation.from_euler('x', 0.3).quat", "Rotation.from_euler('zy', x[:2]).quat",
       "Rotation.from_euler('XYZ', A, degrees=True).quat", "Rotation.from_euler('zxz', s).quat", "Rotation.from_matrix(Rotation.from_quat(q).as_matrix()).quat",
       "Rotation.from_mrp(A * 0.1).quat", "Rotation.from_rotvec(A).quat", "Rotation.from_rotvec(A * 40, True).quat", "Rotation.from_rotvec(A * 1e-5).quat",
       "Rotation.from_quat(q[0]).single", "Rotation.concatenate([Rotation.from_quat(q), Rotation.from_quat(q[:1])]).quat",
       "lib.jit(lambda r: r.inv())(Rotation.from_quat(q)).quat", "lib.tree.leaves(Rotation(q))", "Rotation.from_euler('xyz', jnp.array([0., 0., 0.])).as_euler('xyz')",
       "Slerp.init(s.cumsum() ** 2, Rotation.from_quat(q)).timedelta", "Slerp.init(jnp.arange(3.), Rotation.from_quat(q))(jnp.array([0.2, 1.4, 2.])).quat",
       "Slerp.init([0, 1, 2], Rotation.from_quat(q))(0.7).quat", "Slerp.init([0, 1, 2], Rotation.from_quat(q)).rotvecs"]
)


def split(table):
    """The rows of a table; a semicolon stands between two."""
    return [r.strip() for line in table.split("\n") for r in line.split(";") if r.strip()]


def evaluate(lib, module):
    m = importlib.import_module(f"{lib.__name__}.scipy.{module}")
    names = {n: getattr(m, n) for n in dir(m) if not n.startswith("_")} | {"jnp": lib.numpy, "np": np, "lib": lib}
    return lambda row, env: eval(row, {**names, **env})


def derivatives(lib, module):
    run = evaluate(lib, module)

    def f(row, env):
        floats = {k: env[k] for k in FLOATS if k in compile(row, row, "eval").co_names or "lambda" in row}

        def total(floats):
            real = [v for v in oracle.leaves(run(row, {**env, **floats})) if isinstance(v, lib.Array)]
            return sum(lib.numpy.sum(lib.numpy.sin(lib.numpy.real(v))) for v in real)

        return list(lib.grad(total)(floats).values())

    return f


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of segments longer than a signal, and of complex signals
        yield


@pytest.mark.parametrize("module", TABLE)
def test_rows(module):
    rows, found = split(TABLE[module]), {}
    ours, theirs = ({k: lib.numpy.asarray(v) for k, v in ARRAYS.items()} for lib in (jaxgo, jax))
    want = oracle.batch(jax, rows, evaluate(jax, module), theirs)
    got = oracle.batch(jaxgo, rows, evaluate(jaxgo, module), ours)
    for k, row in enumerate(rows):
        found[row] = oracle.difference(got[row], want[row], 10)
        if k % 4 == 0 and not isinstance(got[row], Exception):
            found[row, "eager"] = oracle.difference(evaluate(jaxgo, module)(row, ours), want[row], 10)
    if module != "optimize":  # loops of unknown length have no reverse derivatives
        smooth = [r for r in rows if not isinstance(want[r], Exception)]
        want, got = oracle.batch(jax, smooth, derivatives(jax, module), theirs), oracle.batch(jaxgo, smooth, derivatives(jaxgo, module), ours)
        found |= {(row, "derivatives"): oracle.difference(got[row], want[row], 50) for row in smooth}
    oracle.complain(found)


@pytest.mark.parametrize("module", MODULES)
def test_every_function_of_jax_is_there(module):
    theirs, ours = (importlib.import_module(f"{lib}.scipy.{module}") for lib in ("jax", "jaxgo"))
    for name in dir(theirs):
        f = getattr(theirs, name)
        if not name.startswith("_") and not inspect.ismodule(f) and callable(f):
            for g, h in [(f, getattr(ours, name)), *((getattr(f, n), getattr(getattr(ours, name), n)) for n in dir(f) if isinstance(f, type) and n[0] != "_")]:
                if callable(g) and not isinstance(g, type):
                    parameters = [[(p.name, p.default, p.kind) for p in inspect.signature(k).parameters.values()] for k in (h, g)]
                    assert parameters[0] == parameters[1], g
    assert operator.attrgetter(module)(jaxgo.scipy) is ours and module.split(".")[0] in dir(jaxgo.scipy)


def test_float64():
    with jaxgo.enable_x64(True), jax.enable_x64(True):
        ours, theirs = ({k: lib.numpy.asarray(np.asarray(v, {"f": np.float64, "c": np.complex128}.get(v.dtype.kind, v.dtype))) for k, v in ARRAYS.items()}
                        for lib in (jaxgo, jax))
        for module, table in {
            "fft": "dct(x); idctn(m); dct(i)", "signal": "convolve(m, n); welch(long, nperseg=8)", "spatial.transform": "Rotation.from_quat(q).as_euler('xyz')",
            "sparse.linalg": "cg(A, s, tol=1e-9); gmres(B, s)", "optimize": "tuple(minimize(lambda v: ((v - s) ** 4).sum(), s * 0, method='BFGS'))",
        }.items():
            got, want = (oracle.batch(lib, split(table), evaluate(lib, module), env) for lib, env in ((jaxgo, ours), (jax, theirs)))
            oracle.complain({row: oracle.difference(got[row], want[row], 1e3) for row in split(table)})


@pytest.mark.parametrize("module, call", [(m, c) for m, calls in {
    "cluster.vq": ["vq(m, x)", "vq(w, w)", "vq([1.], x)"],
    "fft": ["dct(x, 1)", "dct(x, norm='forward')", "dct(x, axis=2)", "dct([1.])", "idct(x, type=3)", "idct(x, norm='a')", "dctn(m, s=(1, 2, 3))", "dctn(m, 3)",
            "dctn(w, axes=(0, 0))", "idctn(m, norm=1)", "idctn(m, s=[1, 2, 3])", "idctn(m, type=1)"],
    "interpolate": ["RegularGridInterpolator((grid,), m, 'cubic')", "RegularGridInterpolator((grid,), m, bounds_error=True)", "RegularGridInterpolator((grid,), [1.])",
                    "RegularGridInterpolator((grid, grid), x)", "RegularGridInterpolator((grid,), m, fill_value=1j)", "RegularGridInterpolator((grid,), m)(p)",
                    "RegularGridInterpolator((grid,), m)(p, 'cubic')"],
    "ndimage": ["map_coordinates(m, [s], 1)", "map_coordinates(x, [s], 2)"],
    "optimize": ["minimize(lambda v: v.sum(), s, s, method='BFGS')", "minimize(lambda v: v.sum(), s, method='Powell')", "minimize(lambda v: v, s, method='BFGS')"],
    "signal": ["convolve(x, m)", "convolve(x, s, 'some')", "convolve(x, s, method='a')", "convolve(m, m[:2, :0])", "convolve(m[:2], m[:, :2])", "convolve2d(x, m)",
               "convolve2d(m, m, boundary='wrap')", "correlate2d(m, m, fillvalue=1)", "correlate2d(x, m)", "fftconvolve(x, m)", "fftconvolve(x, x, 'some')",
               "fftconvolve(m[:2], m[:, :2], 'valid')", "fftconvolve(m, n, axes=0)", "fftconvolve([1], x)", "detrend(x, overwrite_data=True)", "detrend(x, type='a')",
               "detrend(x, bp=9)", "stft(x, nperseg=0)", "stft(x, nperseg=4, noverlap=4)", "stft(x, nperseg=4, nfft=2)", "stft(x, boundary='a', nperseg=2)",
               "stft(x, window=m, nperseg=2)", "stft(x, window=long[0], nperseg=None)", "stft(x, window=s, nperseg=2)", "stft(x, window='none', nperseg=2)",
               "stft(x, nperseg=2, detrend=1)", "csd(x, m)", "csd(m, w[0, :3], nperseg=2)", "csd(long, other, scaling='a')", "csd(long, other, nperseg=8, average='a')",
               "stft(x, axis=2)", "istft(x)", "istft(C, time_axis=0, freq_axis=0)", "istft(C, nperseg=-1)", "istft(C, nfft=2)", "istft(C, noverlap=9)",
               "istft(C, window=m)", "istft(C, window=x)", "stft(x, nperseg=4, boundary='odd', window=x[:4], axis=0)[9]"],
    "sparse.linalg": ["cg(n, s)", "cg(1, s)", "cg(A, s, {'a': s})", "cg(A, s, x)", "gmres(A, s, solve_method='a')", "gmres(A, s, (s,))", "bicgstab(m, s)"],
    "spatial.transform": ["Rotation.from_euler('', s)", "Rotation.from_euler('xyzx', s)", "Rotation.from_euler('xY', s[:2])", "Rotation.from_euler('xx', s[:2])",
                          "Rotation.random(0)", "Rotation.identity(3)", "Rotation(q[0])[0]", "len(Rotation(q[0]))", "Rotation(q).as_euler('xy')",
                          "Rotation(q).as_euler('xxy')", "Rotation(q).as_euler('xab')", "Rotation(q).mean(m)", "Rotation(q).mean(x)", "Slerp.init(s, q)",
                          "Slerp.init(s[:1], Rotation(q[:1]))", "Slerp.init(m, Rotation(q))", "Slerp.init(x, Rotation(q))", "Slerp.init(s, Rotation(q))(m)"],
}.items() for c in calls])
def test_errors(module, call):
    raised = []
    for lib in (jaxgo, jax):
        with pytest.raises(Exception) as e:
            evaluate(lib, module)(call, {k: lib.numpy.asarray(v) for k, v in ARRAYS.items()})
        raised.append((type(e.value).__name__, str(e.value).replace("jaxgo", "jax").split("\n----")[0]))
    assert raised[0] == raised[1]


def test_modes_that_are_not_there():
    for lib in (jaxgo, jax):  # the modes that are come in no order
        with pytest.raises(NotImplementedError, match="does not yet support mode grid-wrap"):
            lib.scipy.ndimage.map_coordinates(ARRAYS["x"], [ARRAYS["s"]], 1, "grid-wrap")


def test_what_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        jaxgo.scipy.nothing
