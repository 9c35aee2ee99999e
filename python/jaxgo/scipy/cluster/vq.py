"""jaxgo.scipy.cluster.vq: vector quantization."""

from __future__ import annotations

from ... import numpy as jnp
from ..._api import vmap
from ...numpy._util import check_arraylike, promoted_inexact

__all__ = ["vq"]


def vq(obs, code_book, check_finite=True):
    """The index of the nearest code and the distance to it, of observations (n, d) among codes (k, d), as scipy.cluster.vq.vq.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.cluster.vq import vq
    >>> code, dist = vq(jnp.array([[1., 1.], [3., 4.]]), jnp.array([[0., 0.], [3., 3.]]))
    >>> print(code, dist[1])
    [0 1] 1.0
    """
    del check_finite
    check_arraylike("scipy.cluster.vq.vq", obs, code_book)
    obs, codes = promoted_inexact(obs, code_book)
    if obs.ndim != codes.ndim:
        raise ValueError("Observation and code_book should have the same rank")
    if obs.ndim == 1:
        obs, codes = obs[..., None], codes[..., None]
    if obs.ndim != 2:
        raise ValueError("ndim different than 1 or 2 are not supported")
    dist = vmap(lambda ob: jnp.linalg.norm(ob[None] - codes, axis=-1))(obs)
    code = jnp.argmin(dist, axis=-1)
    return code, vmap(lambda d, i: d[i])(dist, code)
