// jgpy.h: what the C files of the extension share: Python types for arrays and tracers, and the form in which
// arguments and results cross to Go.
//
// Everything here runs with the GIL held, except where a comment says otherwise.
#ifndef JAXGO_PYBIND_JGPY_H_
#define JAXGO_PYBIND_JGPY_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>

#include "jg.h"

// Kinds of jg_arg; the first ten are core.ArgKind.
enum {
  JA_NONE, JA_BOOL, JA_INT, JA_FLOAT, JA_COMPLEX, JA_STR, JA_DTYPE, JA_VALUE, JA_SEQ, JA_OBJECT,
  JA_SLICE, JA_ELLIPSIS, JA_GO,
  JA_ARRAY = 64,  // JA_VALUE that is a device array, in p
  JA_TRACER,      // JA_VALUE that is a tracer, in handle and gen
  JA_ERROR,
};

// jg_arg is one argument or result. Sequences point to their items.
typedef struct jg_arg {
  uint8_t kind;
  uint8_t dtype;    // of JA_DTYPE and of NumPy scalars
  uint8_t list;     // JA_SEQ: a list, not a tuple
  uint8_t owned;    // p is a reference that the receiver must drop
  uint32_t n;       // items of JA_SEQ, bytes of JA_STR
  union { int64_t i; double re; struct { uint32_t handle, gen; }; };
  double im;
  void *p;          // array, string, items or object
  uint32_t aval;    // of arrays and tracers
  uint32_t tkind;   // of tracers: what transformation
} jg_arg;

// jg_result is what a call into Go gives back.
typedef struct jg_result {
  jg_arg *v;        // one value, or a sequence
  int multi;        // give a list even for one
  size_t n;
  char *err_kind;   // malloc'd, when the call failed
  char *err_msg;
  jg_arg inl[8];
  void *tree;       // jit: the result's PyTreeDef, borrowed unless tree_owned
  int tree_owned;
} jg_result;

// Lists of calls with many arguments and results. glibc merges all free chunks when it is asked for a kilobyte, which costs more than
// the list is good for; so one of each is kept. Whoever finds it taken, by another thread or further out, uses malloc.
enum { JG_SPARE = 256 };
extern struct jg_spare {
  int args_taken, results_taken;
  jg_arg args[JG_SPARE], results[JG_SPARE];
  jg_array *temps[JG_SPARE];
  PyObject *outs[JG_SPARE];
} jg_spare;

static inline void jg_result_free(jg_result *r) {
  if (r->v == jg_spare.results) jg_spare.results_taken = 0;
  else if (r->v != r->inl) free(r->v);
}

// An array object.
typedef struct JaxArray {
  PyObject_HEAD
  jg_array *a;
  PyObject *weakrefs;
  PyObject *npy;   // the NumPy view made last, or NULL
  struct JaxArray *prev, *next;  // the list of all
} JaxArray;

// A tracer object: a handle of Go's slab.
typedef struct {
  PyObject_HEAD
  uint32_t handle, gen, aval, tkind;
  PyObject *weakrefs;
} JaxTracer;

// A Go object that Python keeps: a jaxpr, a linear program, a compiled program.
typedef struct {
  PyObject_HEAD
  uint32_t handle, gen;
} JaxHandle;

extern PyTypeObject *JaxArrayBase_T, *JaxArray_T, *JaxTracer_T, *JaxHandle_T;

// What C keeps of an aval, filled from Go at the first use.
typedef struct {
  PyObject *shape;   // tuple
  PyObject *py;      // jaxgo.core.ShapedArray, or NULL
  int64_t size;
  const int64_t *dims;
  int32_t ndim;
  uint8_t dtype, weak, plain /*the buffer protocol may show it*/, itemsize, type /*PJRT*/;
} jg_aval_info;

typedef struct {
  int64_t size;
  int32_t ndim;
  uint8_t dtype, weak, plain, itemsize, type;
} jg_aval_desc;

// Where host memory goes: filled by Go.
typedef struct {
  jg_client *client;
  int32_t device;
  int type;         // PJRT type on the device
  int source;       // PJRT type of the memory that it comes from
  int convert;      // a 64-bit type is narrowed on the way
  int host;         // the device's memory is host memory
  size_t nbytes;
  uint32_t aval;
  int64_t dims[32]; // physical shape
  size_t ndim;
} jg_host_target;

// Host memory that becomes an array, and which one: filled by Go.
typedef struct {
  void *ptr;        // of the first element
  int type;         // PJRT type
  int ndim;
  int dense;        // row-major without gaps; else strides count
  int owned;        // from jg_alloc_host, for the array
  int64_t dims[32], strides[32];  // strides in bytes
  jg_host_target t;
} jg_foreign;

typedef struct { size_t chunk, used, nkept, narrays; } jg_callback_mark;

jg_aval_info *jg_aval(uint32_t id);          // NULL with an exception
PyObject *jg_dtype_object(int code);         // borrowed np.dtype, NULL with an exception

int64_t jg_tid(void);
extern int jg_threads_ended;                 // jg_take_ended has something
int64_t jg_take_ended(void);
PyObject *jg_wrap_array(jg_array *a);        // takes over the reference
PyObject *jg_to_python(const jg_arg *v);     // takes over references; new object
int jg_from_python(PyObject *o, jg_arg *out); // -1 with an exception
int jg_convert_args(PyObject *const *args, Py_ssize_t n, jg_arg *out);
typedef struct { size_t chunk, used; } jg_mark;
jg_mark jg_args_mark(void);
void jg_args_reset(jg_mark m);               // drops what conversions kept since the mark
PyObject *jg_result_to_python(jg_result *r);
void jg_raise(const char *kind, const char *msg);
PyObject *jg_call(int fid, PyObject *const *args, Py_ssize_t n);

int jg_array_init(PyObject *m);
int jg_call_init(PyObject *m);
int jg_jit_init(PyObject *m);
int jg_buffer_init(PyObject *m);
// Settings, as the current thread of Go has them; JG_SETTLE makes the calling thread current where threads differ in them.
extern int jg_own_settings;                  // the number of threads with settings of their own
extern int jg_x64;
extern uint32_t jg_config_epoch;
extern uint32_t jg_scalar_avals[4];          // bool, int, float, complex as Python scalars become
#define JG_SETTLE() do { if (jg_own_settings && !jg_forked) jgSettle(jg_tid()); } while (0)

// jg_host_array makes a device array of an object that exports a buffer; NULL with an exception.
jg_array *jg_host_array(PyObject *o, int copy);
int jg_is_ndarray(PyObject *o);

// For Go, with the GIL held; -1 and NULL: an exception is set. A file's read and write may take less than n.
int jg_file_read(void *file, void *dst, size_t n, size_t *got);
int jg_file_seek(void *file, int64_t offset);
int jg_file_write(void *file, const void *src, size_t n, size_t *wrote);
void *jg_view_get(void *o, int writable, void **p, size_t *n);
void jg_view_done(void *v);

extern int jg_log_pending;            // events wait to be logged
PyObject *jg_log_deliver(PyObject *result);
PyObject *jg_hook(const char *name);  // borrowed; NULL with an exception
PyObject *jg_wrap_tracer(uint32_t handle, uint32_t gen, uint32_t aval, uint32_t kind);
PyObject *jg_wrap_handle(uint32_t handle, uint32_t gen);
int jg_wait(jg_array *a, char **err);

// Called by Go, with the GIL held.
int jg_callback(void *fn, jg_arg *in, int n, jg_arg *out, jg_callback_mark *cm);
void jg_callback_done(jg_callback_mark *cm);
char *jg_type_text(void *obj);       // repr(type(obj)), malloc'd; NULL if there is none
int jg_warn(const char *category, const char *msg);
void jg_py_incref(void *o);
void jg_py_decref(void *o);
void *jg_release_gil(void);
void jg_acquire_gil(void *save);
#define JG_DEAD 256
extern struct jg_dead { int n; uint64_t h[JG_DEAD]; } jg_dead;  // handles that died in Python: Go takes them at each crossing

#endif
