"""Associated Legendre functions and spherical harmonics."""

from __future__ import annotations

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from ..numpy._util import concrete


def _recurrence(l_max, dtype):
    """The coefficients of P(m, l-1) and P(m, l-2), spread over the diagonals that each step of the recurrence fills."""
    n = l_max + 1
    m, l = jnp.meshgrid(jnp.arange(n, dtype=dtype), jnp.arange(n, dtype=dtype), indexing="ij")
    c0, c1, c2, c3 = l * l, m * m, 2.0 * l, (l - 1.0) * (l - 1.0)
    d0 = jnp.sqrt((4.0 * c0 - 1.0) / (c0 - c1))
    d1 = jnp.sqrt(((c2 + 1.0) * (c3 - c1)) / ((c2 - 3.0) * (c0 - c1)))
    i, j, k = jnp.ogrid[:n, :n, :n]
    step = (i + j - k == 0).astype(dtype)

    def spread(d, offset):
        at = jnp.triu_indices(n, offset)
        return jnp.einsum("jk,ijk->ijk", jnp.zeros((n, n), dtype=dtype).at[at].set(d[at]), step)

    return spread(d0, 1), spread(d1, 2)


@jit(static_argnums=0)
def _normalized_legendre(l_max, x):
    """The normalized associated Legendre functions, of shape (l_max + 1, l_max + 1, len(x)) by m, l and x."""
    p = jnp.zeros((l_max + 1, l_max + 1, x.shape[0]), dtype=x.dtype)
    above, below = jnp.arange(1, l_max + 1, dtype=x.dtype), jnp.arange(l_max, dtype=x.dtype)
    first = 0.5 / jnp.sqrt(np.pi)
    p = p.at[0, 0].set(first)
    y = jnp.cumprod(jnp.broadcast_to(jnp.sqrt(1.0 - x * x), (l_max, x.shape[0])), axis=0)
    diagonal = jnp.diag_indices(l_max + 1)
    p = p.at[diagonal[0][1:], diagonal[1][1:]].set(first * jnp.einsum("i,ij->ij", jnp.cumprod(-1 * jnp.sqrt(1.0 + 0.5 / above)), y))
    beside = jnp.einsum("ij,ij->ij", jnp.einsum("i,j->ij", jnp.sqrt(2.0 * below + 3.0), x), p[jnp.diag_indices(l_max)])
    p = p.at[diagonal[0][:l_max], diagonal[1][:l_max] + 1].set(beside)
    d0, d1 = _recurrence(l_max, x.dtype)

    def body(i, p):
        last = jnp.einsum("ijk,k->ijk", jnp.roll(p, shift=1, axis=1), x)
        return p + (jnp.einsum("ij,ijk->ijk", d0[i], last) - jnp.einsum("ij,ijk->ijk", d1[i], jnp.roll(p, shift=2, axis=1)))

    p = p.astype(jnp.result_type(p, x, d0))
    return lax.fori_loop(2, l_max + 1, body, p) if l_max > 1 else p


@jit(static_argnums=4)
def _sph_harm(n, m, theta, phi, n_max):
    legendre = _normalized_legendre(n_max, jnp.cos(theta)).at[abs(m), n, jnp.arange(len(n))].get(mode="clip")
    angle = abs(m) * phi
    out = lax.complex(legendre * jnp.cos(angle), legendre * jnp.sin(angle))
    return jnp.where(m < 0, (-1.0) ** abs(m) * jnp.conjugate(out), out)


def sph_harm_y(n, m, theta, phi, diff_n=None, n_max=None):
    """The spherical harmonics of degree n and order m at the polar angle theta and the azimuth phi.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.special as sp
    >>> print(sp.sph_harm_y(jnp.array([0]), jnp.array([0]), jnp.array([0.5]), jnp.array([0.5])))
    [0.28209478+0.j]
    """
    if diff_n is not None:
        raise NotImplementedError("The 'diff_n' argument to jax.scipy.special.sph_harm_y is not supported.")
    if jnp.isscalar(theta):
        theta = jnp.array([theta])
    if n_max is None:
        n_max = jnp.max(jnp.asarray(n))
    n_max = concrete(
        n_max, "The `n_max` argument of `jnp.scipy.special.sph_harm` must be statically specified to use `sph_harm` within JAX transformations.", int
    )
    return _sph_harm(jnp.asarray(n), jnp.asarray(m), jnp.asarray(theta), jnp.asarray(phi), n_max)
