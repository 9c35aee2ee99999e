// array.c: the Python types jaxgo.Array, its concrete and its traced subclass.
//
// Operators are slots that cross into Go once. Attributes that only need the aval are answered from a table here.
#include "jgpy.h"

#include <stddef.h>
#include <string.h>

#include "structmember.h"
#include "_cgo_export.h"

PyTypeObject *JaxArrayBase_T, *JaxArray_T, *JaxTracer_T, *JaxHandle_T;

// ---- avals ----

static jg_aval_info **aval_table;
static uint32_t aval_cap;

jg_aval_info *jg_aval(uint32_t id) {
  if (id < aval_cap && aval_table[id]) return aval_table[id];
  if (id >= aval_cap) {
    uint32_t cap = aval_cap ? aval_cap : 256;
    while (cap <= id) cap *= 2;
    jg_aval_info **t = realloc(aval_table, cap * sizeof *t);
    if (!t) { PyErr_NoMemory(); return NULL; }
    memset(t + aval_cap, 0, (cap - aval_cap) * sizeof *t);
    aval_table = t;
    aval_cap = cap;
  }
  if (jg_forked) { PyErr_SetString(PyExc_RuntimeError, jg_forked_text); return NULL; }
  jg_aval_desc d;
  if (jgAvalInfo(id, &d)) {
    PyErr_Format(PyExc_SystemError, "jaxgo: no aval has the number %u", (unsigned)id);
    return NULL;
  }
  jg_aval_info *a = calloc(1, sizeof *a);
  int64_t *dims = calloc(d.ndim ? d.ndim : 1, sizeof *dims);
  if (!a || !dims) { free(a); free(dims); PyErr_NoMemory(); return NULL; }
  jgAvalDims(id, dims);
  a->dims = dims;
  a->ndim = d.ndim;
  a->size = d.size;
  a->dtype = d.dtype;
  a->weak = d.weak;
  a->itemsize = d.itemsize;
  a->type = d.type;
  a->plain = d.plain;
  a->shape = PyTuple_New(d.ndim);
  if (!a->shape) return NULL;
  for (int i = 0; i < d.ndim; i++) PyTuple_SetItem(a->shape, i, PyLong_FromLongLong(dims[i]));
  aval_table[id] = a;
  return a;
}

static PyObject *dtype_objects[256];
static PyObject *hooks;  // dict: what Python installs, see jaxgo/_hooks.py

static PyObject *hook(const char *name) {
  PyObject *f = hooks ? PyDict_GetItemString(hooks, name) : NULL;
  if (!f) PyErr_Format(PyExc_SystemError, "jaxgo: the hook %s is not installed", name);
  return f;
}

PyObject *jg_hook(const char *name) { return hook(name); }

PyObject *jg_dtype_object(int code) {
  if (dtype_objects[code]) return dtype_objects[code];
  PyObject *f = hook("dtype_object");
  if (!f) return NULL;
  PyObject *d = PyObject_CallFunction(f, "i", code);
  if (d) dtype_objects[code] = d;
  return d;
}

// ---- objects ----

static uint32_t aval_of(PyObject *o) {
  if (Py_TYPE(o) == JaxArray_T) return ((JaxArray *)o)->a->aval;
  return ((JaxTracer *)o)->aval;
}

#define FREE_ARRAYS 512
static JaxArray *array_free[FREE_ARRAYS];
static int array_nfree;
static JaxArray *array_list;  // all that live

PyObject *jg_wrap_array(jg_array *a) {
  JaxArray *o;
  if (array_nfree) {
    o = array_free[--array_nfree];
    PyObject_Init((PyObject *)o, JaxArray_T);
  } else {
    o = PyObject_New(JaxArray, JaxArray_T);
  }
  if (!o) { jg_array_decref(a); return NULL; }
  o->a = a;
  o->weakrefs = NULL;
  o->npy = NULL;
  o->prev = NULL;
  if ((o->next = array_list)) array_list->prev = o;
  array_list = o;
  return (PyObject *)o;
}

static PyObject *m_live_arrays(PyObject *m, PyObject *unused) {
  PyObject *l = PyList_New(0);
  for (JaxArray *o = array_list; l && o; o = o->next)
    if (PyList_Append(l, (PyObject *)o)) Py_CLEAR(l);
  return l;
}

static void array_dealloc(PyObject *s) {
  JaxArray *o = (JaxArray *)s;
  PyTypeObject *t = Py_TYPE(s);
  if (o->next) o->next->prev = o->prev;
  if (o->prev) o->prev->next = o->next;
  else array_list = o->next;
  if (o->weakrefs) PyObject_ClearWeakRefs(s);
  Py_CLEAR(o->npy);
  jg_array_decref(o->a);
  if (array_nfree < FREE_ARRAYS) {
    array_free[array_nfree++] = o;
  } else {
    PyObject_Free(s);
  }
  Py_DECREF(t);
  if (jg_drops_pending()) jg_drain_drops();  // what lent its memory may go; last, because it can run anything
}

// Tracers and handles that died; Go learns of them at the next crossing.
struct jg_dead jg_dead;

static void bury(uint32_t handle, uint32_t gen) {
  if (jg_forked) return;
  if (jg_dead.n == JG_DEAD) jgRelease();
  jg_dead.h[jg_dead.n++] = (uint64_t)gen << 32 | handle;
}

static JaxTracer *tracer_free[256];
static int tracer_nfree;

PyObject *jg_wrap_tracer(uint32_t handle, uint32_t gen, uint32_t aval, uint32_t kind) {
  JaxTracer *o;
  if (tracer_nfree) {
    o = tracer_free[--tracer_nfree];
    PyObject_Init((PyObject *)o, JaxTracer_T);
  } else {
    o = PyObject_New(JaxTracer, JaxTracer_T);
  }
  if (!o) { bury(handle, gen); return NULL; }
  o->handle = handle;
  o->gen = gen;
  o->aval = aval;
  o->tkind = kind;
  o->weakrefs = NULL;
  return (PyObject *)o;
}

static void tracer_dealloc(PyObject *s) {
  JaxTracer *o = (JaxTracer *)s;
  PyTypeObject *t = Py_TYPE(s);
  if (o->weakrefs) PyObject_ClearWeakRefs(s);
  bury(o->handle, o->gen);
  if (tracer_nfree < 256) {
    tracer_free[tracer_nfree++] = o;
  } else {
    PyObject_Free(s);
  }
  Py_DECREF(t);
}

PyObject *jg_wrap_handle(uint32_t handle, uint32_t gen) {
  JaxHandle *o = PyObject_New(JaxHandle, JaxHandle_T);
  if (!o) { bury(handle, gen); return NULL; }
  o->handle = handle;
  o->gen = gen;
  return (PyObject *)o;
}

static void handle_dealloc(PyObject *s) {
  PyTypeObject *t = Py_TYPE(s);
  bury(((JaxHandle *)s)->handle, ((JaxHandle *)s)->gen);
  PyObject_Free(s);
  Py_DECREF(t);
}

static PyObject *no_new(PyTypeObject *t, PyObject *a, PyObject *k) {
  PyErr_SetString(PyExc_TypeError, "cannot create instances of this type directly; use jaxgo.numpy.array");
  return NULL;
}

// ---- attributes ----

static PyObject *get_shape(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? Py_NewRef(a->shape) : NULL;
}
static PyObject *get_dtype(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  if (!a) return NULL;
  PyObject *d = jg_dtype_object(a->dtype);
  return d ? Py_NewRef(d) : NULL;
}
static PyObject *get_ndim(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? PyLong_FromLong(a->ndim) : NULL;
}
static PyObject *get_size(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? PyLong_FromLongLong(a->size) : NULL;
}
static PyObject *get_weak(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? PyBool_FromLong(a->weak) : NULL;
}
static PyObject *get_itemsize(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? PyLong_FromLong(a->itemsize) : NULL;
}
static PyObject *get_nbytes(PyObject *o, void *c) {
  jg_aval_info *a = jg_aval(aval_of(o));
  return a ? PyLong_FromLongLong(a->itemsize * a->size) : NULL;
}
static PyObject *get_aval_id(PyObject *o, void *c) { return PyLong_FromUnsignedLong(aval_of(o)); }
static PyObject *get_aval(PyObject *o, void *c) {
  uint32_t id = aval_of(o);
  jg_aval_info *a = jg_aval(id);
  if (!a) return NULL;
  if (!a->py) {
    PyObject *f = hook("make_aval");
    if (!f) return NULL;
    PyObject *p = PyObject_CallFunction(f, "OiO", a->shape, (int)a->dtype, a->weak ? Py_True : Py_False);
    if (!p) return NULL;
    if (a->py) { Py_DECREF(p); } else { a->py = p; }
  }
  return Py_NewRef(a->py);
}

static PyGetSetDef base_getset[] = {
    {"shape", get_shape, NULL, "The sizes of the axes, a tuple of ints.", NULL},
    {"dtype", get_dtype, NULL, "The element type, a numpy.dtype.", NULL},
    {"ndim", get_ndim, NULL, "The number of axes.", NULL},
    {"size", get_size, NULL, "The number of elements.", NULL},
    {"weak_type", get_weak, NULL, "Whether the dtype yields to the other operand's in promotion.", NULL},
    {"itemsize", get_itemsize, NULL, "Bytes of one element.", NULL},
    {"nbytes", get_nbytes, NULL, "Bytes of all elements.", NULL},
    {"aval", get_aval, NULL, "The abstract value.", NULL},
    {"_aval_id", get_aval_id, NULL, NULL, NULL},
    {NULL}};

static PyObject *tracer_kind(PyObject *o, void *c) { return PyLong_FromUnsignedLong(((JaxTracer *)o)->tkind); }
static PyGetSetDef tracer_getset[] = {{"_kind", tracer_kind, NULL, NULL, NULL}, {NULL}};

// ---- operators ----

enum {
  OP_ADD, OP_SUB, OP_MUL, OP_TRUEDIV, OP_FLOORDIV, OP_MOD, OP_DIVMOD, OP_POW, OP_MATMUL, OP_AND, OP_OR, OP_XOR, OP_LSHIFT,
  OP_RSHIFT, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_NEG, OP_POS, OP_ABS, OP_INVERT, OP_GETITEM, OP_COUNT
};
static const char *const op_names[OP_COUNT] = {
    "jnp.add", "jnp.subtract", "jnp.multiply", "jnp.true_divide", "jnp.floor_divide", "jnp.remainder", "jnp.divmod", "jnp.power",
    "jnp.matmul", "jnp.bitwise_and", "jnp.bitwise_or", "jnp.bitwise_xor", "jnp.left_shift", "jnp.right_shift", "jnp.equal",
    "jnp.not_equal", "jnp.less", "jnp.less_equal", "jnp.greater", "jnp.greater_equal", "jnp.negative", "jnp.positive",
    "jnp.abs", "jnp.bitwise_not", "jnp.getitem"};
static int op_ids[OP_COUNT];

static int op_id(int op) {
  if (op_ids[op] == 0 && !jg_forked) op_ids[op] = jgFuncID((char *)op_names[op]) + 1;
  return op_ids[op] - 1;
}

static PyObject *item(PyObject *o, const char *what);

static int is_ours(PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  return t == JaxArray_T || t == JaxTracer_T;
}

// accepted says whether a binary operator takes the operand; others get the chance to handle it (NotImplemented).
static int accepted(PyObject *o) {
  if (is_ours(o) || PyFloat_CheckExact(o) || PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o)) return 1;
  if (o == Py_None || PyUnicode_Check(o) || PyBytes_Check(o) || PyTuple_Check(o) || PyList_Check(o) || PyDict_Check(o) || PySet_Check(o)) return 0;
  PyObject *f = hook("accepted_operand");
  if (!f) return -1;
  PyObject *r = PyObject_CallFunctionObjArgs(f, o, NULL);
  if (!r) return -1;
  int ok = PyObject_IsTrue(r);
  Py_DECREF(r);
  return ok;
}

// not_operand lets the other operand handle the operation, but refuses containers where Python would give an answer:
// comparisons to False, + and * to concatenation.
static PyObject *not_operand(int op, PyObject *a, PyObject *b) {
  PyTypeObject *t = Py_TYPE(is_ours(a) ? b : a);
  const char *sign = op == OP_EQ || op == OP_NE ? "==" : op == OP_ADD ? "+" : op == OP_MUL ? "*" : NULL;
  int sequence = t == &PyList_Type || t == &PyTuple_Type;
  if (sign && (sequence || (sign[0] == '=' && (t == &PyDict_Type || t == &PySet_Type)))) {
    PyObject *m = PyObject_GetAttrString((PyObject *)Py_TYPE(a), "__name__"), *n = PyObject_GetAttrString((PyObject *)Py_TYPE(b), "__name__");
    if (m && n) PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %s: %R and %R", sign, m, n);
    Py_XDECREF(m);
    Py_XDECREF(n);
    return NULL;
  }
  Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *binary(int op, PyObject *a, PyObject *b) {
  int ok = is_ours(a) ? 1 : accepted(a);
  if (ok > 0 && !is_ours(b)) ok = accepted(b);
  if (ok < 0) return NULL;
  if (!ok) return not_operand(op, a, b);
  PyObject *args[2] = {a, b};
  return jg_call(op_id(op), args, 2);
}

#define BINARY(name, op) static PyObject *name(PyObject *a, PyObject *b) { return binary(op, a, b); }
BINARY(nb_add, OP_ADD) BINARY(nb_sub, OP_SUB) BINARY(nb_mul, OP_MUL) BINARY(nb_truediv, OP_TRUEDIV)
BINARY(nb_floordiv, OP_FLOORDIV) BINARY(nb_mod, OP_MOD) BINARY(nb_matmul, OP_MATMUL)
BINARY(nb_and, OP_AND) BINARY(nb_or, OP_OR) BINARY(nb_xor, OP_XOR) BINARY(nb_lshift, OP_LSHIFT) BINARY(nb_rshift, OP_RSHIFT)
static PyObject *nb_divmod(PyObject *a, PyObject *b) {
  PyObject *l = binary(OP_DIVMOD, a, b);
  if (!l || !PyList_Check(l)) return l;
  PyObject *t = PyList_AsTuple(l);
  Py_DECREF(l);
  return t;
}
static PyObject *nb_pow(PyObject *a, PyObject *b, PyObject *mod) {
  if (mod != Py_None) Py_RETURN_NOTIMPLEMENTED;
  if (Py_TYPE(b) == JaxArray_T) {  // a known integer makes an integer_pow
    jg_aval_info *i = jg_aval(aval_of(b));
    if (!i) return NULL;
    if (i->ndim == 0 && i->type >= PJRT_Buffer_Type_S8 && i->type <= PJRT_Buffer_Type_U64) {
      PyObject *n = item(b, "__index__");
      if (!n) return NULL;
      PyObject *r = binary(OP_POW, a, n);
      Py_DECREF(n);
      return r;
    }
  }
  return binary(OP_POW, a, b);
}
#define UNARY(name, op) static PyObject *name(PyObject *a) { return jg_call(op_id(op), &a, 1); }
UNARY(nb_neg, OP_NEG) UNARY(nb_pos, OP_POS) UNARY(nb_abs, OP_ABS) UNARY(nb_invert, OP_INVERT)

static PyObject *richcompare(PyObject *a, PyObject *b, int op) {
  static const int ops[] = {OP_LT, OP_LE, OP_EQ, OP_NE, OP_GT, OP_GE};
  return binary(ops[op], a, b);
}

static PyObject *subscript(PyObject *o, PyObject *key) {
  PyObject *args[2] = {o, key};
  return jg_call(op_id(OP_GETITEM), args, 2);
}

static Py_ssize_t length(PyObject *o) {
  jg_aval_info *a = jg_aval(aval_of(o));
  if (!a) return -1;
  if (a->ndim == 0) { PyErr_SetString(PyExc_TypeError, "len() of unsized object"); return -1; }
  return a->dims[0];
}

static Py_hash_t nohash(PyObject *o) {
  PyErr_SetString(PyExc_TypeError, Py_TYPE(o) == JaxArray_T ? "unhashable type: 'ArrayImpl'" : "unhashable type: 'Tracer'");
  return -1;
}

// ---- values ----

// host_scalar points to the value of an array with one element, after waiting for it.
static int host_scalar(PyObject *o, const char *what, jg_aval_info **info, unsigned char *buf) {
  jg_aval_info *a = jg_aval(aval_of(o));
  if (!a) return -1;
  int known = Py_TYPE(o) == JaxArray_T;
  jg_array *x = known ? ((JaxArray *)o)->a : NULL;
  if (known && jg_array_state(x) & JG_DELETED) {
    PyObject *f = hook("deleted");
    if (f) Py_XDECREF(PyObject_CallFunctionObjArgs(f, o, NULL));
    return -1;
  }
  if (known && !a->plain) {  // keys and float0
    PyErr_Format(PyExc_TypeError, "an array of dtype %R cannot be converted to a Python scalar", jg_dtype_object(a->dtype));
    return -1;
  }
  if (a->ndim != 0 && (a->size != 1 || strcmp(what, "__bool__") != 0)) {
    if (strcmp(what, "__bool__") == 0) {
      if (a->size == 0)
        PyErr_SetString(PyExc_ValueError, "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty.");
      else
        PyErr_SetString(PyExc_ValueError, "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()");
    } else if (strcmp(what, "__index__") == 0) {
      PyErr_SetString(PyExc_TypeError, "Only integer scalar arrays can be converted to a scalar index.");
    } else {
      PyErr_SetString(PyExc_TypeError, "Only scalar arrays can be converted to Python scalars; got arr.ndim=" );
      PyErr_Format(PyExc_TypeError, "Only scalar arrays can be converted to Python scalars; got arr.ndim=%d", a->ndim);
    }
    return -1;
  }
  if (!known) {
    PyObject *f = hook("concretize");
    if (f) {
      PyObject *r = PyObject_CallFunction(f, "Os", o, what);
      Py_XDECREF(r);
      if (r) PyErr_SetString(PyExc_SystemError, "jaxgo: concretize returned");
    }
    return -1;
  }
  char *err = NULL;
  int rc = jg_wait(x, &err);
  if (rc == -2) return -1;
  if (!rc) rc = jg_to_host(x, buf, 16, &err);
  if (rc) { jg_raise("errors.JaxRuntimeError", err ? err : "transfer failed"); free(err); return -1; }
  *info = a;
  return 0;
}

static PyObject *item(PyObject *o, const char *what) {
  jg_aval_info *a;
  unsigned char b[16];
  if (host_scalar(o, what, &a, b)) return NULL;
  jg_arg v;
  jgDecodeScalar(a->dtype, b, &v);
  return jg_to_python(&v);
}

static PyObject *nb_float(PyObject *o) {
  PyObject *v = item(o, "__float__");
  if (!v || PyFloat_CheckExact(v)) return v;
  if (PyComplex_Check(v)) {
    Py_DECREF(v);
    PyErr_SetString(PyExc_TypeError, "float() argument must be a string or a real number, not 'complex'");
    return NULL;
  }
  PyObject *r = PyNumber_Float(v);
  Py_DECREF(v);
  return r;
}
static PyObject *nb_int(PyObject *o) {
  PyObject *v = item(o, "__int__");
  if (!v) return v;
  if (PyComplex_Check(v)) {
    Py_DECREF(v);
    PyErr_SetString(PyExc_TypeError, "int() argument must be a string, a bytes-like object or a real number, not 'complex'");
    return NULL;
  }
  PyObject *r = PyNumber_Long(v);
  Py_DECREF(v);
  return r;
}
static PyObject *nb_index(PyObject *o) {
  if (Py_TYPE(o) == JaxTracer_T) {  // what could never be an index has the error of arrays
    jg_aval_info *i = jg_aval(aval_of(o));
    if (!i) return NULL;
    if (i->ndim != 0 || i->type < PJRT_Buffer_Type_S8 || i->type > PJRT_Buffer_Type_U64) {
      PyErr_SetString(PyExc_TypeError, "Only integer scalar arrays can be converted to a scalar index.");
      return NULL;
    }
  }
  PyObject *v = item(o, "__index__");
  if (!v) return v;
  if (!PyLong_Check(v) || PyBool_Check(v)) {
    Py_DECREF(v);
    PyErr_SetString(PyExc_TypeError, "Only integer scalar arrays can be converted to a scalar index.");
    return NULL;
  }
  return v;
}
static int nb_bool(PyObject *o) {
  PyObject *v = item(o, "__bool__");
  if (!v) return -1;
  int r = PyObject_IsTrue(v);
  Py_DECREF(v);
  return r;
}
static PyObject *m_complex(PyObject *o, PyObject *unused) {
  PyObject *v = item(o, "__complex__");
  if (!v || PyComplex_Check(v)) return v;
  double d = PyFloat_AsDouble(v);
  Py_DECREF(v);
  if (d == -1 && PyErr_Occurred()) return NULL;
  return PyComplex_FromDoubles(d, 0);
}
static PyObject *m_scalar(PyObject *o, PyObject *unused) { return item(o, "item"); }

static PyMethodDef base_methods[] = {
    {"__complex__", m_complex, METH_NOARGS, NULL},
    {"_item", m_scalar, METH_NOARGS, "The value of a scalar array as a Python number."},
    {NULL}};

// ---- buffer protocol: reading the device memory of CPU arrays ----

static const char *format_of(int type) {
  switch (type) {
    case PJRT_Buffer_Type_PRED: return "?";
    case PJRT_Buffer_Type_S8: return "b";
    case PJRT_Buffer_Type_S16: return "h";
    case PJRT_Buffer_Type_S32: return "i";
    case PJRT_Buffer_Type_S64: return "q";
    case PJRT_Buffer_Type_U8: return "B";
    case PJRT_Buffer_Type_U16: return "H";
    case PJRT_Buffer_Type_U32: return "I";
    case PJRT_Buffer_Type_U64: return "Q";
    case PJRT_Buffer_Type_F16: return "e";
    case PJRT_Buffer_Type_F32: return "f";
    case PJRT_Buffer_Type_F64: return "d";
    case PJRT_Buffer_Type_C64: return "Zf";
    case PJRT_Buffer_Type_C128: return "Zd";
  }
  return NULL;
}

static int getbuffer(PyObject *o, Py_buffer *view, int flags) {
  JaxArray *s = (JaxArray *)o;
  view->obj = NULL;
  jg_aval_info *a = jg_aval(s->a->aval);
  if (!a) return -1;
  const char *fmt = a->ndim <= 32 && a->plain ? format_of(a->type) : NULL;
  if (!fmt) {
    PyErr_SetString(PyExc_BufferError, "jaxgo: this dtype has no buffer format; use numpy.asarray");
    return -1;
  }
  if (flags & PyBUF_WRITABLE) {
    PyErr_SetString(PyExc_BufferError, "jaxgo: arrays are read-only");
    return -1;
  }
  int longer = 0;  // axes with more than one element: with at most one of them row-major is column-major too
  for (int i = 0; i < a->ndim; i++) longer += a->dims[i] != 1;
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && longer > 1 && a->size) {
    PyErr_SetString(PyExc_BufferError, "jaxgo: arrays are row-major, a column-major buffer was asked for");
    return -1;
  }
  if (jg_array_state(s->a) & JG_DELETED) {
    PyErr_Format(PyExc_BufferError, "Array has been deleted with shape=%S.", a->shape);
    return -1;
  }
  char *err = NULL;
  void *ptr = NULL;
  int rc = jg_wait(s->a, &err);
  if (rc == -2) return -1;
  if (!rc) rc = jg_unsafe_ptr(s->a, &ptr, &err);
  if (!rc && (ptr || a->size == 0)) rc = jg_hold(s->a, &err);
  if (rc || (!ptr && a->size)) {
    PyErr_Format(PyExc_BufferError, "jaxgo: %s", err ? err : "the array is not in host memory");
    free(err);
    return -1;
  }
  Py_ssize_t *dims = malloc((2 * a->ndim + 1) * sizeof *dims);
  if (!dims) { jg_release_hold(s->a); PyErr_NoMemory(); return -1; }
  Py_ssize_t stride = a->itemsize;
  for (int i = a->ndim - 1; i >= 0; i--) {
    dims[i] = a->dims[i];
    dims[a->ndim + i] = stride;
    stride *= a->dims[i];
  }
  static char nothing[1];
  view->buf = ptr ? ptr : nothing;
  view->obj = Py_NewRef(o);
  view->len = a->size * a->itemsize;
  view->itemsize = a->itemsize;
  view->readonly = 1;
  view->ndim = a->ndim;
  view->format = flags & PyBUF_FORMAT ? (char *)fmt : NULL;
  view->shape = flags & PyBUF_ND ? dims : NULL;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? dims + a->ndim : NULL;
  view->suboffsets = NULL;
  view->internal = dims;
  return 0;
}

static void releasebuffer(PyObject *o, Py_buffer *view) {
  free(view->internal);
  jg_release_hold(((JaxArray *)o)->a);
}

// A RawView exports the elements of an array as unsigned bytes: in place, or copied to the host where the device's memory is
// elsewhere or packed (a is NULL then). A type of less than a byte has a byte an element.
typedef struct { PyObject_HEAD jg_array *a; void *ptr; Py_ssize_t n; } RawView;
static PyTypeObject *RawView_T;

static int raw_getbuffer(PyObject *o, Py_buffer *view, int flags) {
  RawView *r = (RawView *)o;
  static char nothing[1];
  return PyBuffer_FillInfo(view, o, r->ptr ? r->ptr : nothing, r->n, 1, flags);
}
static void raw_dealloc(PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  RawView *r = (RawView *)o;
  if (r->a) jg_release_hold(r->a);
  else jg_free_host(r->ptr);
  PyObject_Free(o);
  Py_DECREF(t);
}

static PyObject *m_rawview(PyObject *o, PyObject *unused) {
  JaxArray *s = (JaxArray *)o;
  jg_aval_info *a = jg_aval(s->a->aval);
  if (!a) return NULL;
  if (jg_array_state(s->a) & JG_DELETED) {
    PyObject *f = hook("deleted");
    if (f) Py_XDECREF(PyObject_CallFunctionObjArgs(f, o, NULL));
    return NULL;
  }
  size_t n = (size_t)(a->size * a->itemsize);
  char *err = NULL;
  void *ptr = NULL;
  jg_array *held = NULL;
  int rc = jg_wait(s->a, &err);
  if (rc == -2) return NULL;
  if (!rc) rc = jg_unsafe_ptr(s->a, &ptr, &err);
  if (!rc && ptr) {
    if (!(rc = jg_hold(s->a, &err))) held = s->a;
  } else if (!rc) {
    if (!(ptr = jg_alloc_host(n))) return PyErr_NoMemory();
    if ((rc = jg_to_host(s->a, ptr, n, &err))) jg_free_host(ptr);
  }
  if (rc) { jg_raise("errors.JaxRuntimeError", err ? err : "transfer failed"); free(err); return NULL; }
  RawView *r = PyObject_New(RawView, RawView_T);
  if (!r) {
    if (held) jg_release_hold(held);
    else jg_free_host(ptr);
    return NULL;
  }
  r->a = held;
  r->ptr = ptr;
  r->n = (Py_ssize_t)n;
  return (PyObject *)r;
}

static PyObject *m_delete(PyObject *o, PyObject *unused) {
  char *err = NULL;
  if (jg_delete(((JaxArray *)o)->a, &err)) { jg_raise("errors.JaxRuntimeError", err); free(err); return NULL; }
  Py_CLEAR(((JaxArray *)o)->npy);
  Py_RETURN_NONE;
}
static PyObject *m_is_deleted(PyObject *o, PyObject *unused) {
  return PyBool_FromLong(jg_array_state(((JaxArray *)o)->a) & JG_DELETED);
}
static PyObject *m_is_ready(PyObject *o, PyObject *unused) {
  int ready = 0;
  char *err = NULL;
  if (jg_ready(((JaxArray *)o)->a, &ready, &err)) { jg_raise("errors.JaxRuntimeError", err); free(err); return NULL; }
  return PyBool_FromLong(ready);
}
static PyObject *m_block(PyObject *o, PyObject *unused) {
  JaxArray *s = (JaxArray *)o;
  if (jg_array_state(s->a) & JG_DELETED) {
    PyObject *f = hook("deleted");
    if (f) Py_XDECREF(PyObject_CallFunctionObjArgs(f, o, NULL));
    return NULL;
  }
  char *err = NULL;
  int rc = jg_wait(s->a, &err);
  if (rc == -2) return NULL;
  if (rc) { jg_raise("errors.JaxRuntimeError", err); free(err); return NULL; }
  return Py_NewRef(o);
}
static PyObject *m_unsafe_pointer(PyObject *o, PyObject *unused) {
  void *p = NULL;
  char *err = NULL;
  if (jg_unsafe_ptr(((JaxArray *)o)->a, &p, &err)) { jg_raise("errors.JaxRuntimeError", err); free(err); return NULL; }
  return PyLong_FromVoidPtr(p);
}
static PyObject *get_committed(PyObject *o, void *c) {
  return PyBool_FromLong(jg_array_state(((JaxArray *)o)->a) & JG_COMMITTED);
}
static PyObject *get_device_index(PyObject *o, void *c) { return PyLong_FromLong(((JaxArray *)o)->a->device); }
static PyGetSetDef array_getset[] = {
    {"committed", get_committed, NULL, "Whether the user chose the device.", NULL},
    {"_committed", get_committed, NULL, NULL, NULL},
    {"_device_index", get_device_index, NULL, NULL, NULL},
    {NULL}};
static PyMethodDef array_methods[] = {
    {"delete", m_delete, METH_NOARGS, "Frees the device memory; later use is an error."},
    {"is_deleted", m_is_deleted, METH_NOARGS, "Whether the memory was deleted or donated."},
    {"is_ready", m_is_ready, METH_NOARGS, "Whether the value has been computed, without waiting."},
    {"block_until_ready", m_block, METH_NOARGS, "Waits until the value has been computed and returns the array."},
    {"unsafe_buffer_pointer", m_unsafe_pointer, METH_NOARGS, "The address of the device memory."},
    {"_rawview", m_rawview, METH_NOARGS, NULL},
    {NULL}};

// jg_wait waits for an array with the GIL released, in slices between which Ctrl-C is noticed. -2: an exception is set.
int jg_wait(jg_array *a, char **err) {
  int ready = 0;
  if (jg_array_state(a) & JG_READY) return 0;
  if (jg_ready(a, &ready, err) == 0 && ready) return jg_await(a, 0, err);
  free(*err);
  *err = NULL;
  for (;;) {
    int rc;
    Py_BEGIN_ALLOW_THREADS
    rc = jg_await(a, 100, err);
    Py_END_ALLOW_THREADS
    if (rc != JG_TIMEOUT) return rc;
    if (PyErr_CheckSignals()) return -2;
  }
}

static PyMemberDef array_members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(JaxArray, weakrefs), READONLY, NULL}, {NULL}};
static PyMemberDef tracer_members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(JaxTracer, weakrefs), READONLY, NULL}, {NULL}};

static PyType_Slot base_slots[] = {
    {Py_tp_new, no_new}, {Py_tp_getset, base_getset}, {Py_tp_methods, base_methods}, {Py_tp_hash, nohash},
    {Py_tp_richcompare, richcompare}, {Py_mp_subscript, subscript}, {Py_mp_length, length}, {Py_sq_length, length},
    {Py_nb_add, nb_add}, {Py_nb_subtract, nb_sub}, {Py_nb_multiply, nb_mul}, {Py_nb_true_divide, nb_truediv},
    {Py_nb_floor_divide, nb_floordiv}, {Py_nb_remainder, nb_mod}, {Py_nb_divmod, nb_divmod}, {Py_nb_power, nb_pow},
    {Py_nb_matrix_multiply, nb_matmul}, {Py_nb_and, nb_and}, {Py_nb_or, nb_or}, {Py_nb_xor, nb_xor},
    {Py_nb_lshift, nb_lshift}, {Py_nb_rshift, nb_rshift}, {Py_nb_negative, nb_neg}, {Py_nb_positive, nb_pos},
    {Py_nb_absolute, nb_abs}, {Py_nb_invert, nb_invert}, {Py_nb_float, nb_float}, {Py_nb_int, nb_int}, {Py_nb_index, nb_index},
    {Py_nb_bool, nb_bool}, {0, NULL}};
static PyType_Spec base_spec = {"jaxgo.Array", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, base_slots};
static PyType_Slot array_slots[] = {
    {Py_tp_dealloc, array_dealloc}, {Py_tp_getset, array_getset}, {Py_tp_methods, array_methods}, {Py_tp_members, array_members},
    {Py_bf_getbuffer, getbuffer}, {Py_bf_releasebuffer, releasebuffer}, {0, NULL}};
static PyType_Spec array_spec = {"jaxgo._fast.ArrayImpl", sizeof(JaxArray), 0, Py_TPFLAGS_DEFAULT, array_slots};
static PyType_Slot tracer_slots[] = {
    {Py_tp_dealloc, tracer_dealloc}, {Py_tp_getset, tracer_getset}, {Py_tp_members, tracer_members}, {0, NULL}};
static PyType_Spec tracer_spec = {"jaxgo._fast.Tracer", sizeof(JaxTracer), 0, Py_TPFLAGS_DEFAULT, tracer_slots};
static PyType_Slot handle_slots[] = {{Py_tp_dealloc, handle_dealloc}, {Py_tp_new, no_new}, {0, NULL}};
static PyType_Spec handle_spec = {"jaxgo._fast.Handle", sizeof(JaxHandle), 0, Py_TPFLAGS_DEFAULT, handle_slots};
static PyType_Slot raw_slots[] = {{Py_tp_dealloc, raw_dealloc}, {Py_tp_new, no_new}, {Py_bf_getbuffer, raw_getbuffer}, {0, NULL}};
static PyType_Spec raw_spec = {"jaxgo._fast.RawView", sizeof(RawView), 0, Py_TPFLAGS_DEFAULT, raw_slots};

static PyTypeObject *add_type(PyObject *m, PyType_Spec *spec, PyTypeObject *base, const char *name) {
  PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;
  PyObject *t = PyType_FromSpecWithBases(spec, bases);
  Py_XDECREF(bases);
  if (!t || PyModule_AddObjectRef(m, name, t) < 0) return NULL;
  return (PyTypeObject *)t;
}

static PyMethodDef module_methods[] = {{"live_arrays", m_live_arrays, METH_NOARGS, "The arrays that Python holds."}, {NULL}};

int jg_array_init(PyObject *m) {
  hooks = PyDict_New();
  if (!hooks || PyModule_AddObjectRef(m, "hooks", hooks) < 0) return -1;
  if (!(JaxArrayBase_T = add_type(m, &base_spec, NULL, "Array"))) return -1;
  if (!(JaxArray_T = add_type(m, &array_spec, JaxArrayBase_T, "ArrayImpl"))) return -1;
  if (!(JaxTracer_T = add_type(m, &tracer_spec, JaxArrayBase_T, "Tracer"))) return -1;
  if (!(JaxHandle_T = add_type(m, &handle_spec, NULL, "Handle"))) return -1;
  if (!(RawView_T = add_type(m, &raw_spec, NULL, "RawView"))) return -1;
  return PyModule_AddFunctions(m, module_methods);
}
