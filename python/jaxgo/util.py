"""Small helpers that JAX keeps in a module of this name."""

from __future__ import annotations

import functools

from .api_util import safe_map

__all__ = ["safe_map", "safe_zip", "split_list", "unzip2", "wraps"]


def safe_zip(*args):
    """`zip` to a list, of arguments of one length.

    >>> safe_zip([1, 2], "ab")
    [(1, 'a'), (2, 'b')]
    """
    args = [list(a) for a in args]
    if len({len(a) for a in args}) > 1:
        raise ValueError(f"safe_zip() arguments have different lengths: {[len(a) for a in args]}")
    return list(zip(*args))


def unzip2(pairs):
    """The first and the second parts of pairs.

    >>> unzip2([(1, 2), (3, 4)])
    ((1, 3), (2, 4))
    """
    pairs = list(pairs)
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)


def split_list(args, ns):
    """A list in parts of given lengths, and the rest.

    >>> split_list([1, 2, 3], [1])
    [[1], [2, 3]]
    """
    args, out = list(args), []
    for n in ns:
        out.append(args[:n])
        args = args[n:]
    return [*out, args]


wraps = functools.wraps
