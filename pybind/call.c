// call.c: arguments to Go, results to Python, exceptions, and calls from Go back into Python.
#include "jgpy.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"
#include "pytree.h"

int jg_x64;
struct jg_spare jg_spare;
int jg_own_settings;
uint32_t jg_config_epoch;
uint32_t jg_scalar_avals[4];

// ---- threads ----

// Numbers of threads that ended, for Go to take when it is next entered. A thread ends without the GIL.
static struct {
  pthread_mutex_t lock;
  int64_t *tids;
  size_t n, cap;
} ended = {.lock = PTHREAD_MUTEX_INITIALIZER};
int jg_threads_ended;
static pthread_key_t thread_end;

static void thread_ended(void *tid) {
  if (jg_forked) return; // the lock may be that of a thread of the parent
  pthread_mutex_lock(&ended.lock);
  if (ended.n == ended.cap) {
    size_t cap = ended.cap ? 2 * ended.cap : 64;
    int64_t *p = realloc(ended.tids, cap * sizeof *p);
    if (p) { ended.tids = p; ended.cap = cap; }
  }
  if (ended.n < ended.cap) ended.tids[ended.n++] = (int64_t)(intptr_t)tid;
  __atomic_store_n(&jg_threads_ended, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&ended.lock);
}

static void make_thread_end(void) { pthread_key_create(&thread_end, thread_ended); }

// jg_take_ended gives the number of a thread that ended, 0 if there is no more.
int64_t jg_take_ended(void) {
  pthread_mutex_lock(&ended.lock);
  int64_t tid = ended.n ? ended.tids[--ended.n] : 0;
  if (!ended.n) __atomic_store_n(&jg_threads_ended, 0, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&ended.lock);
  return tid;
}

// jg_tid numbers threads; Go keeps the state of each until it ends.
int64_t jg_tid(void) {
  static _Thread_local int64_t tid;
  static int64_t next;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (!tid) {
    tid = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED);
    pthread_once(&once, make_thread_end);
    pthread_setspecific(thread_end, (void *)(intptr_t)tid);
  }
  return tid;
}

// ---- exceptions ----

void jg_raise(const char *kind, const char *msg) {
  if (!strcmp(kind, "python")) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_SystemError, "jaxgo: an error without an exception");
    return;
  }
  PyObject *cls = NULL;
  if (!strncmp(kind, "errors.", 7)) {
    PyObject *m = PyImport_ImportModule("jaxgo.errors");
    if (!m) return;
    cls = PyObject_GetAttrString(m, kind + 7);
    Py_DECREF(m);
  } else {
    PyObject *m = PyImport_ImportModule("builtins");
    if (!m) return;
    cls = PyObject_GetAttrString(m, kind);
    Py_DECREF(m);
  }
  if (!cls) return;
  PyObject *s = PyUnicode_DecodeUTF8(msg, (Py_ssize_t)strlen(msg), "replace");
  if (s) PyErr_SetObject(cls, s);
  Py_XDECREF(s);
  Py_DECREF(cls);
}

static PyObject *forked(void) {
  PyErr_SetString(PyExc_RuntimeError, jg_forked_text);
  return NULL;
}

// ---- memory of arguments: for each thread a stack of chunks, so that items never move ----
//
// Calls of one thread end in the order of a stack; those of several do not: while one waits with the GIL released, another
// comes and goes.

#define CHUNK 512

typedef struct {
  jg_arg **chunks;
  size_t *caps;
  size_t n, cur, used;
  // What conversions made and the call must drop: Python objects and device arrays.
  PyObject **kept;
  size_t nkept, kept_cap;
  jg_array **arrays;
  size_t narrays, arrays_cap;
  int known;
} arg_stack;

static _Thread_local arg_stack args_of_thread;
static pthread_key_t stack_key;

static void free_stack(void *p) {  // at the end of the thread, when no call is under way
  arg_stack *s = p;
  for (size_t i = 0; i < s->n; i++) free(s->chunks[i]);
  free(s->chunks);
  free(s->caps);
  free(s->kept);
  free(s->arrays);
  memset(s, 0, sizeof *s);
}

typedef struct { jg_mark m; size_t nkept, narrays; } full_mark;

static full_mark mark(void) {
  arg_stack *s = &args_of_thread;
  full_mark f = {{s->cur, s->used}, s->nkept, s->narrays};
  return f;
}

static void reset(full_mark f) {
  arg_stack *s = &args_of_thread;
  s->cur = f.m.chunk;
  s->used = f.m.used;
  while (s->nkept > f.nkept) {
    PyObject *o = s->kept[--s->nkept];
    Py_DECREF(o);
  }
  while (s->narrays > f.narrays) jg_array_decref(s->arrays[--s->narrays]);
}

static int keep(PyObject *o) {  // takes over the reference
  arg_stack *s = &args_of_thread;
  if (s->nkept == s->kept_cap) {
    size_t cap = s->kept_cap ? 2 * s->kept_cap : 64;
    PyObject **k = realloc(s->kept, cap * sizeof *k);
    if (!k) { Py_DECREF(o); PyErr_NoMemory(); return -1; }
    s->kept = k;
    s->kept_cap = cap;
  }
  s->kept[s->nkept++] = o;
  return 0;
}

static int keep_array(jg_array *a) {
  arg_stack *s = &args_of_thread;
  if (s->narrays == s->arrays_cap) {
    size_t cap = s->arrays_cap ? 2 * s->arrays_cap : 64;
    jg_array **k = realloc(s->arrays, cap * sizeof *k);
    if (!k) { jg_array_decref(a); PyErr_NoMemory(); return -1; }
    s->arrays = k;
    s->arrays_cap = cap;
  }
  s->arrays[s->narrays++] = a;
  return 0;
}

static jg_arg *alloc_args(size_t n) {
  arg_stack *s = &args_of_thread;
  if (s->n && s->used + n <= s->caps[s->cur]) {
    jg_arg *p = s->chunks[s->cur] + s->used;
    s->used += n;
    return p;
  }
  if (!s->known) {
    s->known = 1;
    pthread_setspecific(stack_key, s);
  }
  size_t next = s->n ? s->cur + 1 : 0;
  if (next < s->n && s->caps[next] < n) {  // too small a chunk lies there: replace it
    free(s->chunks[next]);
    s->chunks[next] = malloc(n * sizeof(jg_arg));
    s->caps[next] = s->chunks[next] ? n : 0;
    if (!s->chunks[next]) { PyErr_NoMemory(); return NULL; }
  } else if (next == s->n) {
    size_t cap = n > CHUNK ? n : CHUNK;
    jg_arg **c = realloc(s->chunks, (s->n + 1) * sizeof *c);
    if (!c) { PyErr_NoMemory(); return NULL; }
    s->chunks = c;
    size_t *cc = realloc(s->caps, (s->n + 1) * sizeof *cc);
    if (!cc) { PyErr_NoMemory(); return NULL; }
    s->caps = cc;
    s->chunks[s->n] = malloc(cap * sizeof(jg_arg));
    if (!s->chunks[s->n]) { PyErr_NoMemory(); return NULL; }
    s->caps[s->n++] = cap;
  }
  s->cur = next;
  s->used = n;
  return s->chunks[next];
}

// ---- Python to Go ----

static PyObject *dtype_codes;  // dict: dtype-like object -> code
static PyObject *scalar_meta;  // the type of jaxgo.numpy.float32: those carry their codes, so that no hash needs NumPy
static PyObject *slice_start, *slice_stop, *slice_step;

static int convert(PyObject *o, jg_arg *out, int depth);

static int convert_items(PyObject *o, jg_arg *out, int depth) {
  if (depth > 32) {
    PyErr_SetString(PyExc_ValueError, "jaxgo: a sequence is nested too deeply");
    return -1;
  }
  int list = PyList_Check(o);
  Py_ssize_t n = list ? PyList_Size(o) : PyTuple_Size(o);
  if (n > 1 << 24) { PyErr_SetString(PyExc_ValueError, "jaxgo: a sequence is too long"); return -1; }
  jg_arg *items = alloc_args(n ? n : 1);
  if (!items) return -1;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *x = list ? PyList_GetItem(o, i) : PyTuple_GetItem(o, i);
    if (!x) return -1;
    // A list may change under a conversion that runs Python, and while the call runs.
    if (list && keep(Py_NewRef(x))) return -1;
    if (convert(x, &items[i], depth + 1)) return -1;
    if (list && PyList_Size(o) < n) {
      PyErr_SetString(PyExc_RuntimeError, "jaxgo: a list changed its size while it was read");
      return -1;
    }
  }
  out->kind = JA_SEQ;
  out->list = list;
  out->n = (uint32_t)n;
  out->p = items;
  return 0;
}

// numpy.ndarray, once NumPy was met: its arrays are read here, its scalars keep their values (an index, an axis).
static PyTypeObject *ndarray_T;

int jg_is_ndarray(PyObject *o) { return ndarray_T && Py_TYPE(o) == ndarray_T; }

static PyObject *m_set_ndarray(PyObject *m, PyObject *t) {
  if (!PyType_Check(t)) { PyErr_SetString(PyExc_TypeError, "a type is needed"); return NULL; }
  ndarray_T = (PyTypeObject *)Py_NewRef(t);
  Py_RETURN_NONE;
}

static int convert_slow(PyObject *o, jg_arg *out, int depth) {
  if (PySlice_Check(o)) {
    jg_arg *items = alloc_args(3);
    if (!items) return -1;
    PyObject *names[3] = {slice_start, slice_stop, slice_step};
    for (int i = 0; i < 3; i++) {
      PyObject *x = PyObject_GetAttr(o, names[i]);
      if (!x) return -1;
      int rc = keep(x) || convert(x, &items[i], depth + 1);
      if (rc) return -1;
    }
    out->kind = JA_SLICE;
    out->n = 3;
    out->p = items;
    return 0;
  }
  if (o == Py_Ellipsis) { out->kind = JA_ELLIPSIS; return 0; }
  if (Py_TYPE(o) == JaxHandle_T) {
    out->kind = JA_GO;
    out->handle = ((JaxHandle *)o)->handle;
    out->gen = ((JaxHandle *)o)->gen;
    return 0;
  }
  if ((PyObject *)Py_TYPE(o) == scalar_meta) {
    PyObject *code = PyObject_GetAttrString(o, "_code");
    if (!code) return -1;
    long n = code == Py_None ? -1 : PyLong_AsLong(code);
    Py_DECREF(code);
    if (n >= 0) {
      out->kind = JA_DTYPE;
      out->dtype = (uint8_t)n;
      return 0;
    }
  }
  PyObject *f = jg_hook("convert");
  if (!f) return -1;
  if (Py_TYPE(o) == Py_TYPE(f)) {  // a Python function: only identity tells it apart
    out->kind = JA_OBJECT;
    out->p = o;
    return keep(Py_NewRef(o));
  }
  PyObject *code = dtype_codes && (PyType_Check(o) || !PyObject_CheckBuffer(o)) ? PyDict_GetItemWithError(dtype_codes, o) : NULL;
  if (code) {
    out->kind = JA_DTYPE;
    out->dtype = (uint8_t)PyLong_AsLong(code);
    return 0;
  }
  PyErr_Clear();  // unhashable
  if (jg_is_ndarray(o)) {
    jg_array *a = jg_host_array(o, 0);
    if (a) {
      if (keep_array(a)) return -1;
      out->kind = JA_ARRAY;
      out->p = a;
      out->aval = a->aval;
      return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_BufferError)) return -1;
    PyErr_Clear();
  }
  PyObject *r = PyObject_CallFunctionObjArgs(f, o, NULL);
  if (!r) return -1;
  if (r == o || r == Py_NotImplemented) {  // an object that only identity tells apart
    Py_DECREF(r);
    out->kind = JA_OBJECT;
    out->p = o;
    return keep(Py_NewRef(o));
  }
  if (keep(r)) return -1;
  if (PyTuple_Check(r) && PyTuple_Size(r) == 2 && PyUnicode_Check(PyTuple_GetItem(r, 0))) {
    // ("scalar", (code, value)): a NumPy scalar; ("dtype", code): a dtype
    PyObject *what = PyTuple_GetItem(r, 0), *v = PyTuple_GetItem(r, 1);
    if (PyUnicode_CompareWithASCIIString(what, "dtype") == 0) {
      if (dtype_codes && PyDict_SetItem(dtype_codes, o, v)) PyErr_Clear();
      out->kind = JA_DTYPE;
      out->dtype = (uint8_t)PyLong_AsLong(v);
      return 0;
    }
    if (PyUnicode_CompareWithASCIIString(what, "scalar") == 0 && PyTuple_Check(v) && PyTuple_Size(v) == 2) {
      if (convert(PyTuple_GetItem(v, 1), out, depth + 1)) return -1;
      out->dtype = (uint8_t)PyLong_AsLong(PyTuple_GetItem(v, 0));
      return 0;
    }
  }
  if (depth > 32) { PyErr_SetString(PyExc_RecursionError, "jaxgo: __jax_array__ does not end"); return -1; }
  return convert(r, out, depth + 1);
}

static int convert(PyObject *o, jg_arg *out, int depth) {
  PyTypeObject *t = Py_TYPE(o);
  out->dtype = 0;
  out->list = 0;
  if (t == JaxArray_T) {
    jg_array *a = ((JaxArray *)o)->a;
    if (jg_array_state(a) & JG_DELETED) {
      PyObject *f = jg_hook("deleted");
      if (f) Py_XDECREF(PyObject_CallFunctionObjArgs(f, o, NULL));
      return -1;
    }
    out->kind = JA_ARRAY;
    out->p = a;
    out->aval = a->aval;
    return 0;
  }
  if (t == JaxTracer_T) {
    JaxTracer *tr = (JaxTracer *)o;
    out->kind = JA_TRACER;
    out->handle = tr->handle;
    out->gen = tr->gen;
    out->aval = tr->aval;
    return 0;
  }
  if (o == Py_None) { out->kind = JA_NONE; return 0; }
  if (o == Py_True || o == Py_False) { out->kind = JA_BOOL; out->i = o == Py_True; return 0; }
  if (PyLong_CheckExact(o)) {
    int overflow;
    long long v = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow) {
      unsigned long long u = overflow > 0 ? PyLong_AsUnsignedLongLong(o) : (unsigned long long)-1;
      if (PyErr_Occurred() || overflow < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_OverflowError, "Python int %S too large to convert to %s", o, jg_x64 ? "int64" : "int32");
        return -1;
      }
      out->kind = JA_INT;
      out->i = (int64_t)u;
      out->list = 1;  // the bits of a uint64
      return 0;
    }
    out->kind = JA_INT;
    out->i = v;
    return 0;
  }
  if (PyFloat_CheckExact(o)) { out->kind = JA_FLOAT; out->re = PyFloat_AsDouble(o); out->im = 0; return 0; }
  if (PyComplex_CheckExact(o)) {
    out->kind = JA_COMPLEX;
    out->re = PyComplex_RealAsDouble(o);
    out->im = PyComplex_ImagAsDouble(o);
    return 0;
  }
  if (PyUnicode_CheckExact(o)) {
    Py_ssize_t n;
    const char *s = PyUnicode_AsUTF8AndSize(o, &n);
    if (!s) return -1;
    out->kind = JA_STR;
    out->p = (void *)s;
    out->n = (uint32_t)n;
    return 0;
  }
  if (PyTuple_CheckExact(o) || PyList_CheckExact(o)) return convert_items(o, out, depth);
  return convert_slow(o, out, depth);
}

int jg_from_python(PyObject *o, jg_arg *out) { return convert(o, out, 0); }

// ---- Go to Python ----

PyObject *jg_to_python(const jg_arg *v) {
  switch (v->kind) {
    case JA_NONE: Py_RETURN_NONE;
    case JA_BOOL: return PyBool_FromLong(v->i != 0);
    case JA_INT: return v->list ? PyLong_FromUnsignedLongLong((uint64_t)v->i) : PyLong_FromLongLong(v->i);
    case JA_FLOAT: return PyFloat_FromDouble(v->re);
    case JA_COMPLEX: return PyComplex_FromDoubles(v->re, v->im);
    case JA_STR: {
      PyObject *s = PyUnicode_DecodeUTF8(v->p, v->n, "replace");
      if (v->owned) free(v->p);
      return s;
    }
    case JA_DTYPE: {
      PyObject *d = jg_dtype_object(v->dtype);
      return d ? Py_NewRef(d) : NULL;
    }
    case JA_ARRAY: return jg_wrap_array(v->p);
    case JA_TRACER: return jg_wrap_tracer(v->handle, v->gen, v->aval, v->tkind);
    case JA_GO: return jg_wrap_handle(v->handle, v->gen);
    case JA_OBJECT: return Py_NewRef((PyObject *)v->p);
    case JA_SEQ: {
      const jg_arg *items = v->p;
      PyObject *r = v->list ? PyList_New(v->n) : PyTuple_New(v->n);
      int ok = r != NULL;
      for (uint32_t i = 0; i < v->n; i++) {
        PyObject *x = jg_to_python(&items[i]);  // also after an error: it drops the references
        if (!x) ok = 0;
        if (!ok) { Py_XDECREF(x); continue; }
        if (v->list) PyList_SetItem(r, i, x); else PyTuple_SetItem(r, i, x);
      }
      if (v->owned) free(v->p);
      if (!ok) { Py_XDECREF(r); return NULL; }
      return r;
    }
  }
  PyErr_Format(PyExc_SystemError, "jaxgo: a result of kind %d", v->kind);
  return NULL;
}

PyObject *jg_result_to_python(jg_result *r) {
  if (r->err_kind) {
    jg_raise(r->err_kind, r->err_msg ? r->err_msg : "");
    free(r->err_kind);
    free(r->err_msg);
    jg_result_free(r);
    return NULL;
  }
  if (!r->multi && r->n == 1) {
    PyObject *o = jg_to_python(&r->v[0]);
    jg_result_free(r);
    return o;
  }
  PyObject *l = PyList_New(r->n);
  int ok = l != NULL;
  for (size_t i = 0; i < r->n; i++) {
    PyObject *x = jg_to_python(&r->v[i]);
    if (!x) ok = 0;
    if (!ok) { Py_XDECREF(x); continue; }
    PyList_SetItem(l, i, x);
  }
  jg_result_free(r);
  if (!ok) { Py_XDECREF(l); return NULL; }
  return l;
}

// ---- calls ----

PyObject *jg_call(int fid, PyObject *const *args, Py_ssize_t n) {
  if (jg_forked) return forked();
  if (jg_drops_pending()) jg_drain_drops();
  full_mark m = mark();
  jg_arg *list = alloc_args(n ? n : 1);
  if (!list) return NULL;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (convert(args[i], &list[i], 0)) { reset(m); return NULL; }
  }
  jg_result r;
  r.err_kind = r.err_msg = NULL;
  r.v = r.inl;
  r.n = 0;
  r.multi = 0;
  jgCall(jg_tid(), fid, list, (int)n, &r);
  reset(m);
  PyObject *result = jg_result_to_python(&r);
  return __atomic_load_n(&jg_log_pending, __ATOMIC_RELAXED) ? jg_log_deliver(result) : result;
}

static PyObject *function_call(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  return jg_call((int)PyLong_AsLong(self), args, n);
}
static PyMethodDef function_def = {"call", (PyCFunction)(void (*)(void))function_call, METH_FASTCALL, NULL};

static PyObject *m_func(PyObject *m, PyObject *name) {
  if (jg_forked) return forked();
  const char *s = PyUnicode_AsUTF8AndSize(name, NULL);
  if (!s) return NULL;
  int id = jgFuncID((char *)s);
  if (id < 0) {
    PyErr_Format(PyExc_AttributeError, "jaxgo: no function %s is exported", s);
    return NULL;
  }
  PyObject *self = PyLong_FromLong(id);
  PyObject *f = self ? PyCFunction_NewEx(&function_def, self, NULL) : NULL;
  Py_XDECREF(self);
  return f;
}

static PyObject *m_call(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (jg_forked) return forked();
  if (n < 1) { PyErr_SetString(PyExc_TypeError, "call(name, *args)"); return NULL; }
  const char *s = PyUnicode_AsUTF8AndSize(args[0], NULL);
  if (!s) return NULL;
  int id = jgFuncID((char *)s);
  if (id < 0) {
    PyErr_Format(PyExc_AttributeError, "jaxgo: no function %s is exported", s);
    return NULL;
  }
  return jg_call(id, args + 1, n - 1);
}

// jg_callback calls a Python function from Go with a list of values and converts what it returns. 0 on success; the result
// and everything it refers to live until jg_callback_done(mark).
int jg_callback(void *fn, jg_arg *in, int n, jg_arg *out, jg_callback_mark *cm) {
  full_mark m = mark();
  cm->chunk = m.m.chunk; cm->used = m.m.used; cm->nkept = m.nkept; cm->narrays = m.narrays;
  PyObject *list = PyList_New(n);
  int ok = list != NULL;
  for (int i = 0; i < n; i++) {
    PyObject *x = jg_to_python(&in[i]);
    if (!x) ok = 0;
    if (!ok) { Py_XDECREF(x); continue; }
    PyList_SetItem(list, i, x);
  }
  if (!ok) { Py_XDECREF(list); return -1; }
  PyObject *r = PyObject_CallFunctionObjArgs((PyObject *)fn, list, NULL);
  Py_DECREF(list);
  if (!r) return -1;
  if (keep(r)) return -1;
  if (convert(r, out, 0)) { reset(m); return -1; }
  return 0;
}

void jg_callback_done(jg_callback_mark *cm) {
  full_mark m = {{cm->chunk, cm->used}, cm->nkept, cm->narrays};
  reset(m);
}

// jg_warn issues a Python warning; -1: it became an exception.
int jg_warn(const char *category, const char *msg) {
  PyObject *f = jg_hook("warn");
  PyObject *r = f ? PyObject_CallFunction(f, "ss", category, msg) : NULL;
  Py_XDECREF(r);
  return r ? 0 : -1;
}

char *jg_type_text(void *obj) {
  PyObject *r = PyObject_Repr((PyObject *)Py_TYPE((PyObject *)obj));
  const char *s = r ? PyUnicode_AsUTF8AndSize(r, NULL) : NULL;
  char *copy = s ? strdup(s) : NULL;
  Py_XDECREF(r);
  if (!copy) PyErr_Clear();
  return copy;
}

void jg_py_incref(void *o) { Py_INCREF((PyObject *)o); }
void jg_py_decref(void *o) { Py_DECREF((PyObject *)o); }

void *jg_release_gil(void) { return PyEval_SaveThread(); }
void jg_acquire_gil(void *save) { PyEval_RestoreThread((PyThreadState *)save); }

static PyObject *m_register_dtype(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 2) { PyErr_SetString(PyExc_TypeError, "register_dtype(object, code)"); return NULL; }
  if (PyDict_SetItem(dtype_codes, args[0], args[1])) return NULL;
  Py_RETURN_NONE;
}

static PyObject *m_register_scalar_meta(PyObject *m, PyObject *cls) {
  Py_XDECREF(scalar_meta);
  scalar_meta = Py_NewRef(cls);
  Py_RETURN_NONE;
}

static PyObject *m_epoch(PyObject *m, PyObject *unused) {
  JG_SETTLE();
  return PyLong_FromUnsignedLong(jg_config_epoch);
}
static PyObject *m_tid(PyObject *m, PyObject *unused) { return PyLong_FromLongLong(jg_tid()); }
static PyObject *m_forked(PyObject *m, PyObject *unused) { return PyBool_FromLong(jg_forked); }

static PyMethodDef methods[] = {
    {"func", m_func, METH_O, "The exported function of that name, as a callable of positional arguments."},
    {"call", (PyCFunction)(void (*)(void))m_call, METH_FASTCALL, NULL},
    {"register_dtype", (PyCFunction)(void (*)(void))m_register_dtype, METH_FASTCALL, NULL},
    {"register_scalar_meta", m_register_scalar_meta, METH_O, NULL},
    {"set_ndarray_type", m_set_ndarray, METH_O, NULL},
    {"epoch", m_epoch, METH_NOARGS, "The number of the calling thread's configuration."},
    {"tid", m_tid, METH_NOARGS, "The number of the calling thread."},
    {"is_forked", m_forked, METH_NOARGS, NULL},
    {NULL}};

int jg_call_init(PyObject *m) {
  if (pthread_key_create(&stack_key, free_stack)) { PyErr_NoMemory(); return -1; }
  dtype_codes = PyDict_New();
  slice_start = PyUnicode_InternFromString("start");
  slice_stop = PyUnicode_InternFromString("stop");
  slice_step = PyUnicode_InternFromString("step");
  if (!dtype_codes || !slice_start || !slice_stop || !slice_step) return -1;
  jgSettle(jg_tid());
  return PyModule_AddFunctions(m, methods);
}
