// jg_array.c: arrays: counting, holds, transfers, waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jg_internal.h"

int jg_forked;
const char jg_forked_text[] =
    "this process was forked from one that had loaded XLA, which does not survive a fork; "
    "use the spawn start method (multiprocessing.set_start_method('spawn'))";

// ---- errors -------------------------------------------------------------------

int jg_fail(char **err, int code, const char *format, ...) {
  if (err) {
    va_list ap;
    va_start(ap, format);
    if (vasprintf(err, format, ap) < 0) *err = NULL;
    va_end(ap);
  }
  return code;
}

int jg_fail_forked(char **err) { return jg_fail(err, JG_FORKED, "%s", jg_forked_text); }

int jg_deleted_error(char **err) { return jg_fail(err, JG_DELETED_ARRAY, "Array has been deleted."); }

int jg_take_error(const PJRT_Api *api, PJRT_Error *e, char **err) {
  if (!e) return JG_OK;
  PJRT_Error_GetCode_Args c = {.struct_size = PJRT_Error_GetCode_Args_STRUCT_SIZE, .error = e};
  int code = PJRT_Error_Code_UNKNOWN;
  PJRT_Error *e2 = api->PJRT_Error_GetCode(&c);
  if (!e2 && c.code > 0) code = c.code;
  PJRT_Error_Destroy_Args d = {.struct_size = PJRT_Error_Destroy_Args_STRUCT_SIZE, .error = e2};
  if (e2) api->PJRT_Error_Destroy(&d);
  if (err) {
    PJRT_Error_Message_Args m = {.struct_size = PJRT_Error_Message_Args_STRUCT_SIZE, .error = e};
    api->PJRT_Error_Message(&m);
    *err = m.message ? strndup(m.message, m.message_size) : NULL;
  }
  d.error = e;
  api->PJRT_Error_Destroy(&d);
  return code;
}

static void ignore_error(const PJRT_Api *api, PJRT_Error *e) { jg_take_error(api, e, NULL); }

static void event_destroy(const PJRT_Api *api, PJRT_Event *ev) {
  PJRT_Event_Destroy_Args a = {.struct_size = PJRT_Event_Destroy_Args_STRUCT_SIZE, .event = ev};
  if (ev) ignore_error(api, api->PJRT_Event_Destroy(&a));
}

// ---- the drop list --------------------------------------------------------------

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

void *jg_drop_head;

_Static_assert(sizeof(jg_drop) <= sizeof(jg_array), "a freed array becomes a node");
_Static_assert(sizeof(jg_array) <= 96, "arrays are small");

static void push_drop(jg_drop *d) {
  if (d->now || !d->drop) {
    if (d->drop) d->drop(d->keep);
    free(d);
    return;
  }
  void *head = __atomic_load_n(&jg_drop_head, __ATOMIC_RELAXED);
  do {
    d->next = head;
  } while (!__atomic_compare_exchange_n(&jg_drop_head, &head, d, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

size_t jg_drain_drops(void) {
  if (jg_forked || !jg_drops_pending()) return 0;
  jg_drop *d = __atomic_exchange_n(&jg_drop_head, NULL, __ATOMIC_ACQUIRE);
  size_t n = 0;
  while (d) {
    jg_drop *next = d->next;
    d->drop(d->keep);
    free(d);
    d = next;
    n++;
  }
  return n;
}

// ---- counting -------------------------------------------------------------------

jg_array *jg_array_new(jg_client *c, PJRT_Buffer *buf, int32_t device, uint32_t aval, uint32_t flags) {
  jg_array *a = malloc(sizeof *a);
  if (!a) return NULL;
  *a = (jg_array){.refs = 1, .buf = buf, .client = c, .state = flags, .aval = aval, .device = device, .nbytes = -1};
  __atomic_fetch_add(&c->live, 1, __ATOMIC_RELAXED);
  return a;
}

void jg_buffer_destroy(const PJRT_Api *api, PJRT_Buffer *buf) {
  PJRT_Buffer_Destroy_Args d = {.struct_size = PJRT_Buffer_Destroy_Args_STRUCT_SIZE, .buffer = buf};
  PJRT_Error *e = api->PJRT_Buffer_Destroy(&d);
  if (JG_UNLIKELY(e != NULL)) ignore_error(api, e);
}

void jg_array_free(jg_array *a) {
  if (JG_UNLIKELY(jg_forked)) return;
  jg_buffer_destroy(a->client->api, a->buf);
  __atomic_fetch_sub(&a->client->live, 1, __ATOMIC_RELAXED);
  if (JG_UNLIKELY(a->drop != NULL)) {
    jg_drop d = {.keep = a->keep, .drop = a->drop};
    jg_drop *node = (jg_drop *)(void *)a;
    memcpy(node, &d, sizeof d);
    push_drop(node);
    return;
  }
  free(a);
}

int64_t jg_client_live(const jg_client *c) { return __atomic_load_n(&c->live, __ATOMIC_RELAXED); }

// ---- deleting and holding ---------------------------------------------------------
//
// buf itself lives until the last reference goes, so another thread that is
// about to use it never finds it freed; deleting frees the device memory only.
// Holds are counted here rather than with PJRT's external references, which
// are not safe to count from several threads and cost an allocation each.

static void buffer_delete(jg_array *a) {
  const PJRT_Api *api = a->client->api;
  PJRT_Buffer_Delete_Args d = {.struct_size = PJRT_Buffer_Delete_Args_STRUCT_SIZE, .buffer = a->buf};
  ignore_error(api, api->PJRT_Buffer_Delete(&d));
}

int jg_delete(jg_array *a, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  uint32_t old = __atomic_fetch_or(&a->state, JG_DELETED, __ATOMIC_ACQ_REL);
  // With holds left, the last jg_release_hold sees JG_DELETED and frees.
  if (!(old & JG_DELETED) && old < JG_HOLD_ONE) buffer_delete(a);
  return JG_OK;
}

int jg_hold(jg_array *a, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  uint32_t s = jg_array_state(a);
  do {
    if (s & (JG_DELETED | JG_DONATED)) return jg_deleted_error(err);
  } while (!__atomic_compare_exchange_n(&a->state, &s, s + JG_HOLD_ONE, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  jg_array_incref(a);
  return JG_OK;
}

void jg_release_hold(jg_array *a) {
  if (JG_UNLIKELY(jg_forked)) return;
  uint32_t s = __atomic_sub_fetch(&a->state, JG_HOLD_ONE, __ATOMIC_ACQ_REL);
  if (JG_UNLIKELY(s < JG_HOLD_ONE && (s & JG_DELETED))) buffer_delete(a);
  jg_array_decref(a);
}

// ---- facts ----------------------------------------------------------------------

// Elements of less than a byte: device memory may be packed, host memory is not.
static int is_sub_byte(int t) {
  return t == PJRT_Buffer_Type_S4 || t == PJRT_Buffer_Type_U4 || t == PJRT_Buffer_Type_S2 ||
         t == PJRT_Buffer_Type_U2 || t == PJRT_Buffer_Type_F4E2M1FN;
}

// Bytes of one element in host memory, 0 for what has none.
static size_t type_size(int t) {
  switch (t) {
    case PJRT_Buffer_Type_INVALID:
    case PJRT_Buffer_Type_TOKEN:
      return 0;
    case PJRT_Buffer_Type_S16:
    case PJRT_Buffer_Type_U16:
    case PJRT_Buffer_Type_F16:
    case PJRT_Buffer_Type_BF16:
      return 2;
    case PJRT_Buffer_Type_S32:
    case PJRT_Buffer_Type_U32:
    case PJRT_Buffer_Type_F32:
      return 4;
    case PJRT_Buffer_Type_S64:
    case PJRT_Buffer_Type_U64:
    case PJRT_Buffer_Type_F64:
    case PJRT_Buffer_Type_C64:
      return 8;
    case PJRT_Buffer_Type_C128:
      return 16;
    default:
      return t <= PJRT_Buffer_Type_F4E2M1FN ? 1 : 0;
  }
}

static int buffer_dims(const PJRT_Api *api, PJRT_Buffer *buf, const int64_t **dims, size_t *n, char **err) {
  PJRT_Buffer_Dimensions_Args a = {.struct_size = PJRT_Buffer_Dimensions_Args_STRUCT_SIZE, .buffer = buf};
  int rc = jg_take_error(api, api->PJRT_Buffer_Dimensions(&a), err);
  *dims = a.dims;
  *n = a.num_dims;
  return rc;
}

// Whether a layout is row-major without tiles or gaps. Where a dimension has
// size 1 its place in the order does not matter.
static int is_dense(const PJRT_Buffer_MemoryLayout *l, const int64_t *dims, size_t n, size_t itemsize) {
  for (size_t i = 0; i < n; i++)
    if (dims[i] == 0) return 1;
  if (l->type == PJRT_Buffer_MemoryLayout_Type_Strides) {
    if (l->strides.num_byte_strides != n) return 0;
    int64_t want = (int64_t)itemsize;
    for (size_t i = n; i-- > 0;) {
      if (dims[i] != 1 && l->strides.byte_strides[i] != want) return 0;
      want *= dims[i];
    }
    return 1;
  }
  if (l->tiled.num_tiles || l->tiled.minor_to_major_size != n) return 0;
  int64_t last = (int64_t)n;
  for (size_t i = 0; i < n; i++) {
    int64_t d = l->tiled.minor_to_major[i];
    if (d < 0 || d >= (int64_t)n) return 0;
    if (dims[d] == 1) continue;
    if (d > last) return 0;
    last = d;
  }
  return 1;
}

uint32_t jg_see_layout(const PJRT_Api *api, PJRT_Buffer *buf, int64_t *nbytes, int32_t *type) {
  *nbytes = -1;
  *type = 0;
  PJRT_Buffer_ElementType_Args t = {.struct_size = PJRT_Buffer_ElementType_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_ElementType(&t), NULL)) return JG_LAYOUT_SEEN;
  *type = t.type;
  PJRT_Buffer_OnDeviceSizeInBytes_Args s = {.struct_size = PJRT_Buffer_OnDeviceSizeInBytes_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_OnDeviceSizeInBytes(&s), NULL)) return JG_LAYOUT_SEEN;
  *nbytes = (int64_t)s.on_device_size_in_bytes;
  PJRT_Buffer_IsOnCpu_Args c = {.struct_size = PJRT_Buffer_IsOnCpu_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_IsOnCpu(&c), NULL) || !c.is_on_cpu) return JG_LAYOUT_SEEN;
  const int64_t *dims;
  size_t n;
  if (is_sub_byte(t.type) || !type_size(t.type) || buffer_dims(api, buf, &dims, &n, NULL)) return JG_LAYOUT_SEEN;
  size_t need = type_size(t.type);
  for (size_t i = 0; i < n; i++) need *= (size_t)dims[i];
  if (need != s.on_device_size_in_bytes) return JG_LAYOUT_SEEN;
  PJRT_Buffer_GetMemoryLayout_Args l = {.struct_size = PJRT_Buffer_GetMemoryLayout_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_GetMemoryLayout(&l), NULL)) return JG_LAYOUT_SEEN;
  return is_dense(&l.layout, dims, n, type_size(t.type)) ? JG_LAYOUT_SEEN | JG_HOST_DENSE : JG_LAYOUT_SEEN;
}

// see fills in what jg_execute did not know yet and returns the state.
static uint32_t see(jg_array *a) {
  uint32_t s = jg_array_state(a);
  if (s & JG_LAYOUT_SEEN) return s;
  int64_t nbytes;
  int32_t type;
  uint32_t bits = jg_see_layout(a->client->api, a->buf, &nbytes, &type);
  // Threads that race here store the same facts.
  __atomic_store_n(&a->nbytes, nbytes, __ATOMIC_RELAXED);
  __atomic_store_n(&a->type, type, __ATOMIC_RELAXED);
  return __atomic_fetch_or(&a->state, bits, __ATOMIC_ACQ_REL) | bits;
}

int jg_on_device_size(jg_array *a, size_t *size, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  if (jg_array_state(a) & JG_DELETED) return jg_deleted_error(err);
  see(a);
  int64_t n = __atomic_load_n(&a->nbytes, __ATOMIC_RELAXED);
  if (n < 0) return jg_fail(err, PJRT_Error_Code_UNIMPLEMENTED, "the plugin does not tell the size of this array");
  *size = (size_t)n;
  return JG_OK;
}

int jg_element_type(jg_array *a, int *type, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  PJRT_Buffer_ElementType_Args t = {.struct_size = PJRT_Buffer_ElementType_Args_STRUCT_SIZE, .buffer = a->buf};
  int rc = jg_take_error(a->client->api, a->client->api->PJRT_Buffer_ElementType(&t), err);
  if (!rc) *type = t.type;
  return rc;
}

int jg_dims(jg_array *a, const int64_t **dims, size_t *ndim, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  return buffer_dims(a->client->api, a->buf, dims, ndim, err);
}

// ---- waiting --------------------------------------------------------------------

static int ready_event(jg_array *a, PJRT_Event **ev, char **err) {
  if (jg_array_state(a) & JG_DELETED) return jg_deleted_error(err);
  PJRT_Buffer_ReadyEvent_Args r = {.struct_size = PJRT_Buffer_ReadyEvent_Args_STRUCT_SIZE, .buffer = a->buf};
  int rc = jg_take_error(a->client->api, a->client->api->PJRT_Buffer_ReadyEvent(&r), err);
  *ev = r.event;
  return rc;
}

static int event_is_ready(const PJRT_Api *api, PJRT_Event *ev, int *ready, char **err) {
  PJRT_Event_IsReady_Args i = {.struct_size = PJRT_Event_IsReady_Args_STRUCT_SIZE, .event = ev};
  int rc = jg_take_error(api, api->PJRT_Event_IsReady(&i), err);
  *ready = i.is_ready;
  return rc;
}

static int event_error(const PJRT_Api *api, PJRT_Event *ev, char **err) {
  PJRT_Event_Error_Args e = {.struct_size = PJRT_Event_Error_Args_STRUCT_SIZE, .event = ev};
  return jg_take_error(api, api->PJRT_Event_Error(&e), err);
}

static int event_await(const PJRT_Api *api, PJRT_Event *ev, char **err) {
  PJRT_Event_Await_Args w = {.struct_size = PJRT_Event_Await_Args_STRUCT_SIZE, .event = ev};
  return jg_take_error(api, api->PJRT_Event_Await(&w), err);
}

// A waiter is shared by the waiting thread and XLA's callback; whoever lets go
// last frees it, so a wait that timed out leaves nothing dangling.
typedef struct {
  pthread_mutex_t mu;
  pthread_cond_t cv;
  const PJRT_Api *api;
  PJRT_Event *event;
  char *text;
  int code, done;
  int refs;  // under mu
} jg_waiter;

static void waiter_unlock_release(jg_waiter *w) {
  int last = --w->refs == 0;
  pthread_mutex_unlock(&w->mu);
  if (!last) return;
  pthread_mutex_destroy(&w->mu);
  pthread_cond_destroy(&w->cv);
  free(w->text);
  free(w);
}

static void on_ready(PJRT_Error *error, void *arg) {
  jg_waiter *w = arg;
  char *text = NULL;
  int code = jg_take_error(w->api, error, &text);
  event_destroy(w->api, w->event);
  pthread_mutex_lock(&w->mu);
  w->code = code;
  w->text = text;
  w->done = 1;
  pthread_cond_broadcast(&w->cv);
  waiter_unlock_release(w);
}

// Waits for ev, which it takes over, until timeout_ms passed.
static int wait_event(const PJRT_Api *api, PJRT_Event *ev, int64_t timeout_ms, char **err) {
  jg_waiter *w = calloc(1, sizeof *w);
  if (!w) {
    event_destroy(api, ev);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += timeout_ms / 1000;
  until.tv_nsec += timeout_ms % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&w->mu, NULL);
  pthread_cond_init(&w->cv, &attr);
  pthread_condattr_destroy(&attr);
  w->api = api;
  w->event = ev;
  w->refs = 2;
  PJRT_Event_OnReady_Args o = {.struct_size = PJRT_Event_OnReady_Args_STRUCT_SIZE, .event = ev, .callback = on_ready, .user_arg = w};
  int rc = jg_take_error(api, api->PJRT_Event_OnReady(&o), err);
  pthread_mutex_lock(&w->mu);
  if (rc) {
    event_destroy(api, ev);
    w->refs = 1;
    waiter_unlock_release(w);
    return rc;
  }
  int timed_out = 0;
  while (!w->done && !timed_out) timed_out = pthread_cond_timedwait(&w->cv, &w->mu, &until) == ETIMEDOUT;
  rc = JG_TIMEOUT;
  if (w->done) {
    rc = w->code;
    if (err && rc) {
      *err = w->text;
      w->text = NULL;
    }
  }
  waiter_unlock_release(w);
  return rc;
}

static int await(jg_array *a, int64_t timeout_ms, char **err) {
  const PJRT_Api *api = a->client->api;
  PJRT_Event *ev;
  int ready = 0;
  int rc = ready_event(a, &ev, err);
  if (rc) return rc;
  // A few looks first: much of what is waited for is done within microseconds,
  // which a sleep would turn into tens.
  for (int i = 0; i < 64 && !ready; i++)
    if ((rc = event_is_ready(api, ev, &ready, err))) goto done;
  if (!ready) {
    if (timeout_ms > 0) {
      rc = wait_event(api, ev, timeout_ms, err);
      ev = NULL;
      goto done;
    }
    if (timeout_ms == 0) {
      rc = JG_TIMEOUT;
      goto done;
    }
    rc = event_await(api, ev, err);
    goto done;
  }
  rc = event_error(api, ev, err);
done:
  event_destroy(api, ev);
  if (!rc) __atomic_fetch_or(&a->state, JG_READY, __ATOMIC_ACQ_REL);
  return rc;
}

int jg_ready(jg_array *a, int *ready, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  uint32_t s = jg_array_state(a);
  if (s & JG_DELETED) return jg_deleted_error(err);
  *ready = 1;
  if (s & JG_READY) return JG_OK;
  PJRT_Event *ev;
  int rc = ready_event(a, &ev, err);
  if (rc) return rc;
  rc = event_is_ready(a->client->api, ev, ready, err);
  event_destroy(a->client->api, ev);
  return rc;
}

int jg_await(jg_array *a, int64_t timeout_ms, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  uint32_t s = jg_array_state(a);
  if (s & JG_DELETED) return jg_deleted_error(err);
  return s & JG_READY ? JG_OK : await(a, timeout_ms, err);
}

// ---- device to host ---------------------------------------------------------------

// The pointer of a ready, held array, or NULL.
static int host_ptr(jg_array *a, void **ptr, char **err) {
  *ptr = __atomic_load_n(&a->ptr, __ATOMIC_ACQUIRE);
  if (*ptr || !(see(a) & JG_HOST_DENSE)) return JG_OK;
  PJRT_Buffer_UnsafePointer_Args u = {.struct_size = PJRT_Buffer_UnsafePointer_Args_STRUCT_SIZE, .buffer = a->buf};
  int rc = jg_take_error(a->client->api, a->client->api->PJRT_Buffer_UnsafePointer(&u), err);
  if (rc) return rc;
  *ptr = (void *)u.buffer_pointer;
  __atomic_store_n(&a->ptr, *ptr, __ATOMIC_RELEASE);
  return JG_OK;
}

int jg_unsafe_ptr(jg_array *a, void **ptr, char **err) {
  int rc = jg_hold(a, err);
  if (rc) return rc;
  rc = jg_await(a, -1, err);
  if (!rc) rc = host_ptr(a, ptr, err);
  jg_release_hold(a);
  return rc;
}

static int too_small(size_t size, size_t need, char **err) {
  return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "the array needs %zu bytes, the destination has %zu", need, size);
}

static int to_host(jg_array *a, void *dst, size_t size, char **err) {
  const PJRT_Api *api = a->client->api;
  void *ptr;
  int rc = jg_await(a, -1, err);
  if (!rc) rc = host_ptr(a, &ptr, err);
  if (rc) return rc;
  if (ptr) {
    size_t n = (size_t)__atomic_load_n(&a->nbytes, __ATOMIC_RELAXED);
    if (size < n) return too_small(size, n, err);
    if (n) memcpy(dst, ptr, n);
    return JG_OK;
  }
  const int64_t *dims;
  size_t n;
  int type;
  if ((rc = jg_element_type(a, &type, err)) || (rc = buffer_dims(api, a->buf, &dims, &n, err))) return rc;
  size_t need = type_size(type);
  for (size_t i = 0; i < n; i++) need *= (size_t)dims[i];
  if (size < need) return too_small(size, need, err);
  if (!need) return JG_OK;
  int64_t order[n + 1];
  for (size_t i = 0; i < n; i++) order[i] = (int64_t)(n - 1 - i);
  PJRT_Buffer_MemoryLayout layout = {
      .struct_size = PJRT_Buffer_MemoryLayout_STRUCT_SIZE,
      .type = PJRT_Buffer_MemoryLayout_Type_Tiled,
      .tiled = {.struct_size = PJRT_Buffer_MemoryLayout_Tiled_STRUCT_SIZE, .minor_to_major = order, .minor_to_major_size = n},
  };
  PJRT_Buffer_ToHostBuffer_Args h = {.struct_size = PJRT_Buffer_ToHostBuffer_Args_STRUCT_SIZE, .src = a->buf, .host_layout = &layout, .dst = dst, .dst_size = size};
  if ((rc = jg_take_error(api, api->PJRT_Buffer_ToHostBuffer(&h), err))) return rc;
  rc = event_await(api, h.event, err);
  event_destroy(api, h.event);
  return rc;
}

int jg_to_host(jg_array *a, void *dst, size_t size, char **err) {
  int rc = jg_hold(a, err);
  if (rc) return rc;
  rc = to_host(a, dst, size, err);
  jg_release_hold(a);
  return rc;
}

// ---- host to device ---------------------------------------------------------------

static PJRT_Device *device_of(jg_client *c, int32_t device, char **err) {
  if (device >= 0 && (size_t)device < c->ndevices) return c->devices[device];
  jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "no device %d: the client has %zu", device, c->ndevices);
  return NULL;
}

// XLA ends the process on a shape whose size overflows, so it is checked here.
int jg_host_size(int type, const int64_t *dims, size_t ndim, size_t *nbytes, char **err) {
  *nbytes = type_size(type);
  if (!*nbytes) return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "no host memory has element type %d", type);
  int zero = 0;
  size_t n = *nbytes;
  for (size_t i = 0; i < ndim; i++) {
    if (dims[i] < 0) return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "dimension %zu has size %lld", i, (long long)dims[i]);
    if (dims[i] == 0)
      zero = 1;
    else if (__builtin_mul_overflow(n, (size_t)dims[i], &n) || n > INT64_MAX)
      return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "an array of this shape does not fit into 2^63 bytes");
  }
  *nbytes = zero ? 0 : n;
  return JG_OK;
}

static void on_done_with_host(PJRT_Error *error, void *arg) {
  jg_drop *d = arg;
  ignore_error(d->api, error);
  event_destroy(d->api, d->event);
  push_drop(d);
}

static jg_drop *new_drop(const PJRT_Api *api, void *keep, void (*drop)(void *), int now) {
  jg_drop *d = malloc(sizeof *d);
  if (d) *d = (jg_drop){.keep = keep, .drop = drop, .api = api, .now = now};
  return d;
}

static int from_host(jg_client *c, int32_t device, const void *ptr, int type, const int64_t *dims,
                     size_t ndim, const int64_t *strides, int semantics, uint32_t aval, void *keep,
                     void (*drop)(void *), int now, jg_array **out, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  const PJRT_Api *api = c->api;
  PJRT_Device *dev = device_of(c, device, err);
  if (!dev) return PJRT_Error_Code_INVALID_ARGUMENT;
  size_t nbytes;
  int rc = jg_host_size(type, dims, ndim, &nbytes, err);
  if (rc) return rc;
  static const char nothing[64] __attribute__((aligned(64)));
  if (!ptr) {
    if (nbytes) return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "no data");
    ptr = nothing;
  }
  int zero_copy = semantics == JG_ZERO_COPY && !strides && (uintptr_t)ptr % 64 == 0 && nbytes && !is_sub_byte(type);
  jg_drop *d = NULL;
  if (drop && !(d = new_drop(api, keep, drop, now)))
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  jg_array *a = jg_array_new(c, NULL, device, aval, zero_copy ? JG_ALIAS : 0);
  if (!a) {
    free(d);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  PJRT_Client_BufferFromHostBuffer_Args b = {
      .struct_size = PJRT_Client_BufferFromHostBuffer_Args_STRUCT_SIZE,
      .client = c->client,
      .data = ptr,
      .type = type,
      .dims = dims,
      .num_dims = ndim,
      .byte_strides = strides,
      .num_byte_strides = strides ? ndim : 0,
      .host_buffer_semantics = zero_copy ? PJRT_HostBufferSemantics_kImmutableZeroCopy : PJRT_HostBufferSemantics_kImmutableOnlyDuringCall,
      .device = dev,
  };
  rc = jg_take_error(api, api->PJRT_Client_BufferFromHostBuffer(&b), err);
  if (rc) {
    free(d);
    free(a);
    __atomic_fetch_sub(&c->live, 1, __ATOMIC_RELAXED);
    return rc;
  }
  a->buf = b.buffer;
  a->type = type;
  if (d && zero_copy && b.done_with_host_buffer) {
    d->event = b.done_with_host_buffer;
    PJRT_Event_OnReady_Args o = {.struct_size = PJRT_Event_OnReady_Args_STRUCT_SIZE, .event = d->event, .callback = on_done_with_host, .user_arg = d};
    if (jg_take_error(api, api->PJRT_Event_OnReady(&o), NULL)) {
      // Nothing will tell when the memory is free, so it must never be.
      event_destroy(api, d->event);
      free(d);
    }
  } else {
    event_destroy(api, b.done_with_host_buffer);
    if (d) push_drop(d);
  }
  *out = a;
  return JG_OK;
}

int jg_from_host(jg_client *c, int32_t device, const void *ptr, int type, const int64_t *dims,
                 size_t ndim, const int64_t *strides, int semantics, uint32_t aval, void *keep,
                 void (*drop)(void *), jg_array **out, char **err) {
  return from_host(c, device, ptr, type, dims, ndim, strides, semantics, aval, keep, drop, 0, out, err);
}

void *jg_alloc_host(size_t size) {
  if (size > INT64_MAX - 64) return NULL;
  return aligned_alloc(64, size ? (size + 63) & ~(size_t)63 : 64);
}

void jg_free_host(void *ptr) {
  if (!jg_forked) free(ptr);
}

int jg_from_owned_host(jg_client *c, int32_t device, void *ptr, int type, const int64_t *dims,
                       size_t ndim, uint32_t aval, jg_array **out, char **err) {
  int rc = from_host(c, device, ptr, type, dims, ndim, NULL, JG_ZERO_COPY, aval, ptr, free, 1, out, err);
  // Nobody else knows this memory, so it is not shared with anyone.
  if (!rc) __atomic_fetch_and(&(*out)->state, ~(uint32_t)JG_ALIAS, __ATOMIC_RELAXED);
  return rc;
}

static void on_view_deleted(void *ptr, void *arg) {
  (void)ptr;
  push_drop(arg);
}

int jg_view_of_host(jg_client *c, int32_t device, void *ptr, int type, const int64_t *dims,
                    size_t ndim, uint32_t aval, void *keep, void (*drop)(void *), jg_array **out,
                    char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  const PJRT_Api *api = c->api;
  PJRT_Device *dev = device_of(c, device, err);
  if (!dev) return PJRT_Error_Code_INVALID_ARGUMENT;
  size_t nbytes;
  int rc = jg_host_size(type, dims, ndim, &nbytes, err);
  if (rc) return rc;
  if (!ptr || (uintptr_t)ptr % 64)
    return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "memory at %p is not aligned to 64 bytes; copy it", ptr);
  if (is_sub_byte(type) || !api->PJRT_Client_CreateViewOfDeviceBuffer)
    return jg_fail(err, PJRT_Error_Code_UNIMPLEMENTED, "no view of host memory of element type %d; copy it", type);
  PJRT_Memory *memory = NULL;
  PJRT_Device_DefaultMemory_Args m = {.struct_size = PJRT_Device_DefaultMemory_Args_STRUCT_SIZE, .device = dev};
  if (!jg_take_error(api, api->PJRT_Device_DefaultMemory(&m), NULL)) memory = m.memory;
  jg_drop *d = NULL;
  if (drop && !(d = new_drop(api, keep, drop, 0)))
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  jg_array *a = jg_array_new(c, NULL, device, aval, JG_ALIAS);
  if (!a) {
    free(d);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  int64_t order[ndim + 1];
  for (size_t i = 0; i < ndim; i++) order[i] = (int64_t)(ndim - 1 - i);
  PJRT_Buffer_MemoryLayout layout = {
      .struct_size = PJRT_Buffer_MemoryLayout_STRUCT_SIZE,
      .type = PJRT_Buffer_MemoryLayout_Type_Tiled,
      .tiled = {.struct_size = PJRT_Buffer_MemoryLayout_Tiled_STRUCT_SIZE, .minor_to_major = order, .minor_to_major_size = ndim},
  };
  PJRT_Client_CreateViewOfDeviceBuffer_Args v = {
      .struct_size = PJRT_Client_CreateViewOfDeviceBuffer_Args_STRUCT_SIZE,
      .client = c->client,
      .device_buffer_ptr = ptr,
      .dims = dims,
      .num_dims = ndim,
      .element_type = type,
      .layout = &layout,
      .device = dev,
      .memory = memory,
      .on_delete_callback = d ? on_view_deleted : NULL,
      .on_delete_callback_arg = d,
  };
  rc = jg_take_error(api, api->PJRT_Client_CreateViewOfDeviceBuffer(&v), err);
  if (rc) {
    free(d);
    free(a);
    __atomic_fetch_sub(&c->live, 1, __ATOMIC_RELAXED);
    return rc;
  }
  a->buf = v.buffer;
  a->type = type;
  *out = a;
  return JG_OK;
}

int jg_copy_to_device(jg_array *a, int32_t device, jg_array **out, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  jg_client *c = a->client;
  PJRT_Device *dev = device_of(c, device, err);
  if (!dev) return PJRT_Error_Code_INVALID_ARGUMENT;
  if (jg_array_state(a) & JG_DELETED) return jg_deleted_error(err);
  if (device == a->device) {
    jg_array_incref(a);
    *out = a;
    return JG_OK;
  }
  PJRT_Buffer_CopyToDevice_Args d = {.struct_size = PJRT_Buffer_CopyToDevice_Args_STRUCT_SIZE, .buffer = a->buf, .dst_device = dev};
  int rc = jg_take_error(c->api, c->api->PJRT_Buffer_CopyToDevice(&d), err);
  if (rc) return rc;
  jg_array *b = jg_array_new(c, d.dst_buffer, device, a->aval, jg_array_state(a) & (JG_COMMITTED | JG_WEAK));
  if (!b) {
    jg_buffer_destroy(c->api, d.dst_buffer);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  *out = b;
  return JG_OK;
}
