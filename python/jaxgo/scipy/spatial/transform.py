"""jaxgo.scipy.spatial.transform: rotations in three dimensions, kept as quaternions (x, y, z, w), and their interpolation."""

from __future__ import annotations

import functools
import re
import typing

import numpy as np

from ... import numpy as jnp
from ..._config import numpy_rank_promotion

__all__ = ["Rotation", "Slerp"]


def _vectorized(signature):
    return functools.partial(jnp.vectorize, signature=signature)


class Rotation(typing.NamedTuple):
    """A rotation, or a batch of them: quaternions of norm 1 and shape (..., 4), as scipy.spatial.transform.Rotation.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.spatial.transform import Rotation
    >>> r = Rotation.from_euler("z", 90., degrees=True)
    >>> print(r.apply(jnp.array([1., 0., 0.])).round(3) + 0.)
    [0. 1. 0.]
    """

    quat: typing.Any

    @classmethod
    def concatenate(cls, rotations):
        """One batch of several."""
        return cls(jnp.concatenate([rotation.quat for rotation in rotations]))

    @classmethod
    def from_euler(cls, seq, angles, degrees=False):
        """From angles (..., n) about n axes: 'xyz' for fixed ones, 'XYZ' for those that turn along."""
        if not 1 <= len(seq) <= 3:
            raise ValueError(f"Expected axis specification to be a non-empty string of upto 3 characters, got {seq}")
        axes, extrinsic = _axes(seq)
        return cls(_elementary_quat_compose(jnp.atleast_1d(angles), axes, not extrinsic, degrees))

    @classmethod
    def from_matrix(cls, matrix):
        """From matrices (..., 3, 3)."""
        return cls(_from_matrix(matrix))

    @classmethod
    def from_mrp(cls, mrp):
        """From modified Rodrigues parameters (..., 3)."""
        return cls(_from_mrp(mrp))

    @classmethod
    def from_quat(cls, quat):
        """From quaternions (..., 4) of any norm."""
        return cls(_normalize_quaternion(quat))

    @classmethod
    def from_rotvec(cls, rotvec, degrees=False):
        """From vectors (..., 3) along the axis, as long as the angle."""
        return cls(_from_rotvec(rotvec, degrees))

    @classmethod
    def identity(cls, num=None, dtype=float):
        """The rotation that changes nothing."""
        assert num is None
        return cls(jnp.array([0.0, 0.0, 0.0, 1.0], dtype=dtype))

    @classmethod
    def random(cls, random_key, num=None):
        """Not there, as in JAX."""
        raise NotImplementedError()

    def __getitem__(self, indexer):
        if self.single:
            raise TypeError("Single rotation is not subscriptable.")
        return Rotation(self.quat[indexer])

    def __len__(self):
        if self.single:
            raise TypeError("Single rotation has no len().")
        return self.quat.shape[0]

    def __mul__(self, other):
        return Rotation.from_quat(_compose_quat(self.quat, other.quat))

    def apply(self, vectors, inverse=False):
        """The vectors (..., 3) rotated, or rotated back."""
        return _apply(self.as_matrix(), vectors, inverse)

    def as_euler(self, seq, degrees=False):
        """Angles (..., 3) about three axes, named as in ``from_euler``."""
        if len(seq) != 3:
            raise ValueError(f"Expected 3 axes, got {seq}.")
        axes, extrinsic = _axes(seq)
        with numpy_rank_promotion("allow"):
            return _compute_euler_from_quat(self.quat, axes, extrinsic, degrees)

    def as_matrix(self):
        """Matrices (..., 3, 3)."""
        return _as_matrix(self.quat)

    def as_mrp(self):
        """Modified Rodrigues parameters (..., 3)."""
        return _as_mrp(self.quat)

    def as_rotvec(self, degrees=False):
        """Vectors (..., 3) along the axis, as long as the angle."""
        return _as_rotvec(self.quat, degrees)

    def as_quat(self, canonical=False, scalar_first=False):
        """Quaternions (..., 4), on demand with a positive scalar, or with it in front."""
        quat = _make_canonical(self.quat) if canonical else self.quat
        return jnp.roll(quat, shift=1, axis=-1) if scalar_first else quat

    def inv(self):
        """The inverse."""
        return Rotation(_inv(self.quat))

    def magnitude(self):
        """The angle in radians."""
        return _magnitude(self.quat)

    def mean(self, weights=None):
        """The mean of a batch."""
        dtype = self.quat.dtype
        w = jnp.ones(self.quat.shape[0], dtype=dtype) if weights is None else jnp.asarray(weights, dtype=dtype)
        if w.ndim != 1:
            raise ValueError(f"Expected `weights` to be 1 dimensional, got shape {w.shape}.")
        if w.shape[0] != len(self):
            raise ValueError(
                f"Expected `weights` to have number of values equal to number of rotations, got {w.shape[0]} values and {len(self)} rotations."
            )
        _, v = jnp.linalg.eigh(jnp.dot(w[np.newaxis, :] * self.quat.T, self.quat))
        return Rotation(v[:, -1])

    @property
    def single(self):
        """Whether this is one rotation, not a batch."""
        return self.quat.ndim == 1


class Slerp(typing.NamedTuple):
    """Interpolates between rotations at given times along great arcs, as scipy.spatial.transform.Slerp; made by ``init``.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.spatial.transform import Rotation, Slerp
    >>> slerp = Slerp.init(jnp.array([0., 1.]), Rotation.from_euler("z", jnp.array([[0.], [90.]]), degrees=True))
    >>> print(f"{slerp(0.5).as_euler('xyz', degrees=True)[2]:.2f}")
    45.00
    """

    times: typing.Any
    timedelta: typing.Any
    rotations: Rotation
    rotvecs: typing.Any

    @classmethod
    def init(cls, times, rotations):
        """The interpolation of a batch of rotations at times (n,)."""
        if not isinstance(rotations, Rotation):
            raise TypeError("`rotations` must be a `Rotation` instance.")
        if rotations.single or len(rotations) == 1:
            raise ValueError("`rotations` must be a sequence of at least 2 rotations.")
        times = jnp.asarray(times, dtype=rotations.quat.dtype)
        if times.ndim != 1:
            raise ValueError(f"Expected times to be specified in a 1 dimensional array, got {times.ndim} dimensions.")
        if times.shape[0] != len(rotations):
            raise ValueError(
                "Expected number of rotations to be equal to number of timestamps given, "
                f"got {len(rotations)} rotations and {times.shape[0]} timestamps."
            )
        first, second = Rotation(rotations.as_quat()[:-1]), Rotation(rotations.as_quat()[1:])
        return cls(times=times, timedelta=jnp.diff(times), rotations=first, rotvecs=(first.inv() * second).as_rotvec())

    def __call__(self, times):
        """The rotations at times of shape () or (m,)."""
        times = jnp.asarray(times, dtype=self.times.dtype)
        if times.ndim > 1:
            raise ValueError("`times` must be at most 1-dimensional.")
        single, times = times.ndim == 0, jnp.atleast_1d(times)
        ind = jnp.maximum(jnp.searchsorted(self.times, times) - 1, 0)
        alpha = (times - self.times[ind]) / self.timedelta[ind]
        result = self.rotations[ind] * Rotation.from_rotvec(self.rotvecs[ind] * alpha[:, None])
        return result[0] if single else result


def _axes(seq):
    """The indices of the named axes, and whether they are fixed."""
    extrinsic = re.match("^[xyz]{1,3}$", seq) is not None
    if not extrinsic and re.match("^[XYZ]{1,3}$", seq) is None:
        raise ValueError(f"Expected axes from `seq` to be from ['x', 'y', 'z'] or ['X', 'Y', 'Z'], got {seq}")
    if any(a == b for a, b in zip(seq, seq[1:])):
        raise ValueError(f"Expected consecutive axes to be different, got {seq}")
    return jnp.array(["xyz".index(x) for x in seq.lower()]), extrinsic


@_vectorized("(m,m),(m),()->(m)")
def _apply(matrix, vector, inverse):
    return jnp.where(inverse, matrix.T, matrix) @ vector


@_vectorized("(m)->(n,n)")
def _as_matrix(quat):
    x, y, z, w = (quat[i] for i in range(4))
    x2, y2, z2, w2 = x * x, y * y, z * z, w * w
    xy, zw, xz, yw, yz, xw = x * y, z * w, x * z, y * w, y * z, x * w
    return jnp.array(
        [
            [+x2 - y2 - z2 + w2, 2 * (xy - zw), 2 * (xz + yw)],
            [2 * (xy + zw), -x2 + y2 - z2 + w2, 2 * (yz - xw)],
            [2 * (xz - yw), 2 * (yz + xw), -x2 - y2 + z2 + w2],
        ]
    )


@_vectorized("(m)->(n)")
def _as_mrp(quat):
    sign = jnp.where(quat[3] < 0, -1.0, 1.0)
    return sign * quat[:3] / (1.0 + sign * quat[3])


@_vectorized("(m),()->(n)")
def _as_rotvec(quat, degrees):
    quat = jnp.where(quat[3] < 0, -quat, quat)
    angle = 2.0 * jnp.arctan2(_vector_norm(quat[:3]), quat[3])
    angle2 = angle * angle
    small = 2 + angle2 / 12 + 7 * angle2 * angle2 / 2880
    scale = jnp.where(angle <= 1e-3, small, angle / jnp.sin(angle / 2))
    return jnp.where(degrees, jnp.rad2deg(scale), scale) * jnp.array(quat[:3])


@_vectorized("(n),(n)->(n)")
def _compose_quat(p, q):
    cross = jnp.cross(p[:3], q[:3])
    return jnp.array(
        [
            p[3] * q[0] + q[3] * p[0] + cross[0],
            p[3] * q[1] + q[3] * p[1] + cross[1],
            p[3] * q[2] + q[3] * p[2] + cross[2],
            p[3] * q[3] - p[0] * q[0] - p[1] * q[1] - p[2] * q[2],
        ]
    )


@_vectorized("(m),(l),(),()->(n)")
def _compute_euler_from_quat(quat, axes, extrinsic, degrees):
    """Bernardes and Viollet, PLOS ONE 17 (2022): any sequence of axes by one formula."""
    first, third = jnp.where(extrinsic, 0, 2), jnp.where(extrinsic, 2, 0)
    axes = jnp.where(extrinsic, axes, axes[::-1])
    i, j, k = axes[0], axes[1], axes[2]
    symmetric = i == k
    k = jnp.where(symmetric, 3 - i - j, k)
    sign = jnp.array((i - j) * (j - k) * (k - i) // 2, dtype=quat.dtype)
    eps = 1e-7
    a = jnp.where(symmetric, quat[3], quat[3] - quat[j])
    b = jnp.where(symmetric, quat[i], quat[i] + quat[k] * sign)
    c = jnp.where(symmetric, quat[j], quat[j] + quat[3])
    d = jnp.where(symmetric, quat[k] * sign, quat[k] * sign - quat[i])
    angles = jnp.empty(3, dtype=quat.dtype)
    angles = angles.at[1].set(2 * jnp.arctan2(jnp.hypot(c, d), jnp.hypot(a, b)))
    # Where the second angle is 0 or pi only the sum or the difference of the others is known.
    case = jnp.where(jnp.abs(angles[1] - np.pi) <= eps, 2, 0)
    case = jnp.where(jnp.abs(angles[1]) <= eps, 1, case)
    half_sum, half_diff = jnp.arctan2(b, a), jnp.arctan2(d, c)
    angles = angles.at[0].set(jnp.where(case == 1, 2 * half_sum, 2 * half_diff * jnp.where(extrinsic, -1, 1)))
    angles = angles.at[first].set(jnp.where(case == 0, half_sum - half_diff, angles[first]))
    angles = angles.at[third].set(jnp.where(case == 0, half_sum + half_diff, angles[third]))
    angles = angles.at[third].set(jnp.where(symmetric, angles[third], angles[third] * sign))
    angles = angles.at[1].set(jnp.where(symmetric, angles[1], angles[1] - np.pi / 2))
    angles = (angles + np.pi) % (2 * np.pi) - np.pi
    return jnp.where(degrees, jnp.rad2deg(angles), angles)


@_vectorized("(m),(m),(),()->(n)")
def _elementary_quat_compose(angles, axes, intrinsic, degrees):
    angles = jnp.where(degrees, jnp.deg2rad(angles), angles)
    result = _make_elementary_quat(axes[0], angles[0])
    for i in range(1, len(axes)):
        quat = _make_elementary_quat(axes[i], angles[i])
        result = jnp.where(intrinsic, _compose_quat(result, quat), _compose_quat(quat, result))
    return result


@_vectorized("(m),()->(n)")
def _from_rotvec(rotvec, degrees):
    rotvec = jnp.where(degrees, jnp.deg2rad(rotvec), rotvec)
    angle = _vector_norm(rotvec)
    angle2 = angle * angle
    small = 0.5 - angle2 / 48 + angle2 * angle2 / 3840
    scale = jnp.where(angle <= 1e-3, small, jnp.sin(angle / 2) / angle)
    return jnp.hstack([scale * rotvec, jnp.cos(angle / 2)])


@_vectorized("(m,m)->(n)")
def _from_matrix(matrix):
    trace = matrix[0, 0] + matrix[1, 1] + matrix[2, 2]
    decision = jnp.array([matrix[0, 0], matrix[1, 1], matrix[2, 2], trace], dtype=matrix.dtype)
    choice = jnp.argmax(decision)
    i = choice
    j = (i + 1) % 3
    k = (j + 1) % 3
    axial = jnp.empty(4, dtype=matrix.dtype)
    axial = axial.at[i].set(1 - decision[3] + 2 * matrix[i, i])
    axial = axial.at[j].set(matrix[j, i] + matrix[i, j])
    axial = axial.at[k].set(matrix[k, i] + matrix[i, k])
    axial = axial.at[3].set(matrix[k, j] - matrix[j, k])
    scalar = jnp.empty(4, dtype=matrix.dtype)
    scalar = scalar.at[0].set(matrix[2, 1] - matrix[1, 2])
    scalar = scalar.at[1].set(matrix[0, 2] - matrix[2, 0])
    scalar = scalar.at[2].set(matrix[1, 0] - matrix[0, 1])
    scalar = scalar.at[3].set(1 + decision[3])
    return _normalize_quaternion(jnp.where(choice != 3, axial, scalar))


@_vectorized("(m)->(n)")
def _from_mrp(mrp):
    more = jnp.dot(mrp, mrp) + 1
    return jnp.hstack([2 * mrp[:3], 2 - more]) / more


@_vectorized("(n)->(n)")
def _inv(quat):
    return quat * jnp.array([-1, -1, -1, 1], dtype=quat.dtype)


@_vectorized("(n)->()")
def _magnitude(quat):
    return 2.0 * jnp.arctan2(_vector_norm(quat[:3]), jnp.abs(quat[3]))


@_vectorized("(),()->(n)")
def _make_elementary_quat(axis, angle):
    quat = jnp.zeros(4, dtype=angle.dtype)
    quat = quat.at[3].set(jnp.cos(angle / 2.0))
    return quat.at[axis].set(jnp.sin(angle / 2.0))


@_vectorized("(n)->(n)")
def _normalize_quaternion(quat):
    return quat / _vector_norm(quat)


@_vectorized("(n)->()")
def _vector_norm(vector):
    return jnp.sqrt(jnp.dot(vector, vector))


@_vectorized("(n)->(n)")
def _make_canonical(quat):
    neg, zero = quat < 0, quat == 0
    neg = neg[3] | zero[3] & neg[0] | zero[3] & zero[0] & neg[1] | zero[3] & zero[0] & zero[1] & neg[2]
    return jnp.where(neg, -quat, quat)
