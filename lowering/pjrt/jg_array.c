// jg_array.c: errors, and arrays: counting, holds, facts.
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jg_internal.h"

int jg_forked;
const char jg_forked_text[] =
    "this process was forked from one that had loaded jaxgo, which does not survive a fork; "
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

// ---- the drop list --------------------------------------------------------------

void *jg_drop_head;

_Static_assert(sizeof(jg_drop) <= sizeof(jg_array), "a freed array becomes a node");
_Static_assert(sizeof(jg_array) <= 96, "arrays are small");

void jg_push_drop(jg_drop *d) {
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

// Dead jg_arrays for new ones: a call with a hundred results makes more of them at once than malloc's caches hold. Whoever finds the
// pool taken uses malloc. Under AddressSanitizer there is none, so that it sees what is freed.
#if defined(__SANITIZE_ADDRESS__)
#define POOL 0
#else
#define POOL 256
#endif
static struct { int taken, n; jg_array *a[POOL + 1]; } pool;

static inline int pool_take(void) { return !__atomic_exchange_n(&pool.taken, 1, __ATOMIC_ACQUIRE); }
static inline void pool_give(void) { __atomic_store_n(&pool.taken, 0, __ATOMIC_RELEASE); }

static inline void array_release(jg_array *a) {
  if (pool_take()) {
    int room = pool.n < POOL;
    if (room) pool.a[pool.n++] = a;
    pool_give();
    if (room) return;
  }
  free(a);
}

int jg_arrays_new(jg_client *c, PJRT_Buffer *const *bufs, int32_t device, jg_array **out, size_t n) {
  size_t i = 0;
  if (pool_take()) {
    while (i < n && pool.n) out[i++] = pool.a[--pool.n];
    pool_give();
  }
  for (; i < n; i++) {
    if (!(out[i] = malloc(sizeof **out))) {
      while (i) free(out[--i]);
      return -1;
    }
  }
  for (i = 0; i < n; i++) *out[i] = (jg_array){.refs = 1, .buf = bufs[i], .client = c, .device = device, .nbytes = -1};
  __atomic_fetch_add(&c->live, n, __ATOMIC_RELAXED);
  return 0;
}

jg_array *jg_array_new(jg_client *c, PJRT_Buffer *buf, int32_t device, uint32_t aval, uint32_t flags) {
  jg_array *a;
  if (jg_arrays_new(c, &buf, device, &a, 1)) return NULL;
  a->aval = aval;
  a->state = flags;
  return a;
}

void jg_buffer_destroy(const PJRT_Api *api, PJRT_Buffer *buf) {
  PJRT_Buffer_Destroy_Args d = {.struct_size = PJRT_Buffer_Destroy_Args_STRUCT_SIZE, .buffer = buf};
  PJRT_Error *e = api->PJRT_Buffer_Destroy(&d);
  if (JG_UNLIKELY(e != NULL)) jg_take_error(api, e, NULL);
}

void jg_array_free(jg_array *a) {
  if (JG_UNLIKELY(jg_forked)) return;
  jg_buffer_destroy(a->client->api, a->buf);
  __atomic_fetch_sub(&a->client->live, 1, __ATOMIC_RELAXED);
  if (JG_UNLIKELY(a->drop != NULL)) {
    jg_drop d = {.keep = a->keep, .drop = a->drop};
    jg_drop *node = (jg_drop *)(void *)a;
    memcpy(node, &d, sizeof d);
    jg_push_drop(node);
    return;
  }
  array_release(a);
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
  jg_take_error(api, api->PJRT_Buffer_Delete(&d), NULL);
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
int jg_is_sub_byte(int t) {
  return t == PJRT_Buffer_Type_S4 || t == PJRT_Buffer_Type_U4 || t == PJRT_Buffer_Type_S2 ||
         t == PJRT_Buffer_Type_U2 || t == PJRT_Buffer_Type_F4E2M1FN;
}

// Bytes of one element in host memory, 0 for what has none.
size_t jg_type_size(int t) {
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

int jg_buffer_dims(const PJRT_Api *api, PJRT_Buffer *buf, const int64_t **dims, size_t *n, char **err) {
  PJRT_Buffer_Dimensions_Args a = {.struct_size = PJRT_Buffer_Dimensions_Args_STRUCT_SIZE, .buffer = buf};
  int rc = jg_take_error(api, api->PJRT_Buffer_Dimensions(&a), err);
  *dims = a.dims;
  *n = a.num_dims;
  return rc;
}

// Whether a layout is row-major without tiles or gaps. Where a dimension has
// size 1 its place in the order does not matter.
int jg_is_dense(const PJRT_Buffer_MemoryLayout *l, const int64_t *dims, size_t n, size_t itemsize) {
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
  if (jg_is_sub_byte(t.type) || !jg_type_size(t.type) || jg_buffer_dims(api, buf, &dims, &n, NULL)) return JG_LAYOUT_SEEN;
  size_t need = jg_type_size(t.type);
  for (size_t i = 0; i < n; i++) need *= (size_t)dims[i];
  if (need != s.on_device_size_in_bytes) return JG_LAYOUT_SEEN;
  PJRT_Buffer_GetMemoryLayout_Args l = {.struct_size = PJRT_Buffer_GetMemoryLayout_Args_STRUCT_SIZE, .buffer = buf};
  if (jg_take_error(api, api->PJRT_Buffer_GetMemoryLayout(&l), NULL)) return JG_LAYOUT_SEEN;
  return jg_is_dense(&l.layout, dims, n, jg_type_size(t.type)) ? JG_LAYOUT_SEEN | JG_HOST_DENSE : JG_LAYOUT_SEEN;
}

// see fills in what jg_execute did not know yet and returns the state.
uint32_t jg_see(jg_array *a) {
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
  jg_see(a);
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
  return jg_buffer_dims(a->client->api, a->buf, dims, ndim, err);
}
