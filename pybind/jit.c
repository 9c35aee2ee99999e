// jit.c: the callable that jit returns. A call whose signature was seen before goes from here to the program in one
// crossing; everything else is Python's (jaxgo/_jit.py), through the `slow` function.
#include "jgpy.h"

#include <stddef.h>
#include <string.h>

#include "structmember.h"
#include "_cgo_export.h"
#include "pytree.h"

typedef struct {
  PyObject_HEAD
  PyObject *slow;      // slow(args, kwargs)
  PyObject *dict;
  PyObject *weakrefs;
  PyObject *statics;   // dict: tuple of static arguments -> number, or NULL where there are none
  PyObject *keep;      // list: the treedefs that keys name
  PyObject *last;      // the treedef of the last call, which the next one's probably is; NULL at first
  int nstatic;
  int32_t *static_argnums;
  PyObject *static_names;  // tuple of str
  uint64_t id;
} JitFunction;

static PyTypeObject *Jit_T;
static uint64_t next_id = 1;

typedef struct { unsigned char *p; size_t n, cap; unsigned char inl[512]; } bytes;

static int put(bytes *b, const void *p, size_t n) {
  if (b->n + n > b->cap) {
    size_t cap = 2 * b->cap + n;
    unsigned char *q = b->p == b->inl ? malloc(cap) : realloc(b->p, cap);
    if (!q) { PyErr_NoMemory(); return -1; }
    if (b->p == b->inl) memcpy(q, b->inl, b->n);
    b->p = q;
    b->cap = cap;
  }
  memcpy(b->p + b->n, p, n);
  b->n += n;
  return 0;
}

static int put_u32(bytes *b, uint32_t x) { return put(b, &x, 4); }
static int put_u64(bytes *b, uint64_t x) { return put(b, &x, 8); }

// number_of finds or gives the number of a hashable key. -1: error.
static int64_t number_of(PyObject *d, PyObject *key) {
  PyObject *v = PyDict_GetItemWithError(d, key);
  if (v) return PyLong_AsLongLong(v);
  if (PyErr_Occurred()) return -1;
  PyObject *n = PyLong_FromSsize_t(PyDict_Size(d) + 1);
  if (!n || PyDict_SetItem(d, key, n)) { Py_XDECREF(n); return -1; }
  int64_t r = PyLong_AsLongLong(n);
  Py_DECREF(n);
  return r;
}

static int is_static(JitFunction *f, Py_ssize_t i, Py_ssize_t n) {
  for (int k = 0; k < f->nstatic; k++) {
    int32_t s = f->static_argnums[k];
    if (s == i || (s < 0 && s + n == i)) return 1;
  }
  return 0;
}

// signature writes the key of a call and collects its leaves. Returns 1 if the fast path can't take the call, -1 on error.
static int signature(JitFunction *f, PyObject *args, PyObject *kwargs, bytes *key, jg_leaves *leaves, PyObject **dyn_out,
                     PyObject **trees) {
  Py_ssize_t n = PyTuple_Size(args);
  if (f->static_names && kwargs && PyTuple_Size(f->static_names)) return 1;
  PyObject *dyn = args;
  int64_t static_no = 0;
  if (f->nstatic) {
    PyObject *st = PyList_New(0), *dy = PyList_New(0);
    if (!st || !dy) { Py_XDECREF(st); Py_XDECREF(dy); return -1; }
    for (Py_ssize_t i = 0; i < n; i++) {
      PyObject *x = PyTuple_GetItem(args, i);
      int s = is_static(f, i, n);
      if (s) {  // 1 and 1.0 and True are different static arguments
        PyObject *pair = PyTuple_Pack(2, x, (PyObject *)Py_TYPE(x));
        if (!pair || PyList_Append(st, pair)) { Py_XDECREF(pair); Py_DECREF(st); Py_DECREF(dy); return -1; }
        Py_DECREF(pair);
      } else if (PyList_Append(dy, x)) { Py_DECREF(st); Py_DECREF(dy); return -1; }
    }
    PyObject *stt = PyList_AsTuple(st);
    dyn = PyList_AsTuple(dy);
    Py_DECREF(st);
    Py_DECREF(dy);
    if (!stt || !dyn) { Py_XDECREF(stt); Py_XDECREF(dyn); return -1; }
    static_no = number_of(f->statics, stt);
    Py_DECREF(stt);
    *dyn_out = dyn;
    if (static_no < 0) return -1;  // unhashable: the slow path says so
  }
  PyObject *td = f->last ? Py_NewRef(f->last) : NULL;
  if (!td || !jg_tree_flatten_as(td, dyn, leaves)) {
    Py_XDECREF(td);
    if (!(td = jg_tree_flatten(dyn, leaves, NULL))) return -1;
    PyObject *before = f->last;
    f->last = Py_NewRef(td);
    Py_XDECREF(before);
  }
  uint64_t id = jg_treedef_id(td);
  trees[0] = td;  // an id lives as long as its treedef
  if (!id) return -1;
  uint64_t kwid = 0;
  if (kwargs && PyDict_Size(kwargs)) {
    td = jg_tree_flatten(kwargs, leaves, NULL);
    if (!td) return -1;
    kwid = jg_treedef_id(td);
    trees[1] = td;
    if (!kwid) return -1;
  }
  if (put_u64(key, (uint64_t)static_no) || put_u64(key, id) || put_u64(key, kwid) || put_u32(key, jg_config_epoch)) return -1;
  return 0;
}

static PyObject *jit_call(PyObject *self, PyObject *args, PyObject *kwargs) {
  JitFunction *f = (JitFunction *)self;
  if (jg_forked) { PyErr_SetString(PyExc_RuntimeError, jg_forked_text); return NULL; }
  if (jg_drops_pending()) jg_drain_drops();
  JG_SETTLE();
  bytes key = {key.inl, 0, sizeof key.inl};
  jg_leaves leaves;
  jg_leaves_init(&leaves);
  PyObject *dyn = NULL, *result = NULL, *trees[2] = {NULL, NULL};
  jg_array *temps_inl[32], **temps = temps_inl;
  jg_arg arg_inl[32], *list = arg_inl;
  size_t ntemps = 0;
  int rc = signature(f, args, kwargs, &key, &leaves, &dyn, trees);
  if (rc < 0) {
    if (PyErr_ExceptionMatches(PyExc_RecursionError) || !PyErr_ExceptionMatches(PyExc_Exception)) goto done;  // Ctrl-C is no answer
    PyErr_Clear();
    rc = 1;
  }
  if (rc == 0) {
    Py_ssize_t n = leaves.n;
    if (n > 32 && n <= JG_SPARE && !jg_spare.args_taken) {
      jg_spare.args_taken = 1;
      list = jg_spare.args;
      temps = jg_spare.temps;
    } else if (n > 32) {
      list = malloc(n * sizeof *list);
      temps = malloc(n * sizeof *temps);
      if (!list || !temps) { PyErr_NoMemory(); goto done; }
    }
    for (Py_ssize_t i = 0; i < n && rc == 0; i++) {
      PyObject *o = leaves.v[i];
      jg_arg *a = &list[i];
      a->dtype = a->list = 0;
      PyTypeObject *t = Py_TYPE(o);
      if (t == JaxArray_T) {
        jg_array *x = ((JaxArray *)o)->a;
        a->kind = JA_ARRAY;
        a->p = x;
        a->aval = x->aval;
        if (jg_array_state(x) & JG_DELETED) rc = 1;
      } else if (PyFloat_CheckExact(o)) {
        a->kind = JA_FLOAT; a->re = PyFloat_AsDouble(o); a->im = 0; a->aval = jg_scalar_avals[2];
      } else if (o == Py_True || o == Py_False) {
        a->kind = JA_BOOL; a->i = o == Py_True; a->aval = jg_scalar_avals[0];
      } else if (PyLong_CheckExact(o)) {
        int overflow;
        a->kind = JA_INT;
        a->i = PyLong_AsLongLongAndOverflow(o, &overflow);
        a->aval = jg_scalar_avals[1];
        if (overflow || (!jg_x64 && (a->i > INT32_MAX || a->i < INT32_MIN))) rc = 1;
      } else if (jg_is_ndarray(o) || (t != JaxTracer_T && PyObject_CheckBuffer(o) && PyObject_HasAttrString(o, "dtype"))) {  // a memoryview is none
        jg_array *x = jg_host_array(o, 0);
        if (!x) {
          if (!PyErr_ExceptionMatches(PyExc_BufferError)) goto done;
          PyErr_Clear();
          rc = 1;
        } else {
          temps[ntemps++] = x;
          a->kind = JA_ARRAY;
          a->p = x;
          a->aval = x->aval;
        }
      } else {
        rc = 1;
      }
      if (rc == 0 && put_u32(&key, a->aval)) goto done;
    }
    if (rc == 0) {
      jg_result r;
      r.err_kind = r.err_msg = NULL;
      r.v = r.inl;
      r.n = 0;
      r.multi = 1;
      r.tree = NULL;
      r.tree_owned = 0;
      int hit = jgJitCall(jg_tid(), f->id, key.p, (int)key.n, list, (int)n, &r);
      if (r.err_kind) {
        if (r.tree_owned) Py_DECREF((PyObject *)r.tree);
        jg_result_to_python(&r);
        goto done;
      }
      if (hit) {
        PyObject *outs_inl[32], **outs = r.n <= 32 ? outs_inl : r.v == jg_spare.results ? jg_spare.outs : malloc(r.n * sizeof *outs);
        int ok = outs != NULL;
        size_t made = 0;
        PyObject *tree = r.tree_owned ? (PyObject *)r.tree : Py_NewRef((PyObject *)r.tree);
        for (size_t i = 0; i < r.n; i++) {
          PyObject *x = jg_to_python(&r.v[i]);
          if (!x) ok = 0;
          if (!ok) { Py_XDECREF(x); continue; }
          outs[made++] = x;
        }
        if (ok) result = jg_tree_unflatten(tree, outs, (Py_ssize_t)r.n);
        Py_DECREF(tree);
        while (made) { made--; Py_DECREF(outs[made]); }
        if (outs != outs_inl && outs != jg_spare.outs) free(outs);
        jg_result_free(&r);  // after outs, which may be the spare list that goes with it
        goto done;
      }
    }
  }
  // Not seen before, or not for the fast path.
  {
    PyObject *k = rc == 0 ? Py_BuildValue("y#OO", (char *)key.p, (Py_ssize_t)key.n, trees[0], trees[1] ? trees[1] : Py_None) : Py_NewRef(Py_None);
    if (k) {
      PyObject *kw = kwargs ? Py_NewRef(kwargs) : PyDict_New();
      if (kw) result = PyObject_CallFunctionObjArgs(f->slow, k, args, kw, NULL);
      Py_XDECREF(kw);
      Py_DECREF(k);
    }
  }
done:
  for (size_t i = 0; i < ntemps; i++) jg_array_decref(temps[i]);
  if (list == jg_spare.args) {
    jg_spare.args_taken = 0;
  } else {
    if (list != arg_inl) free(list);
    if (temps != temps_inl) free(temps);
  }
  Py_XDECREF(dyn);
  Py_XDECREF(trees[0]);
  Py_XDECREF(trees[1]);
  jg_leaves_clear(&leaves);
  if (key.p != key.inl) free(key.p);
  return result;
}

// JitFunction(slow, static_argnums, static_argnames)
static PyObject *jit_new(PyTypeObject *t, PyObject *args, PyObject *kw) {
  PyObject *slow, *nums, *names;
  if (!PyArg_ParseTuple(args, "OO!O!", &slow, &PyTuple_Type, &nums, &PyTuple_Type, &names)) return NULL;
  allocfunc alloc = (allocfunc)PyType_GetSlot(t, Py_tp_alloc);
  JitFunction *f = (JitFunction *)alloc(t, 0);
  if (!f) return NULL;
  f->slow = Py_NewRef(slow);
  f->static_names = Py_NewRef(names);
  f->dict = PyDict_New();
  f->statics = PyDict_New();
  f->keep = PyList_New(0);
  f->nstatic = (int)PyTuple_Size(nums);
  f->static_argnums = calloc(f->nstatic ? f->nstatic : 1, sizeof *f->static_argnums);
  f->id = next_id++;
  if (!f->dict || !f->statics || !f->keep || !f->static_argnums) { Py_DECREF(f); return NULL; }
  for (int i = 0; i < f->nstatic; i++) {
    f->static_argnums[i] = (int32_t)PyLong_AsLong(PyTuple_GetItem(nums, i));
    if (PyErr_Occurred()) { Py_DECREF(f); return NULL; }
  }
  return (PyObject *)f;
}

static int jit_traverse(PyObject *s, visitproc visit, void *arg) {
  JitFunction *f = (JitFunction *)s;
  Py_VISIT(Py_TYPE(s));
  Py_VISIT(f->slow);
  Py_VISIT(f->dict);
  Py_VISIT(f->statics);
  Py_VISIT(f->keep);
  Py_VISIT(f->last);
  return 0;
}
static int jit_clear(PyObject *s) {
  JitFunction *f = (JitFunction *)s;
  Py_CLEAR(f->slow);
  Py_CLEAR(f->dict);
  Py_CLEAR(f->statics);
  Py_CLEAR(f->keep);
  Py_CLEAR(f->last);
  return 0;
}
static void jit_dealloc(PyObject *s) {
  JitFunction *f = (JitFunction *)s;
  PyTypeObject *t = Py_TYPE(s);
  PyObject_GC_UnTrack(s);
  if (f->weakrefs) PyObject_ClearWeakRefs(s);
  if (!jg_forked) jgJitForget(f->id);
  jit_clear(s);
  Py_CLEAR(f->static_names);
  free(f->static_argnums);
  freefunc fr = (freefunc)PyType_GetSlot(t, Py_tp_free);
  fr(s);
  Py_DECREF(t);
}

static PyObject *jit_get(PyObject *s, PyObject *obj, PyObject *type) {
  if (!obj || obj == Py_None) return Py_NewRef(s);
  PyObject *m = jg_hook("method");
  return m ? PyObject_CallFunctionObjArgs(m, s, obj, NULL) : NULL;
}

// install(key, program, out_tree): the program for calls with this signature.
static PyObject *jit_install(PyObject *s, PyObject *args) {
  PyObject *key, *prog, *tree;
  if (!PyArg_ParseTuple(args, "O!O!O", &PyTuple_Type, &key, JaxHandle_T, &prog, &tree)) return NULL;
  if (!jg_treedef_check(tree)) { PyErr_SetString(PyExc_TypeError, "install needs a PyTreeDef"); return NULL; }
  jg_result r = {.v = r.inl};
  JaxHandle *h = (JaxHandle *)prog;
  char *p;
  Py_ssize_t n;
  if (PyTuple_Size(key) != 3 || PyBytes_AsStringAndSize(PyTuple_GetItem(key, 0), &p, &n)) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "install needs a signature");
    return NULL;
  }
  if (PyList_Append(((JitFunction *)s)->keep, key)) return NULL;
  jgJitInstall(jg_tid(), ((JitFunction *)s)->id, (unsigned char *)p, (int)n, h->handle, h->gen, tree, &r);
  if (r.err_kind) return jg_result_to_python(&r);
  Py_RETURN_NONE;
}
static PyObject *jit_clear_cache(PyObject *s, PyObject *unused) {
  if (jg_forked) Py_RETURN_NONE;
  jgJitForget(((JitFunction *)s)->id);
  Py_CLEAR(((JitFunction *)s)->last);
  if (PyList_SetSlice(((JitFunction *)s)->keep, 0, PyList_Size(((JitFunction *)s)->keep), NULL)) return NULL;
  PyObject *info = PyDict_GetItemString(((JitFunction *)s)->dict, "_info");  // what Python traced goes as well
  if (info) {
    PyObject *traces = PyObject_GetAttrString(info, "traces");
    if (!traces) return NULL;
    PyDict_Clear(traces);
    Py_DECREF(traces);
  }
  Py_RETURN_NONE;
}
static PyObject *jit_size(PyObject *s, PyObject *unused) { return PyLong_FromLong(jg_forked ? 0 : jgJitSize(((JitFunction *)s)->id)); }
static PyObject *jit_repr(PyObject *s) {
  PyObject *w = PyDict_GetItemString(((JitFunction *)s)->dict, "__wrapped__");
  PyObject *text = w ? PyUnicode_FromFormat("<PjitFunction of %R>", w) : NULL;
  if (text) return text;
  PyErr_Clear();
  return PyUnicode_FromString("<PjitFunction>");
}

static PyMethodDef jit_methods[] = {
    {"_install", jit_install, METH_VARARGS, NULL},
    {"clear_cache", jit_clear_cache, METH_NOARGS, "Forgets the programs compiled for this function."},
    {"_cache_size", jit_size, METH_NOARGS, "The number of signatures with a program."},
    {NULL}};
static PyMemberDef jit_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(JitFunction, weakrefs), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(JitFunction, dict), READONLY, NULL},
    {NULL}};
static PyGetSetDef jit_getset[] = {{"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL}, {NULL}};
static PyType_Slot jit_slots[] = {
    {Py_tp_new, jit_new}, {Py_tp_call, jit_call}, {Py_tp_dealloc, jit_dealloc}, {Py_tp_traverse, jit_traverse},
    {Py_tp_clear, jit_clear}, {Py_tp_descr_get, jit_get}, {Py_tp_methods, jit_methods}, {Py_tp_members, jit_members},
    {Py_tp_getset, jit_getset}, {Py_tp_repr, jit_repr}, {0, NULL}};
static PyType_Spec jit_spec = {"jaxgo._fast.PjitFunction", sizeof(JitFunction), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, jit_slots};

int jg_jit_init(PyObject *m) {
  PyObject *t = PyType_FromSpec(&jit_spec);
  if (!t || PyModule_AddObjectRef(m, "PjitFunction", t) < 0) return -1;
  Jit_T = (PyTypeObject *)t;
  return 0;
}
