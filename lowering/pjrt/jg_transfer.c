// jg_transfer.c: waiting for arrays and moving them between host and devices.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jg_internal.h"

static void event_destroy(const PJRT_Api *api, PJRT_Event *ev) {
  PJRT_Event_Destroy_Args a = {.struct_size = PJRT_Event_Destroy_Args_STRUCT_SIZE, .event = ev};
  if (ev) jg_take_error(api, api->PJRT_Event_Destroy(&a), NULL);
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
  if (*ptr || !(jg_see(a) & JG_HOST_DENSE)) return JG_OK;
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

// minor_to_major sets order to the dimensions of buf from the fastest to the
// slowest, and says whether that is another order than row-major.
static int minor_to_major(const PJRT_Api *api, PJRT_Buffer *buf, int64_t *order, size_t n, const int64_t *dims) {
  for (size_t i = 0; i < n; i++) order[i] = (int64_t)(n - 1 - i);
  PJRT_Buffer_GetMemoryLayout_Args l = {.struct_size = PJRT_Buffer_GetMemoryLayout_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_GetMemoryLayout(&l), NULL) ||
      l.layout.type != PJRT_Buffer_MemoryLayout_Type_Tiled || l.layout.tiled.minor_to_major_size != n)
    return 0;
  if (n) memcpy(order, l.layout.tiled.minor_to_major, n * sizeof *order);
  l.layout.tiled.num_tiles = 0;  // the host copy has none
  return !jg_is_dense(&l.layout, dims, n, 1);
}

// to_row_major copies elements of size item from src, in the given order of
// dimensions, to dst in rows.
static void to_row_major(char *dst, const char *src, const int64_t *order, const int64_t *dims, size_t n, size_t item) {
  int64_t stride[n], index[n];
  int64_t s = (int64_t)item;
  for (size_t i = 0; i < n; i++) {
    stride[order[i]] = s;
    s *= dims[order[i]];
    index[i] = 0;
  }
  int64_t row = dims[n - 1], step = stride[n - 1];
  for (;;) {
    for (int64_t k = 0; k < row; k++, dst += item) memcpy(dst, src + k * step, item);
    size_t d = n - 1;
    do {
      if (d-- == 0) return;
      src += stride[d];
      if (++index[d] < dims[d]) break;
      src -= stride[d] * dims[d];
      index[d] = 0;
    } while (1);
  }
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
  if ((rc = jg_element_type(a, &type, err)) || (rc = jg_buffer_dims(api, a->buf, &dims, &n, err))) return rc;
  size_t need = jg_type_size(type);
  for (size_t i = 0; i < n; i++) need *= (size_t)dims[i];
  if (size < need) return too_small(size, need, err);
  if (!need) return JG_OK;
  // The CPU plugin does not transpose, whatever layout is asked for, so ask for
  // the order that the device has and transpose here.
  int64_t order[n + 1];
  int permuted = minor_to_major(api, a->buf, order, n, dims);
  void *to = dst;
  if (permuted && !(to = malloc(need))) return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  PJRT_Buffer_MemoryLayout layout = {
      .struct_size = PJRT_Buffer_MemoryLayout_STRUCT_SIZE,
      .type = PJRT_Buffer_MemoryLayout_Type_Tiled,
      .tiled = {.struct_size = PJRT_Buffer_MemoryLayout_Tiled_STRUCT_SIZE, .minor_to_major = order, .minor_to_major_size = n},
  };
  PJRT_Buffer_ToHostBuffer_Args h = {.struct_size = PJRT_Buffer_ToHostBuffer_Args_STRUCT_SIZE, .src = a->buf, .host_layout = &layout, .dst = to, .dst_size = need};
  if (!(rc = jg_take_error(api, api->PJRT_Buffer_ToHostBuffer(&h), err))) {
    rc = event_await(api, h.event, err);
    event_destroy(api, h.event);
  }
  if (permuted) {
    if (!rc) to_row_major(dst, to, order, dims, n, jg_type_size(type));
    free(to);
  }
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
  *nbytes = jg_type_size(type);
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
  jg_take_error(d->api, error, NULL);
  event_destroy(d->api, d->event);
  jg_push_drop(d);
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
  int zero_copy = semantics == JG_ZERO_COPY && !strides && (uintptr_t)ptr % 64 == 0 && nbytes && !jg_is_sub_byte(type);
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
    if (d) jg_push_drop(d);
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
  if (arg) jg_push_drop(arg);
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
  if (jg_is_sub_byte(type) || !api->PJRT_Client_CreateViewOfDeviceBuffer)
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
      .on_delete_callback = on_view_deleted,  // the plugin calls it without a look at NULL
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
