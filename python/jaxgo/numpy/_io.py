"""NumPy's files: save, savez, load.

The formats are read and written by Go; here are arguments, files, and what NumPy arrays need. Pickles are never loaded or
saved: loading one runs whatever code it names.
"""

from __future__ import annotations

from _thread import allocate_lock as _lock
from collections.abc import Mapping as _Mapping

from .. import _fast

_call = _fast.call
_CHUNK = 1 << 20
_PICKLES = "jaxgo loads no pickles, whatever allow_pickle says, because loading one runs the code in it; numpy.load does, if you trust the file"


# ---- writing ----


def save(file, arr, allow_pickle=True):
    """Writes an array to a file in NumPy's .npy format, which numpy.load reads.

    file is a path, to which .npy is appended where it is missing, or an object with a write method. bfloat16 becomes two
    bytes of no type (load makes bfloat16 of them again), as NumPy does it. Arrays of objects are refused.

    >>> import io
    >>> f = io.BytesIO()
    >>> save(f, [1.5, 2.5])
    >>> _ = f.seek(0)
    >>> load(f)
    Array([1.5, 2.5], dtype=float32)
    """
    descr, fortran, shape, data = _parts(arr, allow_pickle)
    with _Opened(file, ".npy") as f:
        _call("npy.write_header", f, descr, fortran, shape)
        done = 0
        while done < len(data):
            n = f.write(data[done:] if done else data)
            done += n if type(n) is int else len(data)  # a raw file may take less


def savez(file, *args, allow_pickle=True, **kwds):
    """Writes arrays to one uncompressed .npz archive, under the names arr_0, arr_1, … and those of the keywords.

    >>> import io
    >>> f = io.BytesIO()
    >>> savez(f, [1, 2], w=3.0)
    >>> _ = f.seek(0)
    >>> load(f).files
    ['w', 'arr_0']
    """
    members = [(k, *_parts(v, allow_pickle)) for k, v in kwds.items()]
    for i, v in enumerate(args):
        if f"arr_{i}" in kwds:
            raise ValueError(f"Cannot use un-named variables and keyword arr_{i}")
        members.append((f"arr_{i}", *_parts(v, allow_pickle)))
    with _Opened(file, ".npz") as f:
        _call("npz.write", f, members)


class _Opened:
    """A file to write, opened here if it is named."""

    def __init__(self, file, suffix):
        self.own = not hasattr(file, "write")
        if self.own:
            import os

            file = os.fspath(file)
            file = open(file if file.endswith(suffix) else file + suffix, "wb")
        self.file = file

    def __enter__(self):
        return self.file

    def __exit__(self, *exc):
        if self.own:
            self.file.close()


def _parts(x, allow_pickle):
    """An array's element type, whether it is column-major, its shape, and its bytes."""
    if isinstance(x, _fast.ArrayImpl):
        descr = _call("npy.descr", x)
        if descr is not None:
            return descr, False, x.shape, memoryview(x._rawview())
    import numpy as np

    a = np.asanyarray(x)
    if a.dtype.hasobject:
        raise ValueError(
            "Object arrays cannot be saved when allow_pickle=False"
            if not allow_pickle
            else "Object arrays cannot be saved: they would be pickles, which jaxgo does not load"
        )
    d = np.lib.format.dtype_to_descr(a.dtype)
    fortran = a.flags.f_contiguous and not a.flags.c_contiguous
    flat = (a.T if fortran else np.ascontiguousarray(a)).reshape(-1)
    data = memoryview(np.asarray(flat).view(np.uint8)) if flat.nbytes else b""
    return d if isinstance(d, str) else repr(d), fortran, a.shape, data


# ---- reading ----


def load(file, *args, **kwargs):
    """Reads an array from an .npy file, or opens an .npz archive, that this module or NumPy wrote.

    file is a path or a file that is open in binary mode. The further arguments are numpy.load's: mmap_mode, allow_pickle,
    fix_imports, encoding, max_header_size. Arrays of a dtype that is not JAX's, such as strings, and the members of
    archives are NumPy arrays. Pickled objects are refused with any allow_pickle.

    >>> import io
    >>> import jaxgo.numpy as jnp
    >>> f = io.BytesIO()
    >>> jnp.save(f, jnp.array([2, 4, 6], dtype="bfloat16"))
    >>> _ = f.seek(0)
    >>> jnp.load(f)
    Array([2, 4, 6], dtype=bfloat16)
    """
    return _load(file, *args, **kwargs)


def _load(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding="ASCII", *, max_header_size=10000):
    if encoding not in ("ASCII", "latin1", "bytes"):
        raise ValueError("encoding must be 'ASCII', 'latin1', or 'bytes'")
    limit = min(max_header_size, 1 << 62)
    own = not hasattr(file, "read")
    if own:
        import os

        fid = open(os.fspath(file), "rb")
    else:
        fid = file
    try:
        start = fid.read(6)
        if not start:
            raise EOFError("No data left in file")
        if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            z = NpzFile(fid, own, allow_pickle, limit)
            own = False
            return z
        header = _call("npy.read_header", _Prefixed(start, fid), limit)
        if not header:
            if allow_pickle:
                raise ValueError(f"{file!r} is neither an .npy nor an .npz file. If it is a pickle: {_PICKLES}")
            raise ValueError(
                "This file contains pickled (object) data. If you trust the file you can load it unsafely using the `allow_pickle=` keyword "
                "argument or `pickle.load()`."
            )
        if mmap_mode:
            return _mapped(file, fid, own, header, mmap_mode, allow_pickle)
        return _array(header, allow_pickle, lambda n: _fill(fid, n))
    finally:
        if own:
            fid.close()


class _Prefixed:
    """A file of which some bytes were read."""

    def __init__(self, start, file):
        self.start, self.file = start, file

    def read(self, n):
        head, self.start = self.start[:n], self.start[n:]
        return head or self.file.read(n)


def _dtype(descr, allow_pickle):
    """The numpy.dtype of a header, which holds no objects."""
    import numpy as np

    try:
        if descr[0] in "[(":
            import ast

            d = np.lib.format.descr_to_dtype(ast.literal_eval(descr))
        else:
            d = np.dtype(descr)
    except (TypeError, ValueError, SyntaxError, LookupError, OverflowError, RecursionError, MemoryError):
        raise ValueError(f"descr is not a valid dtype descriptor: {descr!r}") from None
    if d.hasobject:
        raise ValueError(
            "Object arrays cannot be loaded when allow_pickle=False" if not allow_pickle else f"Object arrays cannot be loaded: {_PICKLES}"
        )
    return d


def _array(header, allow_pickle, fill):
    """The array of a header; fill(n) gives a host buffer with its n bytes."""
    from math import prod

    descr, fortran, shape, code = header
    if code is None:
        d = _dtype(descr, allow_pickle)
        return _ndarray(fill(prod(shape) * d.itemsize), d, shape, fortran)
    x = _fast.from_host_buffer(fill(prod(shape) * _SIZES[code]), code, shape, fortran)
    return x if _call("is_eager") else _call("stage", x)


def _ndarray(buffer, d, shape, fortran):
    import numpy as np

    return np.ndarray(shape, d, buffer, order="F" if fortran else "C")


_SIZES = _call("dtype_sizes")


def _short(n, got):
    return ValueError(f"EOF: reading array data, expected {n} bytes got {got}")


def _fill(fid, n):
    """A host buffer with the next n bytes of a file. Memory is taken when the file has them, or as they come."""
    left = _left(fid)
    if left is None:
        data = bytearray()
        while len(data) < n:
            b = fid.read(min(n - len(data), _CHUNK))
            if not b:
                raise _short(n, len(data))
            data += b
        h = _fast.host_buffer(n)
        memoryview(h)[:] = data
        return h
    if left < n:
        raise _short(n, left)
    h = _fast.host_buffer(n)
    view, done = memoryview(h), 0
    readinto = getattr(fid, "readinto", None)
    while done < n:
        if readinto is not None:
            k = readinto(view[done:])
        else:
            b = fid.read(min(n - done, _CHUNK))
            k = len(b)
            view[done : done + k] = b
        if not k:
            raise _short(n, done)
        done += k
    return h


def _left(fid):
    """How many bytes follow in a file, or None if it does not tell."""
    try:
        at = fid.tell()
        fid.seek(0, 2)
        end = fid.tell()
        fid.seek(at)
        return max(end - at, 0)
    except (AttributeError, OSError, ValueError):
        return None


def _mapped(file, fid, own, header, mode, allow_pickle):
    """The array of a mapped file. Mapped to read only, aligned memory is used in place: it must not change then."""
    import mmap
    import os
    from math import prod

    modes = ("r", "c", "r+", "readonly", "copyonwrite", "readwrite")
    if mode not in modes:
        raise ValueError(f"mode must be one of {list(modes)} (got {mode!r})")
    if not own:
        os.fspath(file)  # raises
    descr, fortran, shape, code = header
    d = _dtype(descr, allow_pickle) if code is None else None
    n, at = prod(shape) * (_SIZES[code] if d is None else d.itemsize), fid.tell()
    left = _left(fid)
    if left is None or left < n:
        raise _short(n, left)
    data = memoryview(mmap.mmap(fid.fileno(), 0, access=mmap.ACCESS_READ))[at : at + n]
    if d is not None:
        return _ndarray(data, d, shape, fortran)
    if fortran or _call("dtype_table")[code] == "bool":
        h = _fast.host_buffer(n)
        memoryview(h)[:] = data
        x = _fast.from_host_buffer(h, code, shape, fortran)
    else:
        x = _fast.from_bytes(data, code, shape, mode[0] != "r" or mode in ("r+", "readwrite"))
    return x if _call("is_eager") else _call("stage", x)


class NpzFile(_Mapping):
    """An open .npz archive: a mapping of names to NumPy arrays, each of which is read when it is asked for.

    Use it in a with statement, or close it, if it was opened by its path.
    """

    def __init__(self, fid, own, allow_pickle, limit):
        self.fid, self._own, self._pickle, self._limit = fid, own, allow_pickle, limit
        self._mutex = _lock()
        try:
            fid.seek(0, 2)
            self._archive, members = _call("npz.open", fid, fid.tell())
        except ValueError as e:
            import zipfile

            raise zipfile.BadZipFile(str(e)) from None
        self.files = [k.removesuffix(".npy") for k in members]
        self._names = dict(zip(self.files, members)) | {k: k for k in members}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __del__(self):
        if getattr(self, "_own", False):
            self.close()

    def close(self):
        """Closes the file, if load opened it."""
        fid, self.fid, self._archive = self.fid, None, None
        if self._own and fid is not None:
            fid.close()

    @property
    def f(self):
        """The arrays as attributes."""
        return _Bag(self)

    def __iter__(self):
        return iter(self.files)

    def __len__(self):
        return len(self.files)

    def __contains__(self, key):
        return key in self._names

    def __getitem__(self, key):
        name = self._names.get(key)
        if name is None:
            raise KeyError(f"{key} is not a file in the archive")
        with self._mutex:
            if self._archive is None:
                raise ValueError("the archive is closed")
            member, size, *header = _call("npz.member", self._archive, self.fid, name, self._limit)

            def fill(n):
                if n > size:
                    raise _short(n, size)
                h = _fast.host_buffer(n)
                _call("npz.read", member, self.fid, h)
                return h

            if not header:
                return bytes(fill(size))
            descr, fortran, shape, _ = header
            from math import prod

            d = _dtype(descr, self._pickle)
            return _ndarray(fill(prod(shape) * d.itemsize), d, shape, fortran)

    def __repr__(self):
        keys = ", ".join(self.files[:5]) + ("..." if len(self.files) > 5 else "")
        return f"NpzFile {getattr(self.fid, 'name', 'object')!r} with keys: {keys}"


class _Bag:
    """The arrays of an archive as attributes."""

    def __init__(self, z):
        self._z = z

    def __getattr__(self, key):
        try:
            return self._z[key]
        except KeyError:
            raise AttributeError(key) from None

    def __dir__(self):
        return self._z.files
