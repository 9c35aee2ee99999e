// callbacks.c: how a running program calls a Python function: an XLA FFI handler.
#include "jgpy.h"

#include <string.h>

#include "_cgo_export.h"
#include "jg_ffi.h"

static XLA_FFI_Error *failed(XLA_FFI_CallFrame *f, const char *message) {
  return jg_ffi_error(f, XLA_FFI_Error_Code_INTERNAL, message);
}

static int named(const XLA_FFI_ByteSpan *s, const char *name) { return s->len == strlen(name) && !memcmp(s->ptr, name, s->len); }

// view is a memoryview of a buffer's bytes.
static PyObject *view(const XLA_FFI_Buffer *b, size_t itemsize, int writable) {
  static char nothing[1];
  size_t n = itemsize;
  for (int64_t i = 0; i < b->rank; i++) n *= (size_t)b->dims[i];
  return PyMemoryView_FromMemory(n ? b->data : nothing, (Py_ssize_t)n, writable ? PyBUF_WRITE : PyBUF_READ);
}

static size_t size_of(XLA_FFI_DataType t) {
  switch (t) {
    case XLA_FFI_DataType_S16: case XLA_FFI_DataType_U16: case XLA_FFI_DataType_F16: case XLA_FFI_DataType_BF16: return 2;
    case XLA_FFI_DataType_S32: case XLA_FFI_DataType_U32: case XLA_FFI_DataType_F32: return 4;
    case XLA_FFI_DataType_S64: case XLA_FFI_DataType_U64: case XLA_FFI_DataType_F64: case XLA_FFI_DataType_C64: return 8;
    case XLA_FFI_DataType_C128: return 16;
    default: return 1;
  }
}

// The text of the exception that is set, which is cleared.
static XLA_FFI_Error *python_error(XLA_FFI_CallFrame *f) {
  PyObject *type, *value, *trace, *text = NULL;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (value && trace) PyException_SetTraceback(value, trace);
  PyObject *hook = jg_hook("host_failed");
  if (hook && value) text = PyObject_CallFunctionObjArgs(hook, value, NULL);
  PyErr_Clear();
  const char *s = text ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
  if (!s) PyErr_Clear();
  XLA_FFI_Error *e = failed(f, s ? s : "CpuCallback error calling callback");
  Py_XDECREF(text);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  return e;
}

// call runs with the GIL.
static XLA_FFI_Error *call(XLA_FFI_CallFrame *f, PyObject *fun, const XLA_FFI_Array *avals, int token) {
  int64_t nin = f->args.size - token, nout = f->rets.size - token;
  PyObject *ids = PyTuple_New(nin + nout), *in = PyTuple_New(nin), *out = PyTuple_New(nout), *r = NULL;
  int ok = ids && in && out;
  for (int64_t i = 0; ok && i < nin; i++) {
    XLA_FFI_Buffer *b = f->args.args[token + i];
    PyObject *id = PyLong_FromLongLong(((int64_t *)avals->data)[token + i]), *v = view(b, size_of(b->dtype), 0);
    ok = id && v;
    if (id) PyTuple_SetItem(ids, i, id);
    if (v) PyTuple_SetItem(in, i, v);
  }
  for (int64_t i = 0; ok && i < nout; i++) {
    XLA_FFI_Buffer *b = f->rets.rets[token + i];
    PyObject *id = PyLong_FromLongLong(((int64_t *)avals->data)[f->args.size + token + i]), *v = view(b, size_of(b->dtype), 1);
    ok = id && v;
    if (id) PyTuple_SetItem(ids, nin + i, id);
    if (v) PyTuple_SetItem(out, i, v);
  }
  if (ok) r = PyObject_CallFunctionObjArgs(fun, ids, in, out, NULL);
  XLA_FFI_Error *e = r ? NULL : python_error(f);
  Py_XDECREF(r);
  Py_XDECREF(ids);
  Py_XDECREF(in);
  Py_XDECREF(out);
  return e;
}

// handle is called by XLA on a thread of its own or on the one that runs the program, without the GIL.
static XLA_FFI_Error *handle(XLA_FFI_CallFrame *f) {
  if (!jg_ffi_execute(f)) return NULL;
  int64_t id = -1;
  int token = 0;
  const XLA_FFI_Array *avals = NULL;
  for (int64_t i = 0; i < f->attrs.size; i++) {
    XLA_FFI_ByteSpan *n = f->attrs.names[i];
    void *a = f->attrs.attrs[i];
    if (named(n, "function") && f->attrs.types[i] == XLA_FFI_AttrType_SCALAR) id = *(int64_t *)((XLA_FFI_Scalar *)a)->value;
    if (named(n, "token") && f->attrs.types[i] == XLA_FFI_AttrType_SCALAR) token = *(uint8_t *)((XLA_FFI_Scalar *)a)->value != 0;
    if (named(n, "avals") && f->attrs.types[i] == XLA_FFI_AttrType_ARRAY) avals = a;
  }
  int64_t count = f->args.size + f->rets.size;
  if (count && (!avals || avals->dtype != XLA_FFI_DataType_S64 || (int64_t)avals->size != count))
    return failed(f, "jaxgo: a call of a host function does not describe its operands");
  if (token) {
    if (!f->args.size || !f->rets.size) return failed(f, "jaxgo: a call of a host function has no token");
    memcpy(((XLA_FFI_Buffer *)f->rets.rets[0])->data, ((XLA_FFI_Buffer *)f->args.args[0])->data, sizeof(uint32_t));
  }
  PyGILState_STATE s = PyGILState_Ensure();
  PyObject *fun = jgHostFunction(id);
  XLA_FFI_Error *e;
  if (fun) {
    Py_INCREF(fun);
    e = call(f, fun, avals, token);
    Py_DECREF(fun);
  } else {
    e = failed(f, "jaxgo: a host function that a program calls is gone");
  }
  PyGILState_Release(s);
  return e;
}

void *jg_host_handler(void) { return (void *)handle; }
