"""Where LAPACK comes from: SciPy, whose extension modules hold the addresses of its routines. JAX takes them from there as well."""

from __future__ import annotations

from . import _fast


def find(names):
    """The addresses of routines, 0 for those that are missing."""
    try:
        from scipy.linalg import cython_blas, cython_lapack
    except ImportError:
        return []
    import ctypes

    name_of = ctypes.pythonapi.PyCapsule_GetName
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsules = cython_blas.__pyx_capi__ | cython_lapack.__pyx_capi__
    return [address(c, name_of(c)) if (c := capsules.get(n)) is not None else 0 for n in names]


_fast.call("set_lapack_finder", find)
