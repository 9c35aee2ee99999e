"""Writes products.json.gz. Run it with the JAX that is the oracle of the tests: python products.py | gzip -9n > products.json.gz"""

import jax.numpy as jnp
import numpy as np
from cases import case, ints, real, write

no = (None, None)
shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
          ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)), ((6, 5, 2, 3), (5, 3, 4)),
          ((6, 1, 2, 3), (1, 5, 3, 4)), ((1, 1, 2, 3), (1, 1, 3, 4)), ((6, 5, 2, 3), (3,)), ((3,), (6, 5, 3, 4)),
          ((2, 3), (2, 3)), ((5, 2, 3), (6, 3, 4)), ((), (3,)), ((0, 3), (3, 2))]
for s, t in shapes:
    v, w = real(*s), real(*t)
    case("jnp.matmul", jnp.matmul, v, w, *no)
    case("jnp.dot", jnp.dot, v, w, *no)
    case("jnp.inner", jnp.inner, v, w, *no)
    case("jnp.kron", jnp.kron, v, w)
    case("jnp.outer", jnp.outer, v, w)
    case("jnp.matvec", jnp.matvec, v, w)
    case("jnp.vecmat", jnp.vecmat, v, w)
    for n in (0, 1, 2):
        case("jnp.tensordot", lambda a, b, n=n: jnp.tensordot(a, b, n), v, w, n, *no)
case("jnp.matmul", jnp.matmul, ints(2, 3), real(3, 4), *no)
case("jnp.matmul", jnp.matmul, ints(2, 3), ints(3, 4), *no)
case("jnp.matmul", lambda a, b: jnp.matmul(a, b, preferred_element_type=jnp.float32), ints(2, 3), ints(3, 4), None, np.dtype("float32"))
case("jnp.matmul", lambda a, b: jnp.matmul(a, b, precision="highest"), real(2, 3), real(3, 4), "highest", None)
case("jnp.dot", lambda a: jnp.dot(a, 2), real(2, 3), 2, *no)
case("jnp.dot", lambda a: jnp.dot(2.0, a), 2.0, ints(2, 3), *no)
case("jnp.inner", lambda a: jnp.inner(a, 2), real(2, 3), 2, *no)
z = (real(3) + 1j * real(3)).astype(np.complex64)
zz = (real(2, 3) + 1j * real(2, 3)).astype(np.complex64)
case("jnp.vdot", jnp.vdot, z, z, *no)
case("jnp.vdot", jnp.vdot, real(2, 3), real(6), *no)
for v, w, axis in ((z, zz, -1), (real(2, 3), real(3), -1), (real(4, 2, 3), real(2, 3), -1), (real(4, 2, 3), real(4, 2, 3), 1),
                   (real(4, 1, 3), real(2, 3), -1), (real(1, 3), real(1, 3), -1), (real(2, 3), real(2, 2), -1)):
    case("jnp.vecdot", lambda a, b, axis=axis: jnp.vecdot(a, b, axis=axis), v, w, axis, *no)
for v, w in ((real(4, 2, 3), real(4, 3)), (real(2, 3), real(4, 3)), (real(4, 2, 3), real(3)), (real(4, 1, 2, 3), real(5, 3)),
             (zz, z), (real(2, 3), real(2)), (real(3), real(3)), (real(1, 2, 3), real(1, 3))):
    case("jnp.matvec", jnp.matvec, v, w)
for v, w in ((real(4, 2), real(4, 2, 3)), (real(2), real(4, 2, 3)), (z, np.swapaxes(zz, 0, 1).copy()), (real(4, 1, 2), real(5, 2, 3))):
    case("jnp.vecmat", jnp.vecmat, v, w)
for axes in (1, (0, 1), ((0, 2), (1, 0)), ((0,), (1,)), (-1, 1), 3, ((0, 1), (1,)), "ab"):
    case("jnp.tensordot", lambda a, b, axes=axes: jnp.tensordot(a, b, axes), real(3, 4, 5), real(5, 3, 4), axes, *no)
for s, t in (((3,), (3,)), ((2,), (2,)), ((4, 3), (4, 3)), ((4, 2), (4, 3)), ((4, 3), (3,)), ((4,), (4,))):
    case("jnp.cross", jnp.cross, real(*s), real(*t), -1, -1, -1, None)
case("jnp.cross", lambda a, b: jnp.cross(a, b, axis=0), real(3, 4), real(3, 4), -1, -1, -1, 0)
case("jnp.cross", lambda a, b: jnp.cross(a, b, axisa=0, axisc=0), real(3, 4), real(4, 3), 0, -1, 0, None)


def einsum(spec, *operands, optimize="auto", preferred=None):
    case("jnp.einsum", lambda *xs: jnp.einsum(spec, *xs, optimize=optimize, preferred_element_type=preferred), spec, list(operands),
         optimize, None, preferred)


for spec, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
        ("ij->i", (2, 3)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("iij->j", (3, 3, 4)), ("iii->i", (3, 3, 3)), ("iijj->ij", (2, 2, 3, 3)),
        ("i,i", (3,), (3,)), ("i,j->ij", (3,), (4,)), ("i,i->i", (3,), (3,)), ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
        ("bij,bjk->ikb", (5, 2, 3), (5, 3, 4)), ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 4)), ("...ij,jk", (5, 2, 3), (3, 4)),
        ("...i->...", (2, 3)), ("i...->...", (2, 3)), ("...,...", (2, 3), (2, 3)), ("...a,...b->...ab", (2, 3), (2, 4)),
        ("bi,bj", (1, 3), (5, 4)), ("ij,jk->ik", (2, 1), (3, 4)), ("ij,j->i", (2, 3), (3,)), ("ij,kl->ijkl", (2, 3), (4, 5)),
        ("ijk,jk->", (2, 3, 4), (3, 4)), ("ij,ij->ij", (2, 3), (2, 3)), ("ij,kj->", (2, 3), (4, 3)), ("ijj,jk->ik", (2, 3, 3), (3, 4)),
        ("i,->i", (3,), ()), (",", (), ()), ("ij, jk -> ik", (2, 3), (3, 4)), ("aab,bc->ac", (2, 2, 3), (3, 4)), ("ab,bc,cd->ad", (2, 3), (3, 4), (4, 5)),
        ("ij,jk,ki->", (2, 3), (3, 4), (4, 2)), ("a,b,c->abc", (2,), (3,), (4,)), ("ea,fb,abcd,gc,hd->efgh", (3, 3), (3, 3), (3,) * 4, (3, 3), (3, 3)),
        ("ab,bc,cd,de,ef->af", (2, 3), (3, 4), (4, 5), (5, 2), (2, 3)), ("ab,cb,cd,ed,ef,gf,gh->ah", *[(2, 3), (4, 3), (4, 5), (2, 5), (2, 6), (3, 6), (3, 2)]),
        ("ab,bc,ab,cd->ad", (2, 3), (3, 4), (2, 3), (4, 5)),
        # errors
        ("ij,jk->ik", (2, 3), (4, 5)), ("ij->ijk", (2, 3)), ("ij->ii", (2, 3)), ("ij,jk", (2, 3)), ("ijk", (2, 3)), ("i->j->k", (3,)), ("..i", (3,)),
        ("...ijk->", (2, 3))):
    einsum(spec, *[real(*s) for s in shapes])
for optimize in (True, False, "greedy", "optimal", "branch-all", "branch-2", "branch-1", [(0, 1), (0, 1)], [(1, 2), (0, 1)]):
    einsum("ij,jk,kl->il", real(2, 3), real(3, 4), real(4, 5), optimize=optimize)
    einsum("ab,abc,bd,e->cde", real(2, 3), real(2, 3, 4), real(3, 5), real(2), optimize=optimize if not isinstance(optimize, list) else "greedy")
rng = np.random.default_rng(3)
for n in (3, 4, 5, 6, 7, 8, 9, 12, 15):
    for optimize in ("auto", "greedy"):
        for _ in range(3):
            size = {c: int(rng.integers(1, 4)) for c in "abcdefghijklmnopqrst"[: n + 2]}
            terms = ["".join(rng.choice(list(size), int(rng.integers(1, 4)), replace=False)) for _ in range(n)]
            out = "".join(c for c in size if any(c in t for t in terms) and rng.random() < 0.1)
            einsum(",".join(terms) + "->" + out, *[real(*[size[c] for c in t]) for t in terms], optimize=optimize)
einsum("ij,jk->ik", ints(2, 3), real(3, 4))
einsum("ij->i", np.array([[True, False], [False, False]]))
einsum("ij,jk", np.array([[True, False]]), np.array([[True], [True]]))
einsum("ij,jk", ints(2, 3), ints(3, 2), preferred=np.dtype("float32"))
einsum("ij->j", ints(2, 3), preferred=np.dtype("float32"))
einsum("ij,j", zz, z)
write()
