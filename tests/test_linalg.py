"""jaxgo.numpy.linalg, jaxgo.scipy.linalg, jaxgo.lax.linalg and jaxgo.numpy.fft against JAX: values, dtypes, derivatives, batching."""

import jax
import jax.scipy.linalg
import numpy as np
import pytest

import jaxgo
import jaxgo.scipy.linalg

RNG = np.random.default_rng(0)


def matrix(dtype, *shape):
    """A random matrix whose singular values and eigenvalues are apart."""
    a = RNG.standard_normal(shape).astype(dtype)
    if np.issubdtype(dtype, np.complexfloating):
        a = a + 1j * RNG.standard_normal(shape).astype(dtype)
    n = min(shape[-2:])
    a[..., range(n), range(n)] += 3 * np.arange(1, n + 1).astype(dtype)
    return a


def hermitian(lib, a):
    return (a + lib.numpy.conj(lib.numpy.matrix_transpose(a))) / 2


def positive(lib, a):
    return lib.numpy.matmul(a, lib.numpy.conj(lib.numpy.matrix_transpose(a)))


def same(ours, theirs, tol=1e-5):
    ours, theirs = jaxgo.tree.leaves(ours), jax.tree.leaves(theirs)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert a.shape == b.shape and str(a.dtype) == str(b.dtype) and a.weak_type == b.weak_type
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tol, atol=tol)


def inexact(lib, out):
    return [v for v in lib.tree.leaves(out) if np.issubdtype(v.dtype, np.inexact)]


def total(lib, out):
    return sum(lib.numpy.sum(lib.numpy.real(v * v)) for v in inexact(lib, out))


SQUARE = {
    "solve": lambda J, a: J.numpy.linalg.solve(a, a[..., :2]),
    "inv": lambda J, a: J.numpy.linalg.inv(a),
    "det": lambda J, a: J.numpy.linalg.det(a),
    "slogdet": lambda J, a: tuple(J.numpy.linalg.slogdet(a)),
    "cholesky": lambda J, a: J.numpy.linalg.cholesky(positive(J, a)),
    "eigh": lambda J, a: tuple(J.numpy.linalg.eigh(hermitian(J, a))),
    "eigvals": lambda J, a: J.numpy.linalg.eigvals(a),
    "eig": lambda J, a: J.lax.linalg.eig(a, enable_eigvec_derivs=True),
    "solve_pos": lambda J, a: J.scipy.linalg.solve(positive(J, a), a, assume_a="pos"),
    "solve_triangular": lambda J, a: J.scipy.linalg.solve_triangular(a, a[..., :2], trans="C"),
    "tridiagonal_solve": lambda J, a: J.lax.linalg.tridiagonal_solve(a[..., 0], a[..., 1] + 9, a[..., 2], a),
    "lu_solve": lambda J, a: J.scipy.linalg.lu_solve(J.scipy.linalg.lu_factor(a), a[..., :2], trans=1),
}
ANY = {
    "svd": lambda J, a: tuple(J.numpy.linalg.svd(a, full_matrices=False)),
    "svdvals": lambda J, a: J.numpy.linalg.svdvals(a),
    "qr": lambda J, a: tuple(J.numpy.linalg.qr(a)),
    "qr_complete": lambda J, a: tuple(J.numpy.linalg.qr(a, "complete")),
    "qr_pivoting": lambda J, a: J.lax.linalg.qr(a, pivoting=True, full_matrices=False),
    "lu": lambda J, a: J.lax.linalg.lu(a),
    "pinv": lambda J, a: J.numpy.linalg.pinv(a),
    "norm": lambda J, a: J.numpy.linalg.norm(a, ord=2, axis=(-2, -1)),
}
CASES = [(n, f, s) for table, shapes in ((SQUARE, [(4, 4)]), (ANY, [(4, 4), (5, 3), (3, 5)])) for n, f in table.items() for s in shapes]


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("name, f, shape", CASES, ids=[f"{n}-{s[0]}x{s[1]}" for n, _, s in CASES])
@pytest.mark.filterwarnings("ignore:jax.scipy.linalg.cho_solve")  # JAX's solve gives it for stacks
def test_factorizations(name, f, shape, dtype):
    a = matrix(dtype, *shape)
    same(f(jaxgo, a), f(jax, a))
    stack = np.stack([a, 2 * a])
    same(*(lib.jit(lib.vmap(lambda x: f(lib, x)))(stack) for lib in (jaxgo, jax)))
    same(f(jaxgo, stack), f(jax, stack))
    same(*(lib.grad(lambda x: total(lib, f(lib, x)))(a) for lib in (jaxgo, jax)), tol=2e-3)
    same(*(inexact(lib, lib.jvp(lambda x: f(lib, x), (a,), (a * a,))[1]) for lib in (jaxgo, jax)), tol=1e-3)


# Not differentiable in JAX, or too dear to be
VALUES = {
    "schur": lambda J, a: J.scipy.linalg.schur(a, output="complex"),
    "hessenberg": lambda J, a: J.scipy.linalg.hessenberg(a, calc_q=True),
    "tridiagonal": lambda J, a: J.lax.linalg.tridiagonal(a),
    "householder_product": lambda J, a: J.lax.linalg.householder_product(a, a[0] * 0.1),
    "ormqr": lambda J, a: J.lax.linalg.ormqr(a, a[0] * 0.1, a, left=False, transpose=True),
    "svd_qr": lambda J, a: J.lax.linalg.svd(a, algorithm=J.lax.linalg.SvdAlgorithm.QR),
    "lu_pivots_to_permutation": lambda J, a: J.lax.linalg.lu_pivots_to_permutation(J.lax.linalg.lu(a)[1], 6),
    "polar": lambda J, a: J.scipy.linalg.polar(a),
    "expm": lambda J, a: J.scipy.linalg.expm(a * 0.2),
    "sqrtm": lambda J, a: J.scipy.linalg.sqrtm(positive(J, a)),
    "lstsq": lambda J, a: J.numpy.linalg.lstsq(a[:, :2], a[:, 2]),
    "matrix_rank": lambda J, a: J.numpy.linalg.matrix_rank(a),
    "matrix_power": lambda J, a: J.numpy.linalg.matrix_power(a, -3),
    "cond": lambda J, a: [J.numpy.linalg.cond(a, p) for p in (None, -2, 1, "fro")],
    "svd_hermitian": lambda J, a: J.numpy.linalg.svd(hermitian(J, a), hermitian=True)[1],
    "slogdet_singular": lambda J, a: tuple(J.numpy.linalg.slogdet(a * 0)),
    "cholesky_of_no_positive_matrix": lambda J, a: J.numpy.linalg.cholesky(-positive(J, a)),
    "svd_nan": lambda J, a: J.numpy.linalg.svd(a * np.float32(np.nan), compute_uv=False),
    "eigvals_inf": lambda J, a: J.numpy.linalg.eigvals(J.numpy.full_like(a, np.inf)),
    "solve_sylvester": lambda J, a: J.scipy.linalg.solve_sylvester(a, a[1:, 1:], a[:, 1:]),
    "block_diag": lambda J, a: J.scipy.linalg.block_diag(a, a[:2], 1.0),
    "toeplitz": lambda J, a: J.scipy.linalg.toeplitz(a[0], a[1]),
}


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("name", VALUES)
def test_values(name, dtype):
    a = matrix(dtype, 4, 4)
    same(VALUES[name](jaxgo, a), VALUES[name](jax, a), tol=1e-4)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_empty(shape):
    a = np.zeros(shape, np.float32)
    for f in (ANY["svd"], ANY["qr_complete"], ANY["pinv"], lambda J, a: J.numpy.linalg.svd(a)):
        same(f(jaxgo, a), f(jax, a))


def test_float64():
    with jaxgo.enable_x64(True), jax.enable_x64(True):
        a = matrix(np.float64, 6, 6)
        for f in (*SQUARE.values(), *ANY.values()):
            same(f(jaxgo, a), f(jax, a), tol=1e-11)


def test_large_matrices_run_aside():
    """A call of LAPACK that takes a while gives the interpreter free."""
    a = matrix(np.float32, 160, 160)
    u, s, vh = jaxgo.numpy.linalg.svd(a)
    np.testing.assert_allclose(np.asarray((u * s) @ vh), a, rtol=1e-3, atol=1e-3)


def test_tridiagonal_eigenvectors():
    d, e = RNG.standard_normal(7).astype(np.float32), RNG.standard_normal(6).astype(np.float32)
    w, v = jaxgo.scipy.linalg.eigh_tridiagonal(d, e)
    t = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    np.testing.assert_allclose(t @ np.asarray(v), np.asarray(v) * np.asarray(w), atol=1e-4)
    same(w, jax.scipy.linalg.eigh_tridiagonal(d, e, eigvals_only=True))


def test_modules_that_jax_exports_run():
    """The custom calls and their layouts are those of jaxlib."""
    a = matrix(np.float32, 4, 4)
    for f in (jax.numpy.linalg.inv, jax.numpy.linalg.svdvals, jax.numpy.linalg.eigvalsh):
        ours = jaxgo.jit(lambda x: getattr(jaxgo.numpy.linalg, f.__name__)(x)).lower(a).as_text()
        theirs = jax.jit(f).lower(a).as_text()
        targets = [{w.strip('"@,(') for w in text.replace("(", " ").split() if "lapack_" in w} for text in (ours, theirs)]
        assert targets[0] and targets[0] == targets[1]


FFT = [
    *((n, {}) for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")),
    *(("fft", dict(n=n, axis=0, norm=norm)) for n, norm in ((3, "ortho"), (8, "forward"), (None, "backward"))),
    ("irfft", dict(n=7)), ("irfft", dict(n=4, norm="ortho")), ("hfft", dict(n=5)), ("ihfft", dict(n=9, norm="forward")),
    ("rfftn", dict(s=(3, 8), axes=(2, 0))), ("irfftn", dict(axes=(1,), norm="forward")), ("ifftn", dict(s=(2, 2))),
]
X = RNG.standard_normal((4, 5, 6, 3)).astype(np.float32)


@pytest.mark.parametrize("name, kwargs", FFT)
def test_fft(name, kwargs):
    x = X if name.startswith(("rfft", "ihfft")) else (X + 1j * X[::-1]).astype(np.complex64)
    ours, theirs = (getattr(lib.numpy.fft, name) for lib in (jaxgo, jax))
    same(ours(x, **kwargs), theirs(x, **kwargs), tol=1e-4)
    same(*(lib.grad(lambda x: lib.numpy.sum(lib.numpy.abs(f(x, **kwargs)) ** 2))(x) for lib, f in ((jaxgo, ours), (jax, theirs))), tol=1e-3)


def test_every_function_of_jax_is_there():
    for path in ("numpy.fft", "numpy.linalg", "lax.linalg", "scipy.linalg"):
        theirs, ours = jax, jaxgo
        for part in path.split("."):
            theirs, ours = getattr(theirs, part), getattr(ours, part)
        missing = [n for n in dir(theirs) if not n.startswith("_") and callable(getattr(theirs, n)) and not hasattr(ours, n)]
        assert not missing, f"{path}: {missing}"


@pytest.mark.parametrize("call", [
    lambda J: J.numpy.linalg.solve(np.ones((2, 3)), np.ones(2)),
    lambda J: J.numpy.linalg.inv(np.ones(2)),
    lambda J: J.numpy.linalg.det(np.ones((2, 3))),
    lambda J: J.numpy.linalg.slogdet(np.eye(2), method="x"),
    lambda J: J.numpy.linalg.qr(np.eye(2), mode="x"),
    lambda J: J.numpy.linalg.eigh(np.eye(2), UPLO="x"),
    lambda J: J.numpy.linalg.tensorinv(np.eye(2), ind=0),
    lambda J: J.lax.linalg.lu(np.ones(2, np.float32)),
    lambda J: J.lax.linalg.lu(np.ones((2, 2), np.int32)),
    lambda J: J.lax.linalg.eig(np.ones((2, 3), np.float32)),
    lambda J: J.lax.linalg.svd(np.eye(2, dtype=np.float32), algorithm=J.lax.linalg.SvdAlgorithm.JACOBI),
    lambda J: J.lax.linalg.eigh(np.eye(2, dtype=np.float32), implementation=J.lax.linalg.EighImplementation.QDWH),
    lambda J: J.lax.linalg.tridiagonal_solve(*(np.ones(n, np.float32) for n in (2, 2, 3)), np.ones((2, 1), np.float32)),
    lambda J: J.grad(lambda a: J.numpy.linalg.eig(a)[1].real.sum())(np.eye(2, dtype=np.float32)),
    lambda J: J.grad(lambda a: J.numpy.linalg.svd(a)[0].sum())(np.ones((3, 2), np.float32)),
    lambda J: J.scipy.linalg.eigh(np.eye(2), b=np.eye(2)),
    lambda J: J.scipy.linalg.hadamard(3),
    lambda J: J.numpy.fft.fft(np.ones(4), norm="x"),
    lambda J: J.numpy.fft.fft(np.ones(4), axis=(0,)),
    lambda J: J.numpy.fft.fftn(np.ones((4, 4)), axes=(0, 0)),
    lambda J: J.numpy.fft.rfft(np.ones(4) * 1j),
    lambda J: J.numpy.fft.fft(np.ones(4), n=0),
])
def test_errors(call):
    with pytest.raises(Exception) as theirs:
        call(jax)
    with pytest.raises(type(theirs.value)) as ours:
        call(jaxgo)
    assert str(ours.value).replace("jaxgo", "jax") == str(theirs.value).split("\n----")[0]
