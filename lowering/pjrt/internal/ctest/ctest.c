#define _GNU_SOURCE
#include "ctest.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xla/ffi/api/c_api.h"

static int try_all(jg_exec *e, jg_array *a, char **msg) {
  jg_client *c = a->client;
  jg_array *out[4];
  jg_exec *e2;
  int64_t dim = 8;
  const int64_t *dims;
  float data[8] = {0};
  size_t n;
  int k;
  void *p;
  jg_array *in[2] = {a, a};
  if (jg_execute(e, in, 2, out, msg) != JG_FORKED) return 1;
  if (jg_from_host(c, 0, data, PJRT_Buffer_Type_F32, &dim, 1, NULL, JG_COPY, 0, NULL, NULL, out, NULL) != JG_FORKED) return 2;
  if (jg_view_of_host(c, 0, data, PJRT_Buffer_Type_F32, &dim, 1, 0, NULL, NULL, out, NULL) != JG_FORKED) return 3;
  if (jg_from_owned_host(c, 0, data, PJRT_Buffer_Type_F32, &dim, 1, 0, out, NULL) != JG_FORKED) return 4;
  if (jg_to_host(a, data, sizeof data, NULL) != JG_FORKED) return 5;
  if (jg_ready(a, &k, NULL) != JG_FORKED) return 6;
  if (jg_await(a, -1, NULL) != JG_FORKED) return 7;
  if (jg_unsafe_ptr(a, &p, NULL) != JG_FORKED) return 8;
  if (jg_hold(a, NULL) != JG_FORKED) return 9;
  if (jg_on_device_size(a, &n, NULL) != JG_FORKED) return 10;
  if (jg_element_type(a, &k, NULL) != JG_FORKED) return 11;
  if (jg_dims(a, &dims, &n, NULL) != JG_FORKED) return 12;
  if (jg_copy_to_device(a, 0, out, NULL) != JG_FORKED) return 13;
  if (jg_delete(a, NULL) != JG_FORKED) return 14;
  if (jg_compile(c, "", 0, "", 0, &e2, NULL) != JG_FORKED) return 15;
  if (jg_deserialize(c, "", 0, "", 0, &e2, NULL) != JG_FORKED) return 16;
  if (jg_drain_drops() != 0) return 17;
  // Every last reference: nothing may be freed, so both still read the same.
  uint32_t aval = a->aval;
  for (int64_t refs = a->refs; refs > 0; refs--) jg_array_decref(a);
  jg_exec_decref(e);
  if (a->aval != aval || a->buf == NULL || e->client != c) return 18;
  return 0;
}

int ctest_fork(jg_exec *e, jg_array *a, char **msg) {
  int fd[2];
  if (pipe(fd)) return -1;
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    char *m = NULL;
    int rc = try_all(e, a, &m);
    if (m && write(fd[1], m, strlen(m)) < 0) rc = 99;
    _exit(rc);
  }
  close(fd[1]);
  char *text = calloc(1, 1024);
  ssize_t n = read(fd[0], text, 1023);
  close(fd[0]);
  (void)n;
  *msg = text;
  int status;
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int64_t ctest_loop(jg_exec *e, jg_array *const *in, size_t nin, int n, int raw) {
  int64_t start = now();
  if (!raw) {
    jg_array *out[16];
    for (int i = 0; i < n; i++) {
      if (jg_execute(e, in, nin, out, NULL)) return -1;
      for (size_t k = 0; k < e->nout; k++) jg_array_decref(out[k]);
    }
    return now() - start;
  }
  const PJRT_Api *api = e->client->api;
  PJRT_Buffer *bufs[16], *out[16];
  for (size_t i = 0; i < nin; i++) bufs[i] = in[i]->buf;
  PJRT_Buffer *const *args[1] = {bufs};
  PJRT_Buffer **outs[1] = {out};
  for (int i = 0; i < n; i++) {
    PJRT_ExecuteOptions o = {.struct_size = PJRT_ExecuteOptions_STRUCT_SIZE};
    PJRT_LoadedExecutable_Execute_Args x = {
        .struct_size = PJRT_LoadedExecutable_Execute_Args_STRUCT_SIZE,
        .executable = e->loaded,
        .options = &o,
        .argument_lists = args,
        .num_devices = 1,
        .num_args = nin,
        .output_lists = outs,
    };
    if (api->PJRT_LoadedExecutable_Execute(&x)) return -1;
    for (size_t k = 0; k < e->nout; k++) {
      PJRT_Buffer_Destroy_Args d = {.struct_size = PJRT_Buffer_Destroy_Args_STRUCT_SIZE, .buffer = out[k]};
      api->PJRT_Buffer_Destroy(&d);
    }
  }
  return now() - start;
}

void ctest_counts(jg_array *a, int n) {
  for (int i = 0; i < n; i++) {
    jg_array_incref(a);
    jg_array_decref(a);
  }
}

void ctest_drop(void *keep) { __atomic_fetch_add((int64_t *)keep, 1, __ATOMIC_RELAXED); }

static int metadata(XLA_FFI_CallFrame *f) {
  for (XLA_FFI_Extension_Base *x = f->extension_start; x; x = x->next)
    if (x->type == XLA_FFI_Extension_Metadata) {
      XLA_FFI_Metadata *m = ((XLA_FFI_Metadata_Extension *)x)->metadata;
      m->api_version.major_version = XLA_FFI_API_MAJOR;
      m->api_version.minor_version = 1;
      m->traits = 0;
      return 1;
    }
  return 0;
}

static XLA_FFI_Error *affine(XLA_FFI_CallFrame *f) {
  if (metadata(f)) return NULL;
  XLA_FFI_Buffer *a = f->args.args[0], *o = f->rets.rets[0];
  int64_t n = 1;
  for (int i = 0; i < a->rank; i++) n *= a->dims[i];
  for (int64_t i = 0; i < n; i++) ((float *)o->data)[i] = ((float *)a->data)[i] * 3 + 1;
  return NULL;
}

static XLA_FFI_Error *slow(XLA_FFI_CallFrame *f) {
  if (metadata(f)) return NULL;
  struct timespec t = {.tv_nsec = 300000000};
  nanosleep(&t, NULL);
  return affine(f);
}

static XLA_FFI_Error *fail(XLA_FFI_CallFrame *f) {
  if (metadata(f)) return NULL;
  XLA_FFI_Error_Create_Args a = {.struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE, .message = "the handler refused", .errc = XLA_FFI_Error_Code_INVALID_ARGUMENT};
  return f->api->XLA_FFI_Error_Create(&a);
}

void *ctest_handler(void) { return affine; }
void *ctest_slow(void) { return slow; }
void *ctest_fail(void) { return fail; }

size_t ctest_in_use(void) {
  struct mallinfo2 m = mallinfo2();
  return m.uordblks + m.hblkhd;
}
