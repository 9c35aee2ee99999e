"""jaxgo.scipy.stats against jax.scipy.stats: values, dtypes, weak types, jit against eager, first derivatives, errors."""

import importlib
import inspect

import jax
import jax.scipy.stats
import numpy as np
import oracle
import pytest

import jaxgo
import jaxgo.scipy.stats

# distribution -> its parameters; loc and scale follow where a function has them. All names are arrays of ARRAYS.
DISTRIBUTIONS = {
    "bernoulli": "u",
    "beta": "p, q",
    "betabinom": "n, p, q",
    "binom": "n, u",
    "cauchy": "",
    "chi2": "p",
    "expon": "",
    "gamma": "p",
    "gennorm": "p",
    "geom": "u",
    "gumbel_l": "",
    "gumbel_r": "",
    "laplace": "",
    "logistic": "",
    "nbinom": "n, u",
    "norm": "",
    "pareto": "p",
    "poisson": "p",
    "t": "p",
    "truncnorm": "-p, q",
    "uniform": "",
    "vonmises": "p",
    "wrapcauchy": "u",
}
R = np.random.RandomState(0)
ARRAYS = {
    "x": np.array([-2.3, -0.4, 0.3, 1.7, 2.9, 6.1], np.float32),
    "y": np.array([-0.3, 0.1, 0.2, 0.4, -0.6, 0.5], np.float32),
    "p": np.array([0.3, 0.8, 1.4, 2.5, 4.2, 7.7], np.float32),
    "q": np.array([2.2, 0.6, 3.4, 1.1, 0.9, 5.3], np.float32),
    "s": np.array([0.4, 1.3, 0.9, 2.1, 3.3, 1.6], np.float32),
    "u": np.array([0.05, 0.2, 0.45, 0.6, 0.83, 0.97], np.float32),
    "k": np.array([-1, 0, 1, 2, 3, 5], np.int32),
    "n": np.array([3, 4, 5, 2, 6, 5], np.int32),
    "edge": np.array([-1, 0, 0.5, 1, 2, np.nan], np.float32),
    "X": np.array([[0.1, 0.5], [0.3, 0.2], [0.6, 0.3]], np.float32),
    "M": R.normal(size=(2, 3)).astype(np.float32),
    "m": np.array([0.2, -0.1, 0.4], np.float32),
    "C": np.array([[2, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1]], np.float32),
    "D": R.normal(size=(2, 9)).astype(np.float32),
    "w": R.uniform(1, 2, 9).astype(np.float32),
    "v": np.array([3, 1, 2, 3, 1, 1, 3, 3], np.int32),
    "V": np.array([[3, 1, np.nan, 3], [2, 2, 1, 0], [5, 5, 4, 4]], np.float32),
}
FLOATS = [k for k, a in ARRAYS.items() if a.dtype == np.float32]

MORE = """
multivariate_normal.logpdf(M, m, C); multivariate_normal.pdf(M, m, C); multivariate_normal.logpdf(M[0], m, C); multivariate_normal.logpdf(M, m, 2.)
multivariate_normal.logpdf(x, 0.5, 2.); multivariate_normal.logpdf(M, m, jnp.stack([C, 2 * C])); multivariate_normal.logpdf(0.5, 0., 1.)
dirichlet.logpdf(X, p[:3]); dirichlet.pdf(X[:2], p[:3]); dirichlet.logpdf(X[:, 0], p[:3]); dirichlet.logpdf(2 * X, p[:3])
multinomial.logpmf(k[1:5], 6, u[:4] / 2); multinomial.pmf(k[1:5], 6, u[:4]); multinomial.logpmf(k[1:5], 5, u[:4]); multinomial.logpmf(k > 1, True, u)
poisson.entropy(p); poisson.entropy(jnp.array([0., 9., 12., 99., 500.])); poisson.entropy(4, x); poisson.entropy(p[:2, None], x)
gaussian_kde(D)(D[:, :3]); gaussian_kde(D[0], 'silverman', w).logpdf(x); gaussian_kde(D, 0.3).pdf(M[:, 0]); gaussian_kde(D, lambda k: k.neff ** -0.2)(M)
gaussian_kde(D, weights=w).integrate_gaussian(m[:2], C[:2, :2]); gaussian_kde(D[1]).integrate_box_1d(-1., 0.5)
gaussian_kde(D).integrate_kde(gaussian_kde(D[:, :4] + 1)); gaussian_kde(v).evaluate(x); gaussian_kde(D).covariance; gaussian_kde(D).neff
gaussian_kde(D).d; gaussian_kde(D).n
sem(V); sem(M, 1, 0); sem(M, None); sem(v); sem(V, 1, nan_policy='omit', keepdims=True)
mode(v); mode(V[1:]); mode(V[1:], 1, keepdims=True); mode(V, None); mode(3.); mode(v, None, keepdims=True); mode(V[:0])
rankdata(v); rankdata(v, 'min'); rankdata(v, 'max'); rankdata(v, 'dense'); rankdata(v, 'ordinal'); rankdata(V); rankdata(V[1:], axis=1); rankdata(x)
"""

# Rows that are not differentiated: their derivatives differ where several are as good, or are not there.
NOT_SMOOTH = ("mode", "rankdata", "gaussian_kde(D).d", "gaussian_kde(D).n", "[0., 9.")


def rows_of(name):
    """The rows of a distribution: each of its functions, with all parameters, with few, with scalars, in other dtypes and ranks."""
    module, rows = getattr(jax.scipy.stats, name), []
    for f in sorted(n for n in dir(module) if not n.startswith("_")):
        if f == "entropy":
            continue
        first = "u" if f in ("ppf", "isf") else "k" if hasattr(module, "logpmf") else "x"
        params = [v for v in DISTRIBUTIONS[name].split(", ") if v]
        names = list(inspect.signature(getattr(module, f)).parameters)
        known = params + ["y"] * ("loc" in names) + ["s"] * ("scale" in names)
        row = lambda *args: f"{name}.{f}({', '.join(args)})"
        loc = ["1"] * ("loc" in names)  # of integers, so that those of counts stay
        rows += [row(first, *known), row(first, *params, *loc), row("edge", *params), row(f"{first}[:, None]", *(f"{v}[2:]" for v in known))]
        rows += [row("1", *("2" for _ in params)), row("0.5", *("0.25" for _ in params)), row(f"{first}.astype('float16')", *params)]
        rows.append(row(f"{first}.astype('float16')", *("np.float16(0.5)" for _ in params)))
    return rows


def evaluate(lib):
    stats = importlib.import_module(lib.__name__ + ".scipy.stats")
    names = {n: getattr(stats, n) for n in dir(jax.scipy.stats) if not n.startswith("_")} | {"jnp": lib.numpy, "np": np}
    return lambda row, env: eval(row, names, env)


def derivatives(lib):
    run = evaluate(lib)

    def f(row, env):
        code = compile(row, row, "eval")
        floats = {k: env[k] for k in FLOATS if k in code.co_names or f"{k}." in row}

        def total(floats):
            return sum(lib.numpy.sum(v) for v in oracle.leaves(run(row, {**env, **floats})))

        return list(lib.grad(total)(floats).values())

    return f


GROUPS = {**{n: rows_of(n) for n in DISTRIBUTIONS}, "others": [r.strip() for line in MORE.split("\n") for r in line.split(";") if r.strip()]}
EAGER = {row for rows in GROUPS.values() for row in rows[::8]}  # of a distribution the first row of each function


@pytest.mark.parametrize("group", GROUPS)
def test_rows(group):
    rows, found = GROUPS[group], {}
    ours, theirs = ({k: lib.numpy.asarray(v) for k, v in ARRAYS.items()} for lib in (jaxgo, jax))
    want = oracle.batch(jax, rows, evaluate(jax), theirs)
    got = oracle.batch(jaxgo, rows, evaluate(jaxgo), ours)
    eager = evaluate(jaxgo)
    for row in rows:
        found[row] = oracle.difference(got[row], want[row], 5)
        if row in EAGER and not isinstance(got[row], Exception):
            found[row, "eager"] = oracle.difference(eager(row, ours), want[row], 5)
    oracle.complain(found)


HEAVY = {"truncnorm", "betabinom", "beta", "gamma", "chi2", "others"}  # incomplete gamma and beta functions compile long


@pytest.mark.parametrize("group", [pytest.param(g, marks=[pytest.mark.slow] if g in HEAVY else []) for g in GROUPS])
def test_derivatives(group):
    ours, theirs = ({k: lib.numpy.asarray(v) for k, v in ARRAYS.items()} for lib in (jaxgo, jax))
    rows = [r for r in GROUPS[group] if not r.startswith(NOT_SMOOTH) and NOT_SMOOTH[-1] not in r]
    want, got = oracle.batch(jax, rows, derivatives(jax), theirs), oracle.batch(jaxgo, rows, derivatives(jaxgo), ours)
    oracle.complain({row: oracle.difference(got[row], want[row], 20) for row in rows})


def test_every_function_of_jax_is_there():
    for name in dir(jax.scipy.stats):
        theirs = getattr(jax.scipy.stats, name)
        if not name.startswith("_"):
            ours = getattr(jaxgo.scipy.stats, name)
            assert name in dir(jaxgo.scipy.stats)
            if inspect.ismodule(theirs):
                assert importlib.import_module(f"jaxgo.scipy.stats.{name}") is ours
                functions = [n for n in dir(theirs) if not n.startswith("_")]
                assert [n for n in functions if not hasattr(ours, n)] == []
                for f in functions:
                    parameters = [[(p.name, p.default, p.kind) for p in inspect.signature(getattr(m, f)).parameters.values()] for m in (ours, theirs)]
                    assert parameters[0] == parameters[1], (name, f)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        jaxgo.scipy.stats.nothing


def test_float64():
    with jaxgo.enable_x64(True), jax.enable_x64(True):
        rows = [
            f"{n}.{f}({', '.join(v for v in (a, DISTRIBUTIONS[n]) if v)})"
            for n in DISTRIBUTIONS
            for f, a in (("logpdf", "x"), ("logpmf", "k"), ("cdf", "x"))
            if hasattr(getattr(jax.scipy.stats, n), f)
        ]
        wide = {k: a.astype(np.float64 if a.dtype == np.float32 else a.dtype) for k, a in ARRAYS.items()}
        got, want = (oracle.batch(lib, rows, evaluate(lib), {k: lib.numpy.asarray(v) for k, v in wide.items()}) for lib in (jaxgo, jax))
        oracle.complain({row: oracle.difference(got[row], want[row], 20) for row in rows})


def test_kde_is_a_pytree():
    kde = jaxgo.scipy.stats.gaussian_kde(ARRAYS["D"])
    assert jaxgo.tree.structure(kde).num_leaves == 5
    assert oracle.difference(jaxgo.jit(lambda k: k(ARRAYS["M"]))(kde), jax.scipy.stats.gaussian_kde(ARRAYS["D"])(ARRAYS["M"])) is None


def test_resample():
    ours, theirs = (lib.scipy.stats.gaussian_kde(ARRAYS["D"], weights=ARRAYS["w"]).resample(lib.random.key(3), (5,)) for lib in (jaxgo, jax))
    assert oracle.difference(ours, theirs) is None


@pytest.mark.parametrize(
    "call",
    [
        "norm.logpdf([1.])",
        "norm.logpdf(None)",
        "norm.logsf(x, y[:2])",
        "gamma.logpdf(x, m[:, None] + x[:2])",
        "norm.cdf(1j)",
        "bernoulli.logpmf([1], u)",
        "expon.logsf([1])",
        "poisson.cdf([1], 2.)",
        "poisson.entropy([1.])",
        "truncnorm.logpdf([1.], 0, 1)",
        "beta.logpdf(x)",
        "multivariate_normal.logpdf(x, x, C)",
        "multivariate_normal.logpdf(M, m, C, allow_singular=True)",
        "multivariate_normal.logpdf(M, m, m)",
        "dirichlet.logpdf(X, X)",
        "dirichlet.logpdf(X, x)",
        "multinomial.logpmf(x, 2, u)",
        "multinomial.logpmf([1], 2, u)",
        "gaussian_kde([1., 2.])",
        "gaussian_kde(x * 1j)",
        "gaussian_kde(x[:1])",
        "gaussian_kde(D, weights=w[:2])",
        "gaussian_kde(D, weights=C)",
        "gaussian_kde(D, 'none')",
        "gaussian_kde(D)(m)",
        "gaussian_kde(D)(M * 1j)",
        "gaussian_kde(D).integrate_gaussian(m, C)",
        "gaussian_kde(D).integrate_gaussian(m[:2], C)",
        "gaussian_kde(D).integrate_box_1d(0, 1)",
        "gaussian_kde(x).integrate_box_1d(x, 1)",
        "gaussian_kde(D).integrate_kde(gaussian_kde(x))",
        "gaussian_kde(D).integrate_box(0, 1)",
        "gaussian_kde(D).set_bandwidth(1.)",
        "mode([1])",
        "mode(x, 3)",
        "mode(x, nan_policy='omit')",
        "mode(x, nan_policy='raise')",
        "mode(x, nan_policy='a')",
        "rankdata(x, 'least')",
        "rankdata([1])",
        "rankdata(x, nan_policy='omit')",
        "rankdata(x, nan_policy='raise')",
        "rankdata(x, nan_policy='a')",
        "sem([1])",
        "sem(x, nan_policy='a')",
    ],
)
def test_errors(call):
    raised = []
    for lib in (jaxgo, jax):
        with pytest.raises(Exception) as e:
            evaluate(lib)(call, {k: lib.numpy.asarray(v) for k, v in ARRAYS.items()})
        raised.append((type(e.value).__name__, str(e.value).replace("jaxgo", "jax").split("\n----")[0]))
    assert raised[0] == raised[1]
