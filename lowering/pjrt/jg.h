// jg.h: counted device arrays and compiled programs over the PJRT C API.
//
// This is what runs for every operation, so it is C: Go's side of the package
// decides what to compile and when, this side only does it. The header is also
// for C in other packages of the same binary (-I this folder); its functions
// are then resolved when the binary is linked.
//
// Rules that hold for every function here:
//   - It may be called on any thread, with or without Python's GIL, and never
//     calls into Python or Go, except that jg_execute may run FFI handlers and
//     jg_drain_drops runs the callbacks it was made for.
//   - It returns JG_OK, or a code > 0 and in *err a message that the caller
//     frees with free(). err may be NULL. Outputs are written on success only.
//   - Whoever passes a jg_array or jg_exec holds a reference for the length of
//     the call. "New reference" means that the caller must decref the result.
//   - In a child of fork() it returns JG_FORKED (a decref does nothing) and
//     touches nothing of XLA's, whose threads and locks did not come along.
#ifndef JAXGO_LOWERING_PJRT_JG_H_
#define JAXGO_LOWERING_PJRT_JG_H_

#include <stddef.h>
#include <stdint.h>

#include "pjrt_c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jg_client jg_client;
typedef struct jg_exec jg_exec;

// Results beside PJRT's own error codes (1 to 16, PJRT_Error_Code).
enum {
  JG_OK = 0,
  JG_TIMEOUT = -1,  // jg_await only: not ready yet, no message
  JG_DELETED_ARRAY = 101,
  JG_DONATED_TWICE = 102,
  JG_FORKED = 103,
};

// Bits of jg_array.state. The bits above are the count of holds.
enum {
  JG_COMMITTED = 1 << 0,   // the user chose the device; outputs inherit it
  JG_DELETED = 1 << 1,     // deleted or donated; the device memory is gone or going
  JG_DONATED = 1 << 2,     // donated, or about to be by a call in progress
  JG_READY = 1 << 3,       // seen ready without an error
  JG_LAYOUT_SEEN = 1 << 4, // JG_HOST_DENSE is known
  JG_HOST_DENSE = 1 << 5,  // host memory in row-major order without padding
  JG_ALIAS = 1 << 6,       // shares memory with the caller of jg_from_host or jg_view_of_host
  JG_WEAK = 1 << 7,        // free for the caller; nothing here reads it
  JG_HOLD_ONE = 1 << 8,
};

// jg_array is one array on one device. Readable by anyone with a reference;
// written only by the functions below.
typedef struct jg_array {
  int64_t refs;        // atomic
  PJRT_Buffer *buf;    // never NULL and never replaced while refs > 0
  jg_client *client;   // borrowed: a client outlives its arrays
  uint32_t state;      // atomic, JG_* bits and holds
  uint32_t aval;       // the caller's id of an interned aval; opaque here
  int32_t device;      // index among the client's addressable devices
  int32_t type;        // PJRT_Buffer_Type, or 0 where it was not asked for yet
  int64_t nbytes;      // size on the device, or -1 where it was not asked for yet
  void *ptr;           // atomic: host pointer once jg_unsafe_ptr found it
  void *keep;          // for the caller, handed to drop when the array is freed
  void (*drop)(void *);  // runs in jg_drain_drops; NULL for none
} jg_array;

// Nonzero in a child of fork().
extern int jg_forked;
// The message that goes with JG_FORKED.
extern const char jg_forked_text[];

// jg_array_free is what the last decref calls.
void jg_array_free(jg_array *a);

// jg_array_incref adds a reference.
static inline void jg_array_incref(jg_array *a) {
  __atomic_fetch_add(&a->refs, 1, __ATOMIC_RELAXED);
}

// jg_array_decref drops a reference; the last one destroys the PJRT buffer.
// NULL is accepted. Work on the device that still uses the memory keeps it.
static inline void jg_array_decref(jg_array *a) {
  if (a && __atomic_fetch_sub(&a->refs, 1, __ATOMIC_ACQ_REL) == 1) jg_array_free(a);
}

static inline uint32_t jg_array_state(const jg_array *a) {
  return __atomic_load_n(&a->state, __ATOMIC_ACQUIRE);
}

// jg_array_set_flag sets or clears one of JG_COMMITTED and JG_WEAK.
static inline void jg_array_set_flag(jg_array *a, uint32_t flag, int on) {
  if (on)
    __atomic_fetch_or(&a->state, flag, __ATOMIC_ACQ_REL);
  else
    __atomic_fetch_and(&a->state, ~flag, __ATOMIC_ACQ_REL);
}

// ---- programs ---------------------------------------------------------------

// jg_exec_incref and jg_exec_decref count references to a program. A program
// that is still running when its last reference goes finishes first.
void jg_exec_incref(jg_exec *e);
void jg_exec_decref(jg_exec *e);

size_t jg_exec_num_outputs(const jg_exec *e);
int32_t jg_exec_device(const jg_exec *e);

// jg_exec_set_outputs stores the aval id of each output and, where flags is
// not NULL, state bits that each output starts with. Copies both. Call it
// before the first jg_execute.
int jg_exec_set_outputs(jg_exec *e, const uint32_t *avals, const uint8_t *flags, size_t n, char **err);

// jg_exec_set_donated stores which arguments the program was compiled to
// consume. Copies the list. Call it before the first jg_execute.
int jg_exec_set_donated(jg_exec *e, const int32_t *args, size_t n, char **err);

// jg_exec_set_sync makes jg_execute wait until e is done and return its error,
// if it has one. Call it before the first jg_execute.
void jg_exec_set_sync(jg_exec *e);

// jg_execute runs e. out has room for jg_exec_num_outputs(e) and receives new
// references; they may be used at once, XLA orders the work. Small programs
// have finished on return, large ones may still run.
//
// A donated argument is marked deleted when the call succeeds, unless someone
// holds its memory (jg_hold): then it is copied and stays as it was, as in
// JAX. The references in `in` stay the caller's in either case.
int jg_execute(jg_exec *e, jg_array *const *in, size_t nin, jg_array **out, char **err);

// ---- host to device -----------------------------------------------------------

enum {
  JG_COPY = 0,      // ptr may be freed or changed when the call returns
  JG_ZERO_COPY = 1, // ptr is used in place if it can be, else copied
};

// jg_from_host makes an array from host memory. strides are in bytes, NULL for
// dense row-major. With JG_ZERO_COPY memory that is dense and aligned to 64
// bytes is used in place (JG_ALIAS is set; the caller must not change it, and
// XLA will not), and drop(keep) is queued for jg_drain_drops when XLA is done
// with it; if the memory was copied, drop(keep) is queued before the call
// returns. drop may be NULL. On an error keep stays the caller's.
int jg_from_host(jg_client *c, int32_t device, const void *ptr, int type, const int64_t *dims,
                 size_t ndim, const int64_t *strides, int semantics, uint32_t aval, void *keep,
                 void (*drop)(void *), jg_array **out, char **err);

// jg_host_size sets *nbytes to what dense host memory of a shape takes.
int jg_host_size(int type, const int64_t *dims, size_t ndim, size_t *nbytes, char **err);

// jg_alloc_host returns size bytes aligned to 64, or NULL. Free them with
// jg_free_host or give them away with jg_from_owned_host.
void *jg_alloc_host(size_t size);
void jg_free_host(void *ptr);

// jg_from_owned_host makes an array of memory from jg_alloc_host without a
// copy and frees it when XLA is done with it. On an error ptr stays the
// caller's.
int jg_from_owned_host(jg_client *c, int32_t device, void *ptr, int type, const int64_t *dims,
                       size_t ndim, uint32_t aval, jg_array **out, char **err);

// jg_view_of_host makes an array of dense memory that another library owns
// (DLPack); a pointer that is not aligned to 64 bytes is an error. Unlike
// jg_from_host's, the memory may be overwritten if the array is donated.
// drop(keep) is queued when XLA is done with it; on an error keep stays the
// caller's.
int jg_view_of_host(jg_client *c, int32_t device, void *ptr, int type, const int64_t *dims,
                    size_t ndim, uint32_t aval, void *keep, void (*drop)(void *), jg_array **out,
                    char **err);

// jg_drops_pending says whether jg_drain_drops has work.
extern void *jg_drop_head;
static inline int jg_drops_pending(void) {
  return __atomic_load_n(&jg_drop_head, __ATOMIC_RELAXED) != NULL;
}

// jg_drain_drops runs the queued drop callbacks on this thread, which must be
// one that they may run on (for Python's, one with the GIL). Returns how many
// ran.
size_t jg_drain_drops(void);

// ---- device to host -------------------------------------------------------------

// jg_ready sets *ready without waiting. An array whose computation failed is
// ready; jg_await tells its error.
int jg_ready(jg_array *a, int *ready, char **err);

// jg_await waits until a is ready, at most timeout_ms (negative: for ever).
// Returns JG_TIMEOUT when it is not, so that a caller can look for signals
// between slices, or the error of the computation.
int jg_await(jg_array *a, int64_t timeout_ms, char **err);

// jg_to_host waits for a and copies it to dst in dense row-major order; types
// of less than a byte take a byte an element, its upper bits zero. size must be at least what that
// needs. Call jg_await first where signals matter.
int jg_to_host(jg_array *a, void *dst, size_t size, char **err);

// jg_unsafe_ptr waits for a and sets *ptr to its memory if that is host memory
// in dense row-major order, else to NULL. The pointer is good until a is
// deleted, donated or freed: use it under jg_hold.
int jg_unsafe_ptr(jg_array *a, void **ptr, char **err);

// jg_hold keeps a's memory in place for a view of it: takes a reference, and
// until jg_release_hold a delete only marks and a donation copies. Fails if a
// is deleted.
int jg_hold(jg_array *a, char **err);
void jg_release_hold(jg_array *a);

int jg_on_device_size(jg_array *a, size_t *size, char **err);

// jg_element_type returns the PJRT_Buffer_Type.
int jg_element_type(jg_array *a, int *type, char **err);

// jg_dims sets *dims to memory that lives as long as a.
int jg_dims(jg_array *a, const int64_t **dims, size_t *ndim, char **err);

// jg_copy_to_device returns a new reference to a copy of a on a device of the
// same client, or to a itself if it is there already.
int jg_copy_to_device(jg_array *a, int32_t device, jg_array **out, char **err);

// jg_delete frees a's memory as soon as no computation and no hold needs it.
// Deleting twice is harmless.
int jg_delete(jg_array *a, char **err);

// jg_client_live returns how many arrays of c exist.
int64_t jg_client_live(const jg_client *c);

#ifdef __cplusplus
}
#endif
#endif  // JAXGO_LOWERING_PJRT_JG_H_
