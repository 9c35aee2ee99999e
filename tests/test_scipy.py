"""jaxgo.scipy against jax.scipy: values, dtypes, weak types, and derivatives."""

import jax
import jax.numpy as jnp
import jax.scipy.special
import numpy as np
import pytest

import jaxgo
import jaxgo.numpy as gnp
import jaxgo.scipy.special

X = np.array([-3.7, -1.2, -0.3, 0.1, 0.4, 0.9, 1.5, 2.6, 4.2, 7.5, 11.0, 30.0], np.float32)
P = X[3:]  # positive
U = np.array([0.0, 0.01, 0.2, 0.5, 0.77, 0.99, 1.0], np.float32)  # of the unit interval
I = np.arange(-1, 6, dtype=np.int32)
Z = (X[:6] + 1j * X[6:]).astype(np.complex64)

# name -> calls: the positions of the arguments that derivatives are taken by, then the arguments.
SPECIAL = {
    "bessel_jn": [],
    "beta": [((0, 1), P, P[::-1]), ((), I, 2)],
    "betainc": [((2,), P[:7], P[:7][::-1], U)],
    "betaln": [((0, 1), P, P[::-1])],
    "boxcox": [((0, 1), P, X[:9] * 0.1), ((), P, 0)],
    "boxcox1p": [((0, 1), P, X[:9] * 0.1)],
    "comb": [((), I, 2), ((), P, 1.5)],
    "dawsn": [((0,), X)],
    "digamma": [((0,), X)],
    "entr": [((0,), U[1:]), ((), X)],
    "erf": [((0,), X)],
    "erfc": [((0,), X)],
    "erfcx": [((0,), X[:-1]), ((), Z[:3])],
    "erfinv": [((0,), U[:-1])],
    "exp1": [((0,), P)],
    "expi": [((0,), X)],
    "expit": [((0,), X)],
    "expn": [((1,), np.arange(4, dtype=np.int32), P[:4]), ((), 6000, P[:3])],
    "factorial": [((0,), P[:6]), ((), I)],
    "fresnel": [((0,), X)],
    "gamma": [((0,), X[:10]), ((), Z)],
    "gammainc": [((1,), P, P[::-1])],
    "gammaincc": [((1,), P, P[::-1])],
    "gammaln": [((0,), X)],
    "gammasgn": [((), X), ((), I)],
    "hyp1f1": [((0, 1, 2), P[:4], P[2:6], X[:4]), ((), 0.0, 2.0, 3.0), ((), 1.0, 2.0, 200.0)],
    "hyp2f1": [((0, 1, 2, 3), P[:4], P[1:5], P[3:7], U[1:5]), ((), -2.0, 1.5, 2.5, 0.3), ((), 1.0, 2.0, 3.0, 1.0), ((), 1.0, 2.0, 4.0, 0.95)],
    "i0": [((0,), X)],
    "i0e": [((0,), X)],
    "i1": [((0,), X)],
    "i1e": [((0,), X)],
    "kl_div": [((0, 1), P, P[::-1]), ((), X, X[::-1])],
    "log_ndtr": [((0,), X * 4)],
    "log_softmax": [((0,), X)],
    "loggamma": [((0,), P), ((), X), ((), Z)],
    "logit": [((0,), U[1:-1]), ((), U)],
    "logsumexp": [((0,), X)],
    "multigammaln": [((0,), P[4:], 3)],
    "ndtr": [((0,), X)],
    "ndtri": [((0,), U[1:-1]), ((), U)],
    "owens_t": [((0, 1), X, X[::-1])],
    "poch": [((0, 1), P[:5], P[2:7])],
    "polygamma": [((1,), 1, P), ((), np.arange(4, dtype=np.int32), P[:4])],
    "rel_entr": [((0, 1), P, P[::-1]), ((), X, X[::-1])],
    "sici": [((0,), X), ((), np.array([0.0, 1e10, np.inf, -np.inf], np.float32))],
    "softmax": [((0,), X)],
    "spence": [((), P), ((), X)],
    "wofz": [((), Z), ((), X)],
    "xlog1py": [((0, 1), P, P[::-1]), ((), 0.0, -1.0)],
    "xlogy": [((0, 1), P, P[::-1]), ((), 0, 0)],
    "zeta": [((0, 1), P[4:] + 1, P[4:])],
}


def same(ours, theirs, rtol=3e-6):
    ours, theirs = jaxgo.tree.leaves(ours), jax.tree.leaves(theirs)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert a.dtype == b.dtype and a.shape == b.shape
        assert a.weak_type == b.weak_type
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name):
    ours, theirs = getattr(jaxgo.scipy.special, name), getattr(jax.scipy.special, name)
    for by, *args in SPECIAL[name]:
        fits = [a if isinstance(a, (int, float)) and name in ("spence", "ndtr", "ndtri", "log_ndtr") else a for a in args]
        static = {"multigammaln": (1,)}.get(name, ())
        same(ours(*fits), theirs(*fits))
        if by:
            g = jaxgo.jit(jaxgo.grad(lambda *a: sum(gnp.sum(v) for v in jaxgo.tree.leaves(ours(*a))), argnums=by), static_argnums=static)
            h = jax.jit(jax.grad(lambda *a: sum(jnp.sum(v) for v in jax.tree.leaves(theirs(*a))), argnums=by), static_argnums=static)
            same(g(*args), h(*args), rtol=2e-5)


def test_every_function_of_jax_is_there():
    for module in ("special",):
        theirs, ours = getattr(jax.scipy, module), getattr(jaxgo.scipy, module)
        assert not {n for n in dir(theirs) if not n.startswith("_") and callable(getattr(theirs, n))} - set(dir(ours))


@pytest.mark.parametrize("n", [0, 2, 3, 8])
def test_bernoulli(n):
    same(jaxgo.scipy.special.bernoulli(n), jax.scipy.special.bernoulli(n))


def test_bessel_jn():
    same(jaxgo.scipy.special.bessel_jn(P[:4], v=3), jax.scipy.special.bessel_jn(P[:4], v=3))


def test_sph_harm_y():
    n, m = np.array([0, 1, 3, 3]), np.array([0, -1, 2, -3])
    same(jaxgo.scipy.special.sph_harm_y(n, m, P[:4], P[2:6], n_max=3), jax.scipy.special.sph_harm_y(n, m, P[:4], P[2:6], n_max=3))


def test_logsumexp_arguments():
    x = X.reshape(3, 4)
    kwargs = dict(axis=1, b=-x, keepdims=True, return_sign=True)
    same(jaxgo.scipy.special.logsumexp(x, **kwargs), jax.scipy.special.logsumexp(x, **kwargs))


def test_float64():
    with jaxgo.enable_x64(True), jax.enable_x64(True):
        x = np.abs(X.astype(np.float64))
        for name in ("dawsn", "erfcx", "expi", "exp1", "fresnel", "ndtr", "sici", "spence", "gammaln", "log_ndtr", "zeta", "hyp1f1"):
            ours, theirs = (getattr(lib.scipy.special, name) for lib in (jaxgo, jax))
            args = {"zeta": (x + 1.5, x), "hyp1f1": (x, x + 1, x * 0.1)}.get(name, (x[:-1],))
            same(ours(*args), theirs(*args), rtol=1e-13)


@pytest.mark.parametrize("call", [
    lambda sp: sp.polygamma(1.0, 2.0),
    lambda sp: sp.zeta(2.0),
    lambda sp: sp.factorial(3, exact=True),
    lambda sp: sp.gammasgn(1j),
    lambda sp: sp.betainc(1j, 1.0, 1.0),
    lambda sp: sp.ndtr(1),
    lambda sp: sp.spence(1),
    lambda sp: sp.log_ndtr(1.0, series_order=40),
    lambda sp: sp.log_ndtr(1.0, series_order=1.5),
    lambda sp: sp.bernoulli(-1),
    lambda sp: sp.sici(1j),
    lambda sp: sp.fresnel(1j),
    lambda sp: sp.gammaln(None),
    lambda sp: sp.erf([1.0]),
    lambda sp: sp.bessel_jn(1j, v=1),
])
def test_special_errors(call):
    with pytest.raises(Exception) as theirs:
        call(jax.scipy.special)
    with pytest.raises(type(theirs.value)) as ours:
        call(jaxgo.scipy.special)
    assert str(ours.value).replace("jaxgo", "jax") == str(theirs.value).split("\n----")[0]
