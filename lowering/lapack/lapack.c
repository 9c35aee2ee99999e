#include "lapack.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jg_ffi.h"

static void *functions[JG_ROUTINES][JG_TYPES];

void jg_lapack_set(int routine, int type, void *function) { functions[routine][type] = function; }

// A call in progress. Matrices are stored by columns, stacks of them with the last index slowest; es is the size of an
// element, rs that of a real number of the same precision. What goes wrong is noted in why; the first reason stays.
typedef struct {
  XLA_FFI_CallFrame *f;
  void *fn;
  int real;
  size_t es, rs;
  const char *why;
  void *scratch[8];
  int nscratch;
} call;

static void wrong(call *c, const char *why) {
  if (!c->why) c->why = why;
}

static size_t width(XLA_FFI_DataType t) {
  switch (t) {
    case XLA_FFI_DataType_S32: case XLA_FFI_DataType_F32: return 4;
    case XLA_FFI_DataType_F64: case XLA_FFI_DataType_C64: return 8;
    case XLA_FFI_DataType_C128: return 16;
    default: return 0;
  }
}

static int64_t count(const XLA_FFI_Buffer *b) {
  int64_t n = 1;
  for (int64_t i = 0; i < b->rank; i++) n *= b->dims[i];
  return n;
}

// A stack of matrices.
typedef struct {
  int64_t batch;
  int m, n;
  char *data;
  size_t step;  // bytes from one to the next
} mats;

static XLA_FFI_Buffer *operand(call *c, int64_t i) {
  if (i < c->f->args.size) return c->f->args.args[i];
  wrong(c, "too few operands");
  return NULL;
}

static mats matrices(call *c, int64_t i) {
  mats a = {.batch = 1};
  XLA_FFI_Buffer *b = operand(c, i);
  if (!b) return a;
  if (b->rank < 2 || b->dims[b->rank - 2] > INT_MAX || b->dims[b->rank - 1] > INT_MAX || width(b->dtype) != c->es) {
    wrong(c, "an operand is no stack of matrices of the routine's type, or they are too large for it");
    return a;
  }
  for (int64_t k = 0; k < b->rank - 2; k++) a.batch *= b->dims[k];
  a.m = (int)b->dims[b->rank - 2];
  a.n = (int)b->dims[b->rank - 1];
  a.data = b->data;
  a.step = (size_t)a.m * a.n * c->es;
  return a;
}

static void *checked(call *c, XLA_FFI_Buffer *b, int64_t elements, size_t size) {
  if (b && width(b->dtype) == size && count(b) == elements) return b->data;
  wrong(c, "operands or results have unexpected shapes");
  return NULL;
}

// An operand with so many elements of a size.
static void *in(call *c, int64_t i, int64_t elements, size_t size) { return checked(c, operand(c, i), elements, size); }

static void *out(call *c, int64_t i, int64_t elements, size_t size) {
  if (i < c->f->rets.size) return checked(c, c->f->rets.rets[i], elements, size);
  wrong(c, "too few results");
  return NULL;
}

// A result that starts as an operand, with which it may share memory.
static void *inout(call *c, int64_t i, int64_t arg, int64_t elements, size_t size) {
  void *to = out(c, i, elements, size), *from = in(c, arg, elements, size);
  if (to && from && to != from) memcpy(to, from, elements * size);
  return to;
}

// The matrices as a result, which a routine overwrites.
static mats result(call *c, int64_t i, int64_t arg) {
  mats a = matrices(c, arg);
  a.data = inout(c, i, arg, a.batch * a.m * a.n, c->es);
  return a;
}

static int *info(call *c, int64_t i, int64_t batch) { return out(c, i, batch, sizeof(int)); }

static void *scratch(call *c, int64_t elements, size_t size) {
  if (c->why) return NULL;
  void *p = malloc((elements > 0 ? elements : 1) * size);
  if (!p) wrong(c, "out of memory");
  return c->scratch[c->nscratch++] = p;
}

static int attr(call *c, const char *name) {
  XLA_FFI_Attrs *a = &c->f->attrs;
  for (int64_t i = 0; i < a->size; i++) {
    if (a->types[i] != XLA_FFI_AttrType_SCALAR || a->names[i]->len != strlen(name) || memcmp(a->names[i]->ptr, name, a->names[i]->len)) continue;
    XLA_FFI_Scalar *s = a->attrs[i];
    switch (s->dtype) {
      case XLA_FFI_DataType_PRED: case XLA_FFI_DataType_U8: return *(uint8_t *)s->value;
      case XLA_FFI_DataType_S32: return *(int32_t *)s->value;
      default: break;
    }
  }
  wrong(c, "an attribute is missing");
  return 0;
}

// What a routine answered when it was asked for the size of its workspace.
static int64_t size_of(call *c, const void *work) {
  double n = c->rs == 4 ? *(float *)work : *(double *)work;
  return c->rs == 4 && n > 1 << 24 ? (int64_t)(n * (1 + 1.0 / (1 << 22))) : (int64_t)n;
}

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int leading(int rows) { return rows > 1 ? rows : 1; }

typedef void (*routine)();
#define CALL ((routine)c->fn)

static void potrf(call *c) {
  mats a = result(c, 0, 0);
  char uplo = attr(c, "uplo");
  int *inf = info(c, 1, a.batch), lda = leading(a.n);
  if (a.m != a.n) wrong(c, "the matrices are not square");
  if (c->why) return;
  for (int64_t i = 0; i < a.batch; i++) CALL(&uplo, &a.n, a.data + i * a.step, &lda, &inf[i]);
}

static void getrf(call *c) {
  mats a = result(c, 0, 0);
  int64_t k = least(a.m, a.n);
  int *pivots = out(c, 1, a.batch * k, sizeof(int)), *inf = info(c, 2, a.batch), lda = leading(a.m);
  if (c->why) return;
  for (int64_t i = 0; i < a.batch; i++) CALL(&a.m, &a.n, a.data + i * a.step, &lda, pivots + i * k, &inf[i]);
}

static void geqrf(call *c) {
  mats a = result(c, 0, 0);
  int64_t k = least(a.m, a.n);
  char *taus = out(c, 1, a.batch * k, c->es), query[16];
  int lda = leading(a.m), lwork = -1, inf = 0;
  if (c->why) return;
  CALL(&a.m, &a.n, a.data, &lda, taus, query, &lwork, &inf);
  void *work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  for (int64_t i = 0; !c->why && i < a.batch; i++) CALL(&a.m, &a.n, a.data + i * a.step, &lda, taus + i * k * c->es, work, &lwork, &inf);
}

static void geqp3(call *c) {
  mats a = result(c, 0, 0);
  int64_t k = least(a.m, a.n);
  int *pivots = inout(c, 1, 1, a.batch * a.n, sizeof(int)), lda = leading(a.m), lwork = -1, inf = 0;
  char *taus = out(c, 2, a.batch * k, c->es), query[16];
  void *rwork = scratch(c, 2 * (int64_t)a.n, c->rs), *work = query;
  for (int64_t i = -1; !c->why && i < a.batch; i++) { // the first time asks for the workspace
    int64_t j = most(i, 0);
    char *m = a.data + j * a.step, *t = taus + j * k * c->es;
    if (c->real) CALL(&a.m, &a.n, m, &lda, pivots + j * a.n, t, work, &lwork, &inf);
    else CALL(&a.m, &a.n, m, &lda, pivots + j * a.n, t, work, &lwork, rwork, &inf);
    if (i < 0) work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  }
}

// The number of reflectors: the last axis of an operand.
static int reflectors(call *c, int64_t i) {
  XLA_FFI_Buffer *b = operand(c, i);
  if (b && b->rank > 0 && b->dims[b->rank - 1] <= INT_MAX) return (int)b->dims[b->rank - 1];
  wrong(c, "the reflectors' factors have no axis");
  return 0;
}

static void orgqr(call *c) {
  mats a = result(c, 0, 0);
  int k = reflectors(c, 1), lda = leading(a.m), lwork = -1, inf = 0;
  char *taus = in(c, 1, a.batch * k, c->es), query[16];
  if (k > a.n || a.n > a.m) wrong(c, "there are more reflectors than columns, or more columns than rows");
  if (c->why) return;
  CALL(&a.m, &a.n, &k, a.data, &lda, taus, query, &lwork, &inf);
  void *work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  for (int64_t i = 0; !c->why && i < a.batch; i++) CALL(&a.m, &a.n, &k, a.data + i * a.step, &lda, taus + i * k * c->es, work, &lwork, &inf);
}

static void ormqr(call *c) {
  mats a = matrices(c, 0), b = result(c, 0, 2);
  int k = reflectors(c, 1), lda = leading(a.m), ldb = leading(b.m), lwork = -1, inf = 0, left = attr(c, "left");
  char side = left ? 'L' : 'R', trans = attr(c, "transpose") ? c->real ? 'T' : 'C' : 'N', *taus = in(c, 1, a.batch * k, c->es), query[16];
  if (k > least(a.m, a.n) || a.batch != b.batch || a.m != (left ? b.m : b.n)) wrong(c, "the reflectors do not fit the matrices");
  if (c->why) return;
  CALL(&side, &trans, &b.m, &b.n, &k, a.data, &lda, taus, b.data, &ldb, query, &lwork, &inf);
  void *work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  for (int64_t i = 0; !c->why && i < a.batch; i++)
    CALL(&side, &trans, &b.m, &b.n, &k, a.data + i * a.step, &lda, taus + i * k * c->es, b.data + i * b.step, &ldb, work, &lwork, &inf);
}

static void syevd(call *c) {
  mats a = result(c, 0, 0);
  char mode = attr(c, "mode"), uplo = attr(c, "uplo"), *w = out(c, 1, a.batch * a.n, c->rs), query[16] = {0}, rquery[8] = {0};
  int *inf = info(c, 2, a.batch), lda = leading(a.n), lwork = -1, lrwork = -1, liwork = -1, iquery = 0, *iwork = &iquery, ignored;
  if (a.m != a.n) wrong(c, "the matrices are not square");
  void *work = query, *rwork = rquery;
  for (int64_t i = -1; !c->why && i < a.batch; i++) {
    char *m = a.data + most(i, 0) * a.step, *v = w + most(i, 0) * a.n * c->rs;
    int *r = i < 0 ? &ignored : &inf[i];
    if (c->real) CALL(&mode, &uplo, &a.n, m, &lda, v, work, &lwork, iwork, &liwork, r);
    else CALL(&mode, &uplo, &a.n, m, &lda, v, work, &lwork, rwork, &lrwork, iwork, &liwork, r);
    if (i >= 0) continue;
    work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
    rwork = scratch(c, lrwork = most(1, size_of(c, rquery)), c->rs);
    iwork = scratch(c, liwork = most(1, iquery), sizeof(int));
  }
}

static int all_finite(const call *c, const char *data, size_t bytes) {
  for (const char *p = data; p < data + bytes; p += c->rs)
    if (!(c->rs == 4 ? isfinite(*(float *)p) : isfinite(*(double *)p))) return 0;
  return 1;
}

// Eigenvectors of real matrices: those of a pair of conjugate eigenvalues are the real and imaginary parts of one, in two
// columns (LAPACK's documentation of geev).
#define UNPACK(T)                                                          \
  static void unpack_##T(int n, const T *im, const T *packed, T *v) {      \
    for (int j = 0; j < n;) {                                              \
      const T *re = packed + (int64_t)j * n, *y = re + n;                  \
      T *v0 = v + 2 * (int64_t)j * n, *v1 = v0 + 2 * (int64_t)n;           \
      int pair = im[j] != 0 && j + 1 < n;                                  \
      for (int i = 0; i < n; i++) {                                        \
        v0[2 * i] = re[i];                                                 \
        v0[2 * i + 1] = pair ? y[i] : 0;                                   \
        if (pair) v1[2 * i] = re[i], v1[2 * i + 1] = -y[i];                \
      }                                                                    \
      j += 1 + pair;                                                       \
    }                                                                      \
  }
UNPACK(float)
UNPACK(double)

static void geev(call *c) {
  mats a = matrices(c, 0);
  char jobs[2] = {attr(c, "compute_left"), attr(c, "compute_right")}, query[16], *v[2], *packed[2];
  int n = a.n, parts = c->real ? 2 : 1, lda = leading(n), lwork = -1, ignored;
  char *w = out(c, 0, a.batch * n, c->es), *wi = c->real ? out(c, 1, a.batch * n, c->es) : NULL;
  for (int s = 0; s < 2; s++) v[s] = packed[s] = out(c, parts + s, a.batch * n * n, 2 * c->rs);
  int *inf = info(c, parts + 2, a.batch);
  if (a.m != n) wrong(c, "the matrices are not square");
  void *m = scratch(c, (int64_t)n * n, c->es), *rwork = scratch(c, 2 * (int64_t)n, c->rs), *work = query;
  if (c->real)
    for (int s = 0; s < 2; s++) packed[s] = scratch(c, (int64_t)n * n, c->es);
  for (int64_t i = -1; !c->why && i < a.batch; i++) {
    int64_t j = most(i, 0);
    int *r = i < 0 ? &ignored : &inf[i];
    char *wr = w + j * n * c->es, *im = wi + j * n * c->es, *z[2];
    if (i >= 0) {
      memcpy(m, a.data + j * a.step, a.step);
      if (!all_finite(c, m, a.step)) { // for which geev may not end
        *r = -4;
        continue;
      }
    }
    for (int s = 0; s < 2; s++) z[s] = c->real ? packed[s] : v[s] + j * n * n * c->es;
    if (c->real) CALL(&jobs[0], &jobs[1], &n, m, &lda, wr, im, z[0], &lda, z[1], &lda, work, &lwork, r);
    else CALL(&jobs[0], &jobs[1], &n, m, &lda, wr, z[0], &lda, z[1], &lda, work, &lwork, rwork, r);
    if (i < 0) {
      work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
    } else if (c->real && *r == 0) {
      for (int s = 0; s < 2; s++) {
        if (jobs[s] != 'V') continue;
        char *to = v[s] + j * n * n * 2 * c->rs;
        if (c->rs == 4) unpack_float(n, (float *)im, (float *)packed[s], (float *)to);
        else unpack_double(n, (double *)im, (double *)packed[s], (double *)to);
      }
    }
  }
}

static void gees(call *c) {
  mats a = result(c, 0, 0);
  int n = a.n, parts = c->real ? 2 : 1, lda = leading(n), lwork = -1, ignored;
  char mode = attr(c, "mode"), sort = attr(c, "sort"), *v = out(c, 1, a.batch * n * n, c->es), *w = out(c, 2, a.batch * n, c->es);
  char *wi = c->real ? out(c, 3, a.batch * n, c->es) : NULL, query[16];
  int *dim = info(c, 2 + parts, a.batch), *inf = info(c, 3 + parts, a.batch);
  if (a.m != n) wrong(c, "the matrices are not square");
  if (sort != 'N') wrong(c, "eigenvalues cannot be sorted");
  void *rwork = scratch(c, n, c->rs), *bwork = scratch(c, n, sizeof(int)), *work = query;
  for (int64_t i = -1; !c->why && i < a.batch; i++) {
    int64_t j = most(i, 0);
    char *m = a.data + j * a.step, *z = v + j * a.step, *wr = w + j * n * c->es, *im = wi + j * n * c->es;
    int *r = i < 0 ? &ignored : &inf[i];
    if (c->real) CALL(&mode, &sort, NULL, &n, m, &lda, &dim[j], wr, im, z, &lda, work, &lwork, bwork, r);
    else CALL(&mode, &sort, NULL, &n, m, &lda, &dim[j], wr, z, &lda, work, &lwork, rwork, bwork, r);
    if (i < 0) work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  }
}

static void gehrd(call *c) {
  mats a = result(c, 0, 0);
  int low = attr(c, "low"), high = attr(c, "high"), *inf = info(c, 2, a.batch), lda = leading(a.n), lwork = -1, ignored;
  int64_t k = most(a.n - 1, 0);
  char *taus = out(c, 1, a.batch * k, c->es), query[16];
  if (a.m != a.n || low < 1 || high > a.n) wrong(c, "the matrices are not square, or the range of columns is not in them");
  if (c->why) return;
  CALL(&a.n, &low, &high, a.data, &lda, taus, query, &lwork, &ignored);
  void *work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  for (int64_t i = 0; !c->why && i < a.batch; i++)
    CALL(&a.n, &low, &high, a.data + i * a.step, &lda, taus + i * k * c->es, work, &lwork, &inf[i]);
}

static void sytrd(call *c) {
  mats a = result(c, 0, 0);
  int64_t k = most(a.n - 1, 0);
  char uplo = attr(c, "uplo"), *d = out(c, 1, a.batch * a.n, c->rs), *e = out(c, 2, a.batch * k, c->rs), *taus = out(c, 3, a.batch * k, c->es), query[16];
  int *inf = info(c, 4, a.batch), lda = leading(a.n), lwork = -1, ignored;
  if (a.m != a.n) wrong(c, "the matrices are not square");
  if (c->why) return;
  CALL(&uplo, &a.n, a.data, &lda, d, e, taus, query, &lwork, &ignored);
  void *work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  for (int64_t i = 0; !c->why && i < a.batch; i++)
    CALL(&uplo, &a.n, a.data + i * a.step, &lda, d + i * a.n * c->rs, e + i * k * c->rs, taus + i * k * c->es, work, &lwork, &inf[i]);
}

// The results of singular value decompositions, whose mode is 'A' (all vectors), 'S' (those of singular values) or 'N'.
typedef struct {
  mats a;
  int64_t k, ustep, vstep;
  char mode, *s, *u, *v;
  int *inf, lda, ldu, ldv;
} singular;

static singular decomposition(call *c) {
  singular d = {.a = result(c, 0, 0), .mode = attr(c, "mode")};
  int m = d.a.m, n = d.a.n;
  d.k = least(m, n);
  d.s = out(c, 1, d.a.batch * d.k, c->rs);
  int64_t size[2] = {0, 0};
  for (int s = 0; s < 2; s++) {
    XLA_FFI_Buffer *b = 2 + s < c->f->rets.size ? c->f->rets.rets[2 + s] : NULL;
    if (b && b->rank >= 2) size[s] = s ? b->dims[b->rank - 2] : b->dims[b->rank - 1];
  }
  d.ustep = m * size[0];
  d.vstep = size[1] * n;
  d.u = out(c, 2, d.a.batch * d.ustep, c->es);
  d.v = out(c, 3, d.a.batch * d.vstep, c->es);
  d.inf = info(c, 4, d.a.batch);
  d.lda = d.ldu = leading(m);
  d.ldv = leading((int)size[1]);
  if (d.mode == 'A' ? size[0] != m || size[1] != n : d.mode == 'S' ? size[0] != d.k || size[1] != d.k : d.mode != 'N') wrong(c, "vectors of an unexpected number");
  return d;
}

static void gesdd(call *c) {
  singular d = decomposition(c);
  int64_t k = d.k, l = most(d.a.m, d.a.n);
  char query[16];
  int lwork = -1, ignored;
  // LAPACK's documentation of cgesdd.
  void *rwork = c->real ? NULL : scratch(c, d.mode == 'N' ? 7 * k : k * most(5 * k + 7, 2 * l + 2 * k + 1), c->rs);
  void *iwork = scratch(c, 8 * k, sizeof(int)), *work = query;
  for (int64_t i = -1; !c->why && i < d.a.batch; i++) {
    int64_t j = most(i, 0);
    char *a = d.a.data + j * d.a.step, *s = d.s + j * k * c->rs, *u = d.u + j * d.ustep * c->es, *v = d.v + j * d.vstep * c->es;
    int *r = i < 0 ? &ignored : &d.inf[i];
    if (i >= 0 && !all_finite(c, a, d.a.step)) { // what gesdd answers for NaN; with infinities it may not end
      *r = -4;
      continue;
    }
    if (c->real) CALL(&d.mode, &d.a.m, &d.a.n, a, &d.lda, s, u, &d.ldu, v, &d.ldv, work, &lwork, iwork, r);
    else CALL(&d.mode, &d.a.m, &d.a.n, a, &d.lda, s, u, &d.ldu, v, &d.ldv, work, &lwork, rwork, iwork, r);
    if (i < 0) work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  }
}

static void gesvd(call *c) {
  singular d = decomposition(c);
  char query[16];
  int lwork = -1, ignored;
  void *rwork = c->real ? NULL : scratch(c, 5 * d.k, c->rs), *work = query;
  for (int64_t i = -1; !c->why && i < d.a.batch; i++) {
    int64_t j = most(i, 0);
    char *a = d.a.data + j * d.a.step, *s = d.s + j * d.k * c->rs, *u = d.u + j * d.ustep * c->es, *v = d.v + j * d.vstep * c->es;
    int *r = i < 0 ? &ignored : &d.inf[i];
    if (c->real) CALL(&d.mode, &d.mode, &d.a.m, &d.a.n, a, &d.lda, s, u, &d.ldu, v, &d.ldv, work, &lwork, r);
    else CALL(&d.mode, &d.mode, &d.a.m, &d.a.n, a, &d.lda, s, u, &d.ldu, v, &d.ldv, work, &lwork, rwork, r);
    if (i < 0) work = scratch(c, lwork = most(1, size_of(c, query)), c->es);
  }
}

static void trsm(call *c) {
  mats a = matrices(c, 0), b = result(c, 0, 1);
  char side = attr(c, "side"), uplo = attr(c, "uplo"), trans = attr(c, "trans_x"), diag = attr(c, "diag"), one[16] = {0};
  if (c->rs == 4) *(float *)one = 1;
  else *(double *)one = 1;
  int lda = leading(a.m), ldb = leading(b.m);
  if (a.m != a.n || a.batch != b.batch || a.m != (side == 'L' ? b.m : b.n)) wrong(c, "the matrices do not fit");
  for (int64_t i = 0; !c->why && i < a.batch; i++)
    CALL(&side, &uplo, &trans, &diag, &b.m, &b.n, one, a.data + i * a.step, &lda, b.data + i * b.step, &ldb);
}

static void gtsv(call *c) {
  mats b = result(c, 3, 3);
  int64_t n = b.batch * b.m;
  char *lower = inout(c, 0, 0, n, c->es), *middle = inout(c, 1, 1, n, c->es), *upper = inout(c, 2, 2, n, c->es);
  int *inf = info(c, 4, b.batch), ldb = leading(b.m);
  for (int64_t i = 0; !c->why && i < b.batch; i++) { // the first element of the lower diagonal is not in the matrix
    int64_t j = i * b.m * c->es;
    CALL(&b.m, &b.n, lower + j + c->es, middle + j, upper + j, b.data + i * b.step, &ldb, &inf[i]);
  }
}

static XLA_FFI_Error *run(XLA_FFI_CallFrame *f, int number, int type, void (*body)(call *)) {
  if (!jg_ffi_execute(f)) return NULL;
  call c = {.f = f, .fn = functions[number][type], .real = type == JG_S || type == JG_D};
  c.rs = type == JG_S || type == JG_C ? 4 : 8;
  c.es = c.real ? c.rs : 2 * c.rs;
  if (c.fn) body(&c);
  else wrong(&c, "the LAPACK library lacks the routine");
  for (int i = 0; i < c.nscratch; i++) free(c.scratch[i]);
  return c.why ? jg_ffi_error(f, XLA_FFI_Error_Code_INVALID_ARGUMENT, c.why) : NULL;
}

#define HANDLERS(N, R)                                                                      \
  static XLA_FFI_Error *R##_s(XLA_FFI_CallFrame *f) { return run(f, N, JG_S, R); }          \
  static XLA_FFI_Error *R##_d(XLA_FFI_CallFrame *f) { return run(f, N, JG_D, R); }          \
  static XLA_FFI_Error *R##_c(XLA_FFI_CallFrame *f) { return run(f, N, JG_C, R); }          \
  static XLA_FFI_Error *R##_z(XLA_FFI_CallFrame *f) { return run(f, N, JG_Z, R); }
#define ROUTINES(X)                                                                                                                  \
  X(JG_POTRF, potrf) X(JG_GETRF, getrf) X(JG_GEQRF, geqrf) X(JG_GEQP3, geqp3) X(JG_ORGQR, orgqr) X(JG_ORMQR, ormqr) X(JG_SYEVD, syevd) \
  X(JG_GEEV, geev) X(JG_GEES, gees) X(JG_GEHRD, gehrd) X(JG_SYTRD, sytrd) X(JG_GESDD, gesdd) X(JG_GESVD, gesvd) X(JG_TRSM, trsm)       \
  X(JG_GTSV, gtsv)
ROUTINES(HANDLERS)

#define ROW(N, R) [N] = {R##_s, R##_d, R##_c, R##_z},
static XLA_FFI_Handler *const handlers[JG_ROUTINES][JG_TYPES] = {ROUTINES(ROW)};

void *jg_lapack_handler(int routine, int type) { return (void *)handlers[routine][type]; }
