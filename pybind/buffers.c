// buffers.c: host memory in and out without a copy: the buffer protocol, DLPack, Arrow's C data interface, files.
//
// Whoever gives memory away says how to let go of it. That runs once: when XLA is done with memory that is used in place
// (from jg_drain_drops, with the GIL), or at once when the memory was copied; never when an exception is raised.
#include "jgpy.h"

#include <stddef.h>
#include <string.h>

#include "_cgo_export.h"

static PyObject *forked(void) {
  PyErr_SetString(PyExc_RuntimeError, jg_forked_text);
  return NULL;
}

static PyObject *failed(char *err, const char *otherwise) {
  jg_raise("errors.JaxRuntimeError", err ? err : otherwise);
  free(err);
  return NULL;
}

// ---- host memory becomes an array ----

// narrow copies elements of a 64-bit dtype, in rows of step bytes, to dense memory of the 32-bit one.
static void narrow(int type, const char *src, const int64_t *dims, const int64_t *strides, int ndim, char **dst) {
  if (ndim > 1) {
    for (int64_t i = 0; i < dims[0]; i++) narrow(type, src + i * strides[0], dims + 1, strides + 1, ndim - 1, dst);
    return;
  }
  int64_t n = ndim ? dims[0] : 1, step = ndim ? strides[0] : 0;
#define ROW(from, to)                                     \
  for (int64_t i = 0; i < n; i++, src += step) {          \
    from v;                                               \
    memcpy(&v, src, sizeof v); /* it may lie anywhere */  \
    to w = (to)v;                                         \
    memcpy(*dst + i * (int64_t)sizeof w, &w, sizeof w);   \
  }                                                       \
  *dst += n * (int64_t)sizeof(to);
  switch (type) {
    case PJRT_Buffer_Type_F64: ROW(double, float) break;
    case PJRT_Buffer_Type_C128: {
      for (int64_t i = 0; i < n; i++, src += step) {
        double v[2];
        memcpy(v, src, sizeof v);
        float w[2] = {(float)v[0], (float)v[1]};
        memcpy(*dst + i * 8, w, sizeof w);
      }
      *dst += n * 8;
      break;
    }
    default: ROW(uint64_t, uint32_t) // of either sign
  }
#undef ROW
}

static int sub_byte(int t) {
  return t == PJRT_Buffer_Type_S4 || t == PJRT_Buffer_Type_U4 || t == PJRT_Buffer_Type_S2 || t == PJRT_Buffer_Type_U2 ||
         t == PJRT_Buffer_Type_F4E2M1FN;
}

enum { IF_NEEDED, ALWAYS, NEVER };  // copy=None, True, False

// copy_arg reads an argument copy; -1 with an exception.
static int copy_arg(PyObject *o) {
  if (o == Py_None) return IF_NEEDED;
  int t = PyObject_IsTrue(o);
  return t < 0 ? -1 : t ? ALWAYS : NEVER;
}

// take makes an array of foreign memory. writable: its owner lets a donation overwrite it.
static jg_array *take(jg_foreign *f, int copy, int writable, void *keep, void (*drop)(void *)) {
  jg_host_target *t = &f->t;
  const char *why = ((uintptr_t)f->ptr & 63)  ? " is not aligned to 64 bytes. "
                    : !f->dense               ? " is not dense and row-major. "
                    : !t->host || sub_byte(f->type) ? " is not laid out as the device wants it. "
                                              : NULL;
  if (copy == NEVER && why && t->nbytes) {
    PyErr_Format(PyExc_ValueError,
                 "Specified input which requires a copy since the source data buffer%s However copy=False. Set copy=True or "
                 "copy=None to perform the requested operation.", why);
    return NULL;
  }
  char *err = NULL;
  jg_array *a = NULL;
  int rc;
  if (copy != ALWAYS && !why && t->nbytes && !t->convert) {
    rc = writable ? jg_view_of_host(t->client, t->device, f->ptr, f->type, t->dims, t->ndim, t->aval, keep, drop, &a, &err)
                  : jg_from_host(t->client, t->device, f->ptr, f->type, t->dims, t->ndim, NULL, JG_ZERO_COPY, t->aval, keep, drop, &a, &err);
    drop = NULL;
  } else if (t->convert) {  // a 64-bit dtype without x64
    char *host = jg_alloc_host(t->nbytes), *end = host;
    if (!host) { PyErr_NoMemory(); return NULL; }
    if (t->nbytes) {
      int64_t item = f->type == PJRT_Buffer_Type_C128 ? 16 : 8, count = 2 * (int64_t)t->nbytes / item;
      if (f->dense) narrow(f->type, f->ptr, &count, &item, 1, &end);
      else narrow(f->type, f->ptr, f->dims, f->strides, f->ndim, &end);
    }
    rc = jg_from_owned_host(t->client, t->device, host, t->type, t->dims, t->ndim, t->aval, &a, &err);
    if (rc) jg_free_host(host);
  } else {
    rc = jg_from_host(t->client, t->device, f->ptr, f->type, t->dims, t->ndim, f->dense ? NULL : f->strides, JG_COPY, t->aval, NULL, NULL, &a, &err);
  }
  if (rc) { failed(err, "transfer to the device failed"); return NULL; }
  if (drop) drop(keep);
  return a;
}

// take_owned makes an array of memory from jg_alloc_host, which it takes over also when it raises.
static jg_array *take_owned(jg_foreign *f) {
  if (!f->t.convert && f->dense) {
    char *err = NULL;
    jg_array *a = NULL;
    if (!jg_from_owned_host(f->t.client, f->t.device, f->ptr, f->type, f->t.dims, f->t.ndim, f->t.aval, &a, &err)) return a;
    jg_free_host(f->ptr);
    failed(err, "transfer to the device failed");
    return NULL;
  }
  jg_array *a = take(f, ALWAYS, 0, NULL, NULL);
  jg_free_host(f->ptr);
  return a;
}

// ---- the buffer protocol ----

static int type_of_format(const char *f, Py_ssize_t itemsize) {
  if (*f == '<' || *f == '=' || *f == '@' || *f == '|') f++;
  char c = *f;
  if (c == 'Z') {
    if (f[1] == 0 || f[2]) return -1;
    return f[1] == 'f' ? PJRT_Buffer_Type_C64 : f[1] == 'd' ? PJRT_Buffer_Type_C128 : -1;
  }
  if (c == 0 || f[1]) return -1;
  switch (c) {
    case '?': return itemsize == 1 ? PJRT_Buffer_Type_PRED : -1;
    case 'e': return PJRT_Buffer_Type_F16;
    case 'f': return PJRT_Buffer_Type_F32;
    case 'd': return PJRT_Buffer_Type_F64;
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n':
      return itemsize == 1 ? PJRT_Buffer_Type_S8 : itemsize == 2 ? PJRT_Buffer_Type_S16 : itemsize == 4 ? PJRT_Buffer_Type_S32 : itemsize == 8 ? PJRT_Buffer_Type_S64 : -1;
    case 'B': case 'H': case 'I': case 'L': case 'Q': case 'N':
      return itemsize == 1 ? PJRT_Buffer_Type_U8 : itemsize == 2 ? PJRT_Buffer_Type_U16 : itemsize == 4 ? PJRT_Buffer_Type_U32 : itemsize == 8 ? PJRT_Buffer_Type_U64 : -1;
  }
  return -1;
}

static void release_view(void *p) {
  PyBuffer_Release(p);
  free(p);
}

// nobody_writes says whether memory that o shows read-only is so for its owners too. A read-only view of a writable array
// (numpy.broadcast_to makes them) would change under an array that shares it.
static int nobody_writes(PyObject *o) {
  Py_INCREF(o);
  for (int i = 0; i < 16; i++) {
    PyObject *base = PyObject_GetAttrString(o, PyMemoryView_Check(o) ? "obj" : "base");
    Py_DECREF(o);
    if (!base) { PyErr_Clear(); return 1; }
    if (base == Py_None || !PyObject_CheckBuffer(base)) { Py_DECREF(base); return 1; }
    Py_buffer v;
    if (PyObject_GetBuffer(base, &v, PyBUF_STRIDED) == 0) {
      PyBuffer_Release(&v);
      Py_DECREF(base);
      return 0;
    }
    PyErr_Clear();
    o = base;
  }
  Py_DECREF(o);
  return 0;
}

// Below this many bytes a copy costs less than keeping the owner.
#define WORTH_SHARING 1024

// take_view makes an array of a buffer, which it takes over.
static jg_array *take_view(jg_foreign *f, PyObject *o, Py_buffer *v, int copy) {
  jg_array *a;
  if (copy == IF_NEEDED && v->readonly && v->len >= WORTH_SHARING && f->dense && !f->t.convert && ((uintptr_t)v->buf & 63) == 0 && nobody_writes(o)) {
    a = take(f, IF_NEEDED, 0, v, release_view);
    if (!a) release_view(v);
    return a;
  }
  a = take(f, ALWAYS, 0, NULL, NULL);
  release_view(v);
  return a;
}

static Py_buffer *get_view(PyObject *o, int flags) {
  Py_buffer *v = malloc(sizeof *v);
  if (!v) { PyErr_NoMemory(); return NULL; }
  if (PyObject_GetBuffer(o, v, flags)) { free(v); return NULL; }
  return v;
}

// jg_host_array makes a device array of an object with a buffer, dtype canonicalized. Aligned memory that nobody can write
// is used in place unless copy is set; anything else is copied. A BufferError says that the format is not one of ours.
jg_array *jg_host_array(PyObject *o, int copy) {
  Py_buffer *v = get_view(o, PyBUF_STRIDES | PyBUF_FORMAT);
  if (!v) {
    if (!PyErr_ExceptionMatches(PyExc_MemoryError)) {
      PyErr_Clear();
      PyErr_SetString(PyExc_BufferError, "jaxgo: no usable buffer");
    }
    return NULL;
  }
  jg_foreign f = {.ptr = v->buf, .type = type_of_format(v->format ? v->format : "B", v->itemsize), .ndim = v->ndim};
  if (f.type < 0 || v->ndim > 32) {
    release_view(v);
    PyErr_SetString(PyExc_BufferError, "jaxgo: a buffer format that is no dtype");
    return NULL;
  }
  for (int i = 0; i < v->ndim; i++) {
    f.dims[i] = v->shape[i];
    f.strides[i] = v->strides ? v->strides[i] : 0;
  }
  f.dense = !v->strides || PyBuffer_IsContiguous(v, 'C');
  jg_result r = {.v = r.inl};
  if (jgHostTarget(jg_tid(), f.type, f.dims, f.ndim, &f.t, &r)) {
    release_view(v);
    jg_result_to_python(&r);
    return NULL;
  }
  return take_view(&f, o, v, copy ? ALWAYS : IF_NEEDED);
}

static PyObject *m_from_buffer(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 2) { PyErr_SetString(PyExc_TypeError, "from_buffer(object, copy)"); return NULL; }
  if (jg_forked) return forked();
  if (jg_drops_pending()) jg_drain_drops();
  jg_array *a = jg_host_array(args[0], PyObject_IsTrue(args[1]));
  return a ? jg_wrap_array(a) : NULL;
}

// target_of fills f for a dtype and a shape given in Python.
static int target_of(PyObject *code, PyObject *shape, jg_foreign *f) {
  if (!PyTuple_Check(shape)) { PyErr_SetString(PyExc_TypeError, "the shape is a tuple"); return -1; }
  Py_ssize_t n = PyTuple_Size(shape);
  if (n > 32) { PyErr_SetString(PyExc_ValueError, "jaxgo: more than 32 axes"); return -1; }
  int64_t size = 16;  // bytes at most, had no axis the size 0: XLA ends the process where that overflows
  for (Py_ssize_t i = 0; i < n; i++) {
    f->dims[i] = PyLong_AsLongLong(PyTuple_GetItem(shape, i));
    if (PyErr_Occurred()) return -1;
    if (f->dims[i] < 0 || (f->dims[i] && __builtin_mul_overflow(size, f->dims[i], &size))) {
      PyErr_Format(PyExc_ValueError, "jaxgo: no array has the shape %S", shape);
      return -1;
    }
  }
  long d = PyLong_AsLong(code);
  if (PyErr_Occurred()) return -1;
  f->ndim = (int)n;
  f->dense = 1;
  jg_result r = {.v = r.inl};
  if (jgDTypeTarget(jg_tid(), (int)d, f->dims, f->ndim, &f->t, &r)) { jg_result_to_python(&r); return -1; }
  f->type = f->t.source;
  return 0;
}

static int check_length(const jg_foreign *f, Py_ssize_t len) {
  size_t need = f->t.nbytes << f->t.convert;
  if ((size_t)len == need) return 0;
  PyErr_Format(PyExc_ValueError, "jaxgo: %zd bytes given where shape and dtype need %zu", len, need);
  return -1;
}

// from_bytes(object, dtype code, shape, copy): raw memory of a dtype that the buffer protocol does not know.
static PyObject *m_from_bytes(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 4) { PyErr_SetString(PyExc_TypeError, "from_bytes(object, code, shape, copy)"); return NULL; }
  if (jg_forked) return forked();
  if (jg_drops_pending()) jg_drain_drops();
  jg_foreign f;
  if (target_of(args[1], args[2], &f)) return NULL;
  Py_buffer *v = get_view(args[0], PyBUF_CONTIG_RO);
  if (!v) return NULL;
  f.ptr = v->buf;
  if (check_length(&f, v->len)) { release_view(v); return NULL; }
  jg_array *a = take_view(&f, args[0], v, PyObject_IsTrue(args[3]) ? ALWAYS : IF_NEEDED);
  return a ? jg_wrap_array(a) : NULL;
}

// A HostBuffer is writable memory, aligned for the device, that becomes an array when it is filled.
typedef struct { PyObject_HEAD char *p; Py_ssize_t n, exports; } HostBuffer;
static PyTypeObject *HostBuffer_T;

static int host_getbuffer(PyObject *o, Py_buffer *view, int flags) {
  HostBuffer *h = (HostBuffer *)o;
  view->obj = NULL;
  if (!h->p) { PyErr_SetString(PyExc_BufferError, "jaxgo: this memory belongs to an array now"); return -1; }
  if (PyBuffer_FillInfo(view, o, h->p, h->n, 0, flags)) return -1;
  h->exports++;
  return 0;
}
static void host_releasebuffer(PyObject *o, Py_buffer *view) { ((HostBuffer *)o)->exports--; }
static void host_dealloc(PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  if (((HostBuffer *)o)->p) jg_free_host(((HostBuffer *)o)->p);
  PyObject_Free(o);
  Py_DECREF(t);
}

static PyObject *m_host_buffer(PyObject *m, PyObject *size) {
  Py_ssize_t n = PyLong_AsSsize_t(size);
  if (n == -1 && PyErr_Occurred()) return NULL;
  if (n < 0) { PyErr_SetString(PyExc_ValueError, "jaxgo: a negative size"); return NULL; }
  char *p = jg_alloc_host((size_t)n);
  HostBuffer *h = p ? PyObject_New(HostBuffer, HostBuffer_T) : NULL;
  if (!h) {
    if (p) jg_free_host(p);
    if (!PyErr_Occurred()) PyErr_Format(PyExc_MemoryError, "no memory for %zd bytes", n);
    return NULL;
  }
  h->p = p;
  h->n = n;
  h->exports = 0;
  return (PyObject *)h;
}

// from_host_buffer(buffer, dtype code, shape, fortran): an array of the buffer's memory, which is taken over.
static PyObject *m_from_host_buffer(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 4 || Py_TYPE(args[0]) != HostBuffer_T) { PyErr_SetString(PyExc_TypeError, "from_host_buffer(buffer, code, shape, fortran)"); return NULL; }
  if (jg_forked) return forked();
  HostBuffer *h = (HostBuffer *)args[0];
  jg_foreign f;
  if (target_of(args[1], args[2], &f) || check_length(&f, h->n)) return NULL;
  if (!h->p || h->exports) { PyErr_SetString(PyExc_BufferError, "jaxgo: the memory is in use"); return NULL; }
  f.ptr = h->p;
  h->p = NULL;
  if (f.type == PJRT_Buffer_Type_PRED)  // XLA counts on 0 and 1
    for (char *p = f.ptr, *end = p + h->n; p < end; p++) *p = *p != 0;
  if (PyObject_IsTrue(args[3]) && f.ndim > 1 && h->n) {
    int64_t step = h->n;
    for (int i = 0; i < f.ndim; i++) step /= f.dims[i];
    for (int i = 0; i < f.ndim; i++) {
      f.strides[i] = step;
      step *= f.dims[i];
    }
    f.dense = 0;
  }
  jg_array *a = take_owned(&f);
  return a ? jg_wrap_array(a) : NULL;
}

// ---- DLPack ----

typedef struct { void *data; int32_t device_type, device_id, ndim; uint8_t code, bits; uint16_t lanes; int64_t *shape, *strides; uint64_t byte_offset; } DLTensor;
typedef struct DLManagedTensor { DLTensor dl_tensor; void *manager_ctx; void (*deleter)(struct DLManagedTensor *); } DLManagedTensor;
typedef struct DLManagedTensorVersioned {
  struct { uint32_t major, minor; } version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;
enum { DL_READ_ONLY = 1, DL_COPIED = 2 };

static const char plain_name[] = "dltensor", versioned_name[] = "dltensor_versioned";

// What one export needs; the tensor is in it and points to its shape.
typedef struct {
  union { DLManagedTensor plain; DLManagedTensorVersioned versioned; } m;
  jg_array *a;
  int64_t dims[];
} dl_export;

// Called by the consumer, on any thread, with or without the GIL.
static void dl_delete_plain(DLManagedTensor *m) {
  if (!m) return;
  jg_release_hold(((dl_export *)m)->a);
  free(m);
}
static void dl_delete_versioned(DLManagedTensorVersioned *m) {
  if (!m) return;
  jg_release_hold(((dl_export *)m)->a);
  free(m);
}

// The capsule dies. A consumer has renamed it; if none has, the tensor goes with it.
static void dl_capsule_dies(PyObject *c) {
  const char *name = PyCapsule_GetName(c);
  if (name && !strcmp(name, plain_name)) dl_delete_plain(PyCapsule_GetPointer(c, name));
  else if (name && !strcmp(name, versioned_name)) dl_delete_versioned(PyCapsule_GetPointer(c, name));
}

// host_memory waits for an array and holds its memory; -1 with an exception. *ptr is NULL for an array without elements.
static int host_memory(PyObject *o, jg_aval_info *info, void **ptr) {
  jg_array *a = ((JaxArray *)o)->a;
  if (jg_array_state(a) & JG_DELETED) {
    PyObject *f = jg_hook("deleted");
    if (f) Py_XDECREF(PyObject_CallFunctionObjArgs(f, o, NULL));
    return -1;
  }
  char *err = NULL;
  *ptr = NULL;
  int rc = jg_wait(a, &err);
  if (rc == -2) return -1;
  if (!rc) rc = jg_unsafe_ptr(a, ptr, &err);
  if (!rc && !*ptr && info->size) { PyErr_SetString(PyExc_BufferError, "jaxgo: the array is not in host memory, or not dense there; copy it first"); return -1; }
  if (!rc) rc = jg_hold(a, &err);
  if (rc) { failed(err, "the array has no memory"); return -1; }
  return 0;
}

static int is_array(PyObject *o) {
  if (Py_TYPE(o) == JaxArray_T) return 1;
  PyErr_Format(PyExc_TypeError, "an array is needed, not %R", (PyObject *)Py_TYPE(o));
  return 0;
}

// dlpack_export(array, versioned, copied) -> capsule
static PyObject *m_dlpack_export(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 3) { PyErr_SetString(PyExc_TypeError, "dlpack_export(array, versioned, copied)"); return NULL; }
  if (jg_forked) return forked();
  if (!is_array(args[0])) return NULL;
  jg_array *a = ((JaxArray *)args[0])->a;
  jg_aval_info *info = jg_aval(a->aval);
  if (!info) return NULL;
  int type = info->plain ? jgTensorType(info->dtype) : -1, versioned = PyObject_IsTrue(args[1]);
  if (type < 0) {
    PyErr_Format(PyExc_BufferError, "DLPack has no type for %S", jg_dtype_object(info->dtype));
    return NULL;
  }
  void *ptr;
  if (host_memory(args[0], info, &ptr)) return NULL;
  dl_export *e = calloc(1, sizeof *e + 2 * info->ndim * sizeof *e->dims);
  if (!e) { jg_release_hold(a); return PyErr_NoMemory(); }
  e->a = a;
  int64_t stride = 1;
  for (int i = info->ndim - 1; i >= 0; i--) {
    e->dims[i] = info->dims[i];
    e->dims[info->ndim + i] = stride;
    stride *= info->dims[i];
  }
  DLTensor t = {.data = ptr, .device_type = 1, .ndim = info->ndim, .code = type >> 8, .bits = type & 255, .lanes = 1,
                .shape = e->dims, .strides = e->dims + info->ndim};
  if (versioned) {
    DLManagedTensorVersioned *v = &e->m.versioned;
    v->version.major = 1;
    v->version.minor = 1;
    v->flags = DL_READ_ONLY | (PyObject_IsTrue(args[2]) ? DL_COPIED : 0);
    v->dl_tensor = t;
    v->deleter = dl_delete_versioned;
  } else {
    e->m.plain.dl_tensor = t;
    e->m.plain.deleter = dl_delete_plain;
  }
  PyObject *c = PyCapsule_New(e, versioned ? versioned_name : plain_name, dl_capsule_dies);
  if (!c) { jg_release_hold(a); free(e); }
  return c;
}

static void dl_drop_plain(void *p) {
  DLManagedTensor *m = p;
  if (m->deleter) m->deleter(m);
}
static void dl_drop_versioned(void *p) {
  DLManagedTensorVersioned *m = p;
  if (m->deleter) m->deleter(m);
}

// dlpack_import(capsule, copy) -> array; copy is None, True or False
static PyObject *m_dlpack_import(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 2) { PyErr_SetString(PyExc_TypeError, "dlpack_import(capsule, copy)"); return NULL; }
  if (jg_forked) return forked();
  if (jg_drops_pending()) jg_drain_drops();
  int copy = copy_arg(args[1]);
  if (copy < 0) return NULL;
  if (!PyCapsule_CheckExact(args[0])) {
    PyErr_Format(PyExc_TypeError, "__dlpack__ gave %R, not a capsule", (PyObject *)Py_TYPE(args[0]));
    return NULL;
  }
  const char *name = PyCapsule_GetName(args[0]);
  PyErr_Clear();
  int versioned = name && !strcmp(name, versioned_name);
  if (!versioned && (!name || strcmp(name, plain_name))) {
    PyErr_Format(PyExc_ValueError,
                 "DLPack tensor must be a capsule with name \"dltensor\" or \"dltensor_versioned\", got \"%.100s\". Note that a DLPack "
                 "tensor may be consumed at most once.", name ? name : "");
    return NULL;
  }
  void *managed = PyCapsule_GetPointer(args[0], name);
  if (!managed) return NULL;
  DLManagedTensorVersioned *v = managed;
  if (versioned && v->version.major != 1) {
    PyErr_Format(PyExc_BufferError, "DLPack tensor of version %u.%u; only major version 1 is known", v->version.major, v->version.minor);
    return NULL;
  }
  DLTensor *t = versioned ? &v->dl_tensor : &((DLManagedTensor *)managed)->dl_tensor;
  jg_foreign f;
  jg_result r = {.v = r.inl};
  if (jgTensorCheck(jg_tid(), t, &f, &r)) return jg_result_to_python(&r);
  int writable = !versioned || !(v->flags & DL_READ_ONLY);
  // From here on the tensor is ours: the capsule must not delete it too.
  if (PyCapsule_SetName(args[0], versioned ? "used_dltensor_versioned" : "used_dltensor")) return NULL;
  jg_array *a = take(&f, copy, writable, managed, versioned ? dl_drop_versioned : dl_drop_plain);
  if (!a) {
    PyObject *type, *value, *trace;  // the name goes back, and with it the duty to delete
    PyErr_Fetch(&type, &value, &trace);
    PyCapsule_SetName(args[0], versioned ? versioned_name : plain_name);
    PyErr_Restore(type, value, trace);
    return NULL;
  }
  return jg_wrap_array(a);
}

// ---- Arrow ----

// The two structures of the C data interface, as far as they are touched here: see lowering/arrow.
typedef struct ArrowSchema {
  const char *format, *name, *metadata;
  int64_t flags, n_children;
  struct ArrowSchema **children, *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
} ArrowSchema;
typedef struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
} ArrowArray;

// What goes out is released by Go. In a child of fork() Go hangs, so a C function stands before each release.
#define GUARDED(type)                                             \
  typedef struct { void (*release)(type *); void *private_data; } type##Guard; \
  static void release_##type(type *x) {                           \
    type##Guard *g = x->private_data;                             \
    x->release = NULL;                                            \
    if (jg_forked) return;                                        \
    x->release = g->release;                                      \
    x->private_data = g->private_data;                            \
    free(g);                                                      \
    x->release(x);                                                \
  }                                                               \
  static void guard_##type(type *x) {                             \
    for (int64_t i = 0; i < x->n_children; i++) guard_##type(x->children[i]); \
    type##Guard *g = malloc(sizeof *g);                           \
    if (!g) return; /* unguarded is better than not at all */     \
    g->release = x->release;                                      \
    g->private_data = x->private_data;                            \
    x->release = release_##type;                                  \
    x->private_data = g;                                          \
  }                                                               \
  static void dies_##type(PyObject *c) {                          \
    type *x = PyCapsule_GetPointer(c, PyCapsule_GetName(c));      \
    if (!x) { PyErr_Clear(); return; }                            \
    if (x->release) x->release(x);                                \
    free(x);                                                      \
  }
GUARDED(ArrowSchema)
GUARDED(ArrowArray)

// arrow_export(array, schema only) -> (schema capsule, array capsule or None)
static PyObject *m_arrow_export(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 2) { PyErr_SetString(PyExc_TypeError, "arrow_export(array, schema only)"); return NULL; }
  if (jg_forked) return forked();
  if (!is_array(args[0])) return NULL;
  jg_array *a = ((JaxArray *)args[0])->a;
  jg_aval_info *info = jg_aval(a->aval);
  if (!info) return NULL;
  int schema_only = PyObject_IsTrue(args[1]);
  jg_result r = {.v = r.inl};
  if (jgArrowExportable(jg_tid(), info->dtype, (int64_t *)info->dims, info->ndim, &r)) return jg_result_to_python(&r);
  ArrowSchema *s = calloc(1, sizeof *s);
  ArrowArray *x = schema_only ? NULL : calloc(1, sizeof *x);
  void *ptr = NULL;
  if (!s || (!schema_only && !x)) { PyErr_NoMemory(); goto fail; }
  if (!schema_only && host_memory(args[0], info, &ptr)) goto fail;
  if (jgArrowExport(jg_tid(), schema_only ? NULL : a, info->dtype, (int64_t *)info->dims, info->ndim, ptr, s, x, &r)) {
    if (!schema_only) jg_release_hold(a);
    jg_result_to_python(&r);
    goto fail;
  }
  guard_ArrowSchema(s);
  PyObject *cs = PyCapsule_New(s, "arrow_schema", dies_ArrowSchema);
  if (schema_only) {
    if (!cs) { s->release(s); free(s); }
    return cs;
  }
  guard_ArrowArray(x);
  PyObject *cx = PyCapsule_New(x, "arrow_array", dies_ArrowArray);
  if (!cs) { s->release(s); free(s); }
  if (!cx) { x->release(x); free(x); }
  PyObject *both = cs && cx ? PyTuple_Pack(2, cs, cx) : NULL;
  Py_XDECREF(cs);
  Py_XDECREF(cx);
  return both;
fail:
  free(s);
  free(x);
  return NULL;
}

static void arrow_drop(void *p) { jgArrowDrop((uintptr_t)p); }

static void *capsule_struct(PyObject *o, const char *name) {
  if (PyCapsule_IsValid(o, name)) return PyCapsule_GetPointer(o, name);
  PyErr_Format(PyExc_TypeError, "__arrow_c_array__ gave %R where a capsule with the name \"%s\" is needed", o, name);
  return NULL;
}

// arrow_import(schema capsule, array capsule, copy) -> array
static PyObject *m_arrow_import(PyObject *m, PyObject *const *args, Py_ssize_t n) {
  if (n != 3) { PyErr_SetString(PyExc_TypeError, "arrow_import(schema, array, copy)"); return NULL; }
  if (jg_forked) return forked();
  if (jg_drops_pending()) jg_drain_drops();
  int copy = copy_arg(args[2]);
  if (copy < 0) return NULL;
  void *s = capsule_struct(args[0], "arrow_schema"), *x = s ? capsule_struct(args[1], "arrow_array") : NULL;
  if (!x) return NULL;
  jg_foreign f;
  uintptr_t keep = 0;
  jg_result r = {.v = r.inl};
  if (jgArrowImport(jg_tid(), s, x, copy == NEVER, &f, &keep, &r)) return jg_result_to_python(&r);
  // Arrow's memory is never written, so no donation may overwrite it.
  jg_array *a = f.owned ? take_owned(&f) : take(&f, copy, 0, (void *)keep, keep ? arrow_drop : NULL);
  if (!a && keep) arrow_drop((void *)keep);
  return a ? jg_wrap_array(a) : NULL;
}

// ---- files, for Go ----
//
// Bytes cross as objects, not as views of Go's or XLA's memory: a file may keep what it was given.

int jg_file_read(void *file, void *dst, size_t n, size_t *got) {
  PyObject *r = PyObject_CallMethod(file, "read", "n", (Py_ssize_t)n);
  if (!r) return -1;
  if (!PyBytes_Check(r)) {
    PyErr_Format(PyExc_TypeError, "read() of the file returned %R, not bytes; is it open in text mode?", (PyObject *)Py_TYPE(r));
    Py_DECREF(r);
    return -1;
  }
  char *p;
  Py_ssize_t len;
  int rc = PyBytes_AsStringAndSize(r, &p, &len);
  if (!rc && (size_t)len > n) { PyErr_SetString(PyExc_ValueError, "read() of the file returned more than was asked for"); rc = -1; }
  if (!rc) memcpy(dst, p, len);
  *got = rc ? 0 : (size_t)len;
  Py_DECREF(r);
  return rc;
}

int jg_file_seek(void *file, int64_t offset) {
  PyObject *r = PyObject_CallMethod(file, "seek", "L", (long long)offset);
  Py_XDECREF(r);
  return r ? 0 : -1;
}

int jg_file_write(void *file, const void *src, size_t n, size_t *wrote) {
  PyObject *b = PyBytes_FromStringAndSize(src, (Py_ssize_t)n);
  PyObject *r = b ? PyObject_CallMethod(file, "write", "O", b) : NULL;
  Py_XDECREF(b);
  if (!r) return -1;
  *wrote = n;
  if (PyLong_Check(r)) {  // a raw file may take less
    Py_ssize_t k = PyLong_AsSsize_t(r);
    if (k >= 0 && (size_t)k < n) *wrote = (size_t)k;
  }
  Py_DECREF(r);
  return PyErr_Occurred() ? -1 : 0;
}

void *jg_view_get(void *o, int writable, void **p, size_t *n) {
  Py_buffer *v = get_view(o, writable ? PyBUF_CONTIG : PyBUF_CONTIG_RO);
  if (!v) return NULL;
  *p = v->buf;
  *n = (size_t)v->len;
  return v;
}

void jg_view_done(void *v) { release_view(v); }

// ---- the module ----

static PyObject *no_new(PyTypeObject *t, PyObject *a, PyObject *k) {
  PyErr_SetString(PyExc_TypeError, "use host_buffer(size)");
  return NULL;
}
static PyType_Slot host_slots[] = {{Py_tp_dealloc, host_dealloc}, {Py_tp_new, no_new}, {Py_bf_getbuffer, host_getbuffer},
                                   {Py_bf_releasebuffer, host_releasebuffer}, {0, NULL}};
static PyType_Spec host_spec = {"jaxgo._fast.HostBuffer", sizeof(HostBuffer), 0, Py_TPFLAGS_DEFAULT, host_slots};

static PyMethodDef methods[] = {
    {"from_buffer", (PyCFunction)(void (*)(void))m_from_buffer, METH_FASTCALL, NULL},
    {"from_bytes", (PyCFunction)(void (*)(void))m_from_bytes, METH_FASTCALL, NULL},
    {"host_buffer", m_host_buffer, METH_O, "Writable memory of that many bytes, for from_host_buffer."},
    {"from_host_buffer", (PyCFunction)(void (*)(void))m_from_host_buffer, METH_FASTCALL, NULL},
    {"dlpack_export", (PyCFunction)(void (*)(void))m_dlpack_export, METH_FASTCALL, NULL},
    {"dlpack_import", (PyCFunction)(void (*)(void))m_dlpack_import, METH_FASTCALL, NULL},
    {"arrow_export", (PyCFunction)(void (*)(void))m_arrow_export, METH_FASTCALL, NULL},
    {"arrow_import", (PyCFunction)(void (*)(void))m_arrow_import, METH_FASTCALL, NULL},
    {NULL}};

int jg_buffer_init(PyObject *m) {
  if (!(HostBuffer_T = (PyTypeObject *)PyType_FromSpec(&host_spec)) || PyModule_AddObjectRef(m, "HostBuffer", (PyObject *)HostBuffer_T)) return -1;
  return PyModule_AddFunctions(m, methods);
}
