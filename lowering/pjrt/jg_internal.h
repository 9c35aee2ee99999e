// jg_internal.h: what the C files of this package share, and what only its Go
// files call.
#ifndef JAXGO_LOWERING_PJRT_JG_INTERNAL_H_
#define JAXGO_LOWERING_PJRT_JG_INTERNAL_H_

#include "jg.h"

struct jg_client {
  const PJRT_Api *api;
  PJRT_Client *client;
  PJRT_Device *const *devices;  // addressable, owned by client
  size_t ndevices;
  int64_t live;   // arrays, atomic
  int64_t execs;  // programs, atomic
};

typedef struct jg_output {
  uint32_t aval;
  uint32_t flags;  // from jg_exec_set_outputs
  uint32_t seen;   // layout bits, valid once jg_exec.seen is 2
  int32_t type;    // the same
  int64_t nbytes;  // the same
} jg_output;

struct jg_exec {
  PJRT_Error *(*execute)(PJRT_LoadedExecutable_Execute_Args *);
  PJRT_LoadedExecutable_Execute_Args args;  // all but the lists filled in
  PJRT_ExecuteOptions options;
  jg_client *client;
  size_t nout;
  jg_output *outputs;
  int32_t device;
  int32_t ndevices;
  int32_t *donated;  // argument indices
  size_t ndonated;
  uint8_t *is_donated;  // by argument, length min_args
  size_t min_args;
  int32_t sync;  // a run waits until the program is done
  int32_t seen;  // atomic: 0, 1 being filled, 2 outputs' facts are known
  int64_t refs;  // atomic
  PJRT_LoadedExecutable *loaded;
  PJRT_Executable *executable;
};

#define JG_UNLIKELY(x) __builtin_expect(!!(x), 0)

// jg_fail formats a message into *err and returns code.
int jg_fail(char **err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
// jg_fail_forked returns JG_FORKED with its message.
int jg_fail_forked(char **err);
// jg_take_error turns e into a code and a message and destroys it; NULL is JG_OK.
int jg_take_error(const PJRT_Api *api, PJRT_Error *e, char **err);
// jg_array_new returns an array with one reference that owns buf, or NULL.
jg_array *jg_array_new(jg_client *c, PJRT_Buffer *buf, int32_t device, uint32_t aval, uint32_t flags);
// jg_arrays_new makes one for each of n buffers; -1: out of memory, and nothing was made.
int jg_arrays_new(jg_client *c, PJRT_Buffer *const *bufs, int32_t device, jg_array **out, size_t n);
// jg_buffer_destroy frees a PJRT buffer.
void jg_buffer_destroy(const PJRT_Api *api, PJRT_Buffer *buf);
// jg_see_layout returns JG_LAYOUT_SEEN, with JG_HOST_DENSE if buf is that, and
// sets its size and type.
uint32_t jg_see_layout(const PJRT_Api *api, PJRT_Buffer *buf, int64_t *nbytes, int32_t *type);
// jg_deleted_error is the message for a use of a deleted array.
int jg_deleted_error(char **err);

// jg_see fills in what jg_execute did not know yet and returns the state.
uint32_t jg_see(jg_array *a);
// jg_is_dense says whether a layout is row-major without tiles or gaps.
int jg_is_dense(const PJRT_Buffer_MemoryLayout *l, const int64_t *dims, size_t n, size_t itemsize);
int jg_buffer_dims(const PJRT_Api *api, PJRT_Buffer *buf, const int64_t **dims, size_t *n, char **err);
int jg_is_sub_byte(int type);
size_t jg_type_size(int type);

// A node of the list of callbacks to run. Pushed by any thread, taken whole by
// jg_drain_drops, so it needs no lock and no counter against reuse.
typedef struct jg_drop {
  struct jg_drop *next;
  void *keep;
  void (*drop)(void *);
  const PJRT_Api *api;
  PJRT_Event *event;
  int now;  // drop is safe on any thread: run it at once
} jg_drop;

// jg_push_drop takes d over and queues its callback.
void jg_push_drop(jg_drop *d);

// ---- plugin, client and program, called by Go only ------------------------------

// jg_plugin_load opens a plugin library that was checked before and
// initializes it. The library stays loaded.
int jg_plugin_load(const char *path, int min_minor, const PJRT_Api **api, char **err);
int jg_plugin_attributes(const PJRT_Api *api, const PJRT_NamedValue **attrs, size_t *n, char **err);
int jg_register_ffi(const PJRT_Api *api, const char *target, const char *platform, void *handler, char **err);

void jg_named_string(PJRT_NamedValue *v, const char *name, const char *s, size_t n);
void jg_named_int(PJRT_NamedValue *v, const char *name, int64_t x);
void jg_named_ints(PJRT_NamedValue *v, const char *name, const int64_t *x, size_t n);
void jg_named_float(PJRT_NamedValue *v, const char *name, float x);
void jg_named_bool(PJRT_NamedValue *v, const char *name, int x);
const char *jg_value_string(const PJRT_NamedValue *v);
int64_t jg_value_int(const PJRT_NamedValue *v);
const int64_t *jg_value_ints(const PJRT_NamedValue *v);
float jg_value_float(const PJRT_NamedValue *v);
int jg_value_bool(const PJRT_NamedValue *v);

typedef struct jg_text {
  const char *s;
  size_t n;
} jg_text;

typedef struct jg_device_info {
  int id, local_hardware_id, process_index;
  jg_text kind, debug, text;
  const PJRT_NamedValue *attrs;
  size_t nattrs;
} jg_device_info;

int jg_client_create(const PJRT_Api *api, const PJRT_NamedValue *opts, size_t n, jg_client **out, char **err);
int jg_client_destroy(jg_client *c, char **err);
int jg_client_platform(jg_client *c, jg_text *name, jg_text *version, int *process, char **err);
int jg_client_device(jg_client *c, size_t i, jg_device_info *info, char **err);
int jg_client_memory_stats(jg_client *c, size_t i, PJRT_Device_MemoryStats_Args *stats, char **err);
int jg_client_assignment(jg_client *c, int replicas, int partitions, int *ids, char **err);

int jg_compile(jg_client *c, const void *code, size_t n, const void *opts, size_t nopts, jg_exec **out, char **err);
int jg_deserialize(jg_client *c, const void *data, size_t n, const void *opts, size_t nopts, jg_exec **out, char **err);
// jg_exec_serialize and jg_exec_optimized set *data to memory the caller frees
// with free().
int jg_exec_serialize(jg_exec *e, void **data, size_t *n, char **err);
int jg_exec_optimized(jg_exec *e, void **data, size_t *n, jg_text *format, char **err);
int jg_exec_name(jg_exec *e, jg_text *name, char **err);
int jg_exec_fingerprint(jg_exec *e, jg_text *print, char **err);
int jg_exec_output_types(jg_exec *e, const PJRT_Buffer_Type **types, size_t *n, char **err);
int jg_exec_output_dims(jg_exec *e, const int64_t **dims, const size_t **ranks, size_t *n, char **err);
int jg_exec_cost(jg_exec *e, const PJRT_NamedValue **props, size_t *n, char **err);
int jg_exec_memory(jg_exec *e, PJRT_Executable_GetCompiledMemoryStats_Args *stats, char **err);

// For Go: the arguments are addresses, so that cgo has nothing to check or to move to the heap.
typedef struct { int rc; char *msg; } jg_execute_result;
static inline jg_execute_result jg_execute_at(uintptr_t e, uintptr_t in, size_t n, uintptr_t out) {
  jg_execute_result r = {0, NULL};
  r.rc = jg_execute((jg_exec *)e, (jg_array *const *)in, n, (jg_array **)out, &r.msg);
  return r;
}
static inline void jg_decref_at(uintptr_t a) { jg_array_decref((jg_array *)a); }

#endif  // JAXGO_LOWERING_PJRT_JG_INTERNAL_H_
