// jg_exec.c: programs: running them and asking about them.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "jg_internal.h"

enum { ON_STACK = 128 };  // arguments and outputs that need no allocation

// ---- running --------------------------------------------------------------------

// see_outputs stores size and layout of each output after the first run, so
// that later outputs know theirs from the start.
static void see_outputs(jg_exec *e, PJRT_Buffer *const *bufs) {
  int32_t none = 0;
  if (!__atomic_compare_exchange_n(&e->seen, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return;
  for (size_t i = 0; i < e->nout; i++)
    e->outputs[i].seen = jg_see_layout(e->client->api, bufs[i], &e->outputs[i].nbytes, &e->outputs[i].type);
  __atomic_store_n(&e->seen, 2, __ATOMIC_RELEASE);
}

// The messages of XLA's own check, which would also log them to stderr.
static int donation_clash(jg_exec *e, jg_array *const *in, size_t nin, size_t i, char **err) {
  size_t j = 0;
  while (j < nin && (j == i || in[j] != in[i])) j++;
  if (j == nin) return jg_deleted_error(err);  // donated by a call on another thread
  size_t first = i < j ? i : j, second = i < j ? j : i;
  int d1 = first < e->min_args && e->is_donated[first], d2 = second < e->min_args && e->is_donated[second];
  const char *what = d1 && d2 ? "Attempt to donate the same buffer twice in"
                     : d2     ? "Attempt to donate a buffer which is also used by the same call to"
                              : "Attempt to use a buffer that was previously donated in the same call to";
  const char *toy = d1 && d2 ? "f(donate(a), donate(a))" : d2 ? "f(a, donate(a))" : "f(donate(a), a)";
  return jg_fail(err, JG_DONATED_TWICE,
                 "%s Execute() (flattened argument %zu, replica 0, partition 0, first use: %zu). Toy example for this bug: `%s`.",
                 what, second, first, toy);
}

// claim marks the arguments to donate, so that no other call uses them, and
// lists those that are held and therefore must be copied. Returns how many of
// e->donated it went through; fewer than all of them is an error.
static size_t claim(jg_exec *e, jg_array *const *in, int64_t *kept, size_t *nkept) {
  *nkept = 0;
  for (size_t k = 0; k < e->ndonated; k++) {
    jg_array *a = in[e->donated[k]];
    uint32_t s = jg_array_state(a);
    do {
      if (s & (JG_DELETED | JG_DONATED)) return k;
      if (s >= JG_HOLD_ONE) break;
    } while (!__atomic_compare_exchange_n(&a->state, &s, s | JG_DONATED, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    if (s >= JG_HOLD_ONE) kept[(*nkept)++] = e->donated[k];
  }
  return e->ndonated;
}

// settle ends what claim began for the first n donated arguments: consumed, or
// on failure given back unless XLA had taken them already.
static void settle(jg_exec *e, jg_array *const *in, size_t n, const int64_t *kept, size_t nkept, int ok) {
  const PJRT_Api *api = e->client->api;
  size_t j = 0;
  for (size_t k = 0; k < n; k++) {
    if (j < nkept && kept[j] == e->donated[k]) {
      j++;
      continue;
    }
    jg_array *a = in[e->donated[k]];
    if (ok) {
      // Frees what the program turned out not to reuse; else it does nothing.
      jg_delete(a, NULL);
      continue;
    }
    PJRT_Buffer_IsDeleted_Args d = {.struct_size = PJRT_Buffer_IsDeleted_Args_STRUCT_SIZE, .buffer = a->buf};
    if (!jg_take_error(api, api->PJRT_Buffer_IsDeleted(&d), NULL) && d.is_deleted)
      __atomic_fetch_or(&a->state, JG_DELETED, __ATOMIC_ACQ_REL);
    else
      __atomic_fetch_and(&a->state, ~(uint32_t)JG_DONATED, __ATOMIC_ACQ_REL);
  }
}

static int too_few(jg_exec *e, size_t nin, char **err) {
  return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "the program donates argument %zu, the call has %zu", e->min_args - 1, nin);
}

static int bad_input(jg_exec *e, jg_array *const *in, size_t nin, size_t i, char **err) {
  if (!in[i]) return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "argument %zu is no array", i);
  if (in[i]->client != e->client)
    return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "argument %zu belongs to another client than the program", i);
  if (jg_array_state(in[i]) & JG_DELETED) return jg_deleted_error(err);
  return donation_clash(e, in, nin, i, err);
}

// finish waits for a run and destroys its event.
static int finish(const PJRT_Api *api, PJRT_Event *done, char **err) {
  PJRT_Event_Await_Args w = {.struct_size = PJRT_Event_Await_Args_STRUCT_SIZE, .event = done};
  int rc = jg_take_error(api, api->PJRT_Event_Await(&w), err);
  PJRT_Event_Destroy_Args d = {.struct_size = PJRT_Event_Destroy_Args_STRUCT_SIZE, .event = done};
  jg_take_error(api, api->PJRT_Event_Destroy(&d), NULL);
  return rc;
}

static int run(jg_exec *e, jg_array *const *in, size_t nin, jg_array **out, PJRT_Buffer **args,
               PJRT_Buffer **bufs, char **err) {
  uint32_t committed = 0;
  for (size_t i = 0; i < nin; i++) {
    jg_array *a = in[i];
    if (JG_UNLIKELY(!a || a->client != e->client)) return bad_input(e, in, nin, i, err);
    uint32_t s = jg_array_state(a);
    if (JG_UNLIKELY(s & (JG_DELETED | JG_DONATED))) return bad_input(e, in, nin, i, err);
    committed |= s;
    args[i] = a->buf;
  }
  committed &= JG_COMMITTED;

  PJRT_Buffer *const *arglist[1] = {args};
  PJRT_Buffer **outlist[1] = {bufs};
  PJRT_LoadedExecutable_Execute_Args x = e->args;
  x.argument_lists = arglist;
  x.num_args = nin;
  x.output_lists = outlist;
  PJRT_Event *done = NULL;
  if (JG_UNLIKELY(e->sync)) x.device_complete_events = &done;

  PJRT_Error *failed;
  if (__builtin_expect(e->ndonated == 0, 1)) {
    failed = e->execute(&x);
  } else {
    if (nin < e->min_args) return too_few(e, nin, err);
    int64_t kept_stack[ON_STACK], *kept = kept_stack;
    if (e->ndonated > ON_STACK && !(kept = malloc(e->ndonated * sizeof *kept)))
      return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
    size_t nkept, claimed = claim(e, in, kept, &nkept);
    int rc = JG_OK;
    if (claimed < e->ndonated) {
      rc = bad_input(e, in, nin, (size_t)e->donated[claimed], err);
    } else if (e->ndonated < nin) {
      for (size_t i = 0; i < nin && !rc; i++)
        if (jg_array_state(in[i]) & JG_DONATED && !(i < e->min_args && e->is_donated[i])) rc = bad_input(e, in, nin, i, err);
    }
    PJRT_ExecuteOptions o = e->options;
    failed = NULL;
    if (!rc) {
      if (nkept) {
        o.non_donatable_input_indices = kept;
        o.num_non_donatable_input_indices = nkept;
        x.options = &o;
      }
      failed = e->execute(&x);
    }
    settle(e, in, claimed, kept, nkept, !rc && !failed);
    if (kept != kept_stack) free(kept);
    if (rc) return rc;
  }
  if (JG_UNLIKELY(failed != NULL)) return jg_take_error(e->client->api, failed, err);
  if (JG_UNLIKELY(done != NULL)) {
    int rc = finish(e->client->api, done, err);
    if (rc) {
      for (size_t i = 0; i < e->nout; i++) jg_buffer_destroy(e->client->api, bufs[i]);
      return rc;
    }
  }

  int seen = __atomic_load_n(&e->seen, __ATOMIC_ACQUIRE);
  if (JG_UNLIKELY(seen == 0)) {
    see_outputs(e, bufs);
    seen = __atomic_load_n(&e->seen, __ATOMIC_ACQUIRE);
  }
  if (JG_UNLIKELY(jg_arrays_new(e->client, bufs, e->device, out, e->nout))) {
    for (size_t i = 0; i < e->nout; i++) jg_buffer_destroy(e->client->api, bufs[i]);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  for (size_t i = 0; i < e->nout; i++) {
    const jg_output *o = &e->outputs[i];
    jg_array *a = out[i];
    a->aval = o->aval;
    a->state = o->flags | committed;
    if (seen == 2) {
      a->state |= o->seen;
      a->nbytes = o->nbytes;
      a->type = o->type;
    }
  }
  return JG_OK;
}

int jg_execute(jg_exec *e, jg_array *const *in, size_t nin, jg_array **out, char **err) {
  if (JG_UNLIKELY(jg_forked)) return jg_fail_forked(err);
  if (JG_UNLIKELY(e->ndevices != 1))
    return jg_fail(err, PJRT_Error_Code_UNIMPLEMENTED, "the program runs on %d devices here; one is supported", e->ndevices);
  if (__builtin_expect(nin <= ON_STACK && e->nout <= ON_STACK, 1)) {
    PJRT_Buffer *args[ON_STACK], *bufs[ON_STACK];
    return run(e, in, nin, out, args, bufs, err);
  }
  PJRT_Buffer **args = malloc((nin + e->nout) * sizeof *args);
  if (!args) return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  int rc = run(e, in, nin, out, args, args + nin, err);
  free(args);
  return rc;
}

// ---- what the caller stores -------------------------------------------------------

void jg_exec_set_sync(jg_exec *e) { e->sync = 1; }
size_t jg_exec_num_outputs(const jg_exec *e) { return e->nout; }
int32_t jg_exec_device(const jg_exec *e) { return e->device; }

int jg_exec_set_outputs(jg_exec *e, const uint32_t *avals, const uint8_t *flags, size_t n, char **err) {
  if (n != e->nout)
    return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "the program has %zu outputs, %zu were described", e->nout, n);
  for (size_t i = 0; i < n; i++) {
    e->outputs[i].aval = avals[i];
    e->outputs[i].flags = flags ? flags[i] & (JG_COMMITTED | JG_WEAK) : 0;
  }
  return JG_OK;
}

int jg_exec_set_donated(jg_exec *e, const int32_t *args, size_t n, char **err) {
  size_t min_args = 0;
  for (size_t i = 0; i < n; i++) {
    if (args[i] < 0 || args[i] > 1 << 24)
      return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "no argument %d to donate", args[i]);
    if ((size_t)args[i] >= min_args) min_args = (size_t)args[i] + 1;
  }
  int32_t *list = malloc(n * sizeof *list + 1);
  uint8_t *is = calloc(min_args + 1, 1);
  if (!list || !is) {
    free(list);
    free(is);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  size_t m = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is[args[i]]) list[m++] = args[i];
    is[args[i]] = 1;
  }
  free(e->donated);
  free(e->is_donated);
  e->donated = list;
  e->is_donated = is;
  e->ndonated = m;
  e->min_args = min_args;
  return JG_OK;
}

// ---- making and counting ----------------------------------------------------------

void jg_exec_incref(jg_exec *e) { __atomic_fetch_add(&e->refs, 1, __ATOMIC_RELAXED); }

static void loaded_destroy(const PJRT_Api *api, PJRT_LoadedExecutable *l) {
  PJRT_LoadedExecutable_Destroy_Args a = {.struct_size = PJRT_LoadedExecutable_Destroy_Args_STRUCT_SIZE, .executable = l};
  if (l) jg_take_error(api, api->PJRT_LoadedExecutable_Destroy(&a), NULL);
}

static void exec_free(jg_exec *e) {
  const PJRT_Api *api = e->client->api;
  if (e->executable) {
    PJRT_Executable_Destroy_Args a = {.struct_size = PJRT_Executable_Destroy_Args_STRUCT_SIZE, .executable = e->executable};
    jg_take_error(api, api->PJRT_Executable_Destroy(&a), NULL);
  }
  loaded_destroy(api, e->loaded);
  __atomic_fetch_sub(&e->client->execs, 1, __ATOMIC_RELAXED);
  free(e->outputs);
  free(e->donated);
  free(e->is_donated);
  free(e);
}

void jg_exec_decref(jg_exec *e) {
  if (e && __atomic_fetch_sub(&e->refs, 1, __ATOMIC_ACQ_REL) == 1 && !jg_forked) exec_free(e);
}

// exec_new takes over loaded, on an error too.
static int exec_new(jg_client *c, PJRT_LoadedExecutable *loaded, jg_exec **out, char **err) {
  const PJRT_Api *api = c->api;
  jg_exec *e = calloc(1, sizeof *e);
  if (!e) {
    loaded_destroy(api, loaded);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  e->client = c;
  e->loaded = loaded;
  e->refs = 1;
  e->execute = api->PJRT_LoadedExecutable_Execute;
  __atomic_fetch_add(&c->execs, 1, __ATOMIC_RELAXED);
  PJRT_LoadedExecutable_GetExecutable_Args g = {.struct_size = PJRT_LoadedExecutable_GetExecutable_Args_STRUCT_SIZE, .loaded_executable = loaded};
  int rc = jg_take_error(api, api->PJRT_LoadedExecutable_GetExecutable(&g), err);
  if (rc) goto fail;
  e->executable = g.executable;
  PJRT_Executable_NumOutputs_Args n = {.struct_size = PJRT_Executable_NumOutputs_Args_STRUCT_SIZE, .executable = g.executable};
  if ((rc = jg_take_error(api, api->PJRT_Executable_NumOutputs(&n), err))) goto fail;
  e->nout = n.num_outputs;
  if (!(e->outputs = calloc(e->nout + 1, sizeof *e->outputs))) {
    rc = jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
    goto fail;
  }
  PJRT_LoadedExecutable_AddressableDevices_Args d = {.struct_size = PJRT_LoadedExecutable_AddressableDevices_Args_STRUCT_SIZE, .executable = loaded};
  if ((rc = jg_take_error(api, api->PJRT_LoadedExecutable_AddressableDevices(&d), err))) goto fail;
  e->ndevices = (int32_t)d.num_addressable_devices;
  for (size_t i = 0; i < c->ndevices && e->ndevices; i++)
    if (c->devices[i] == d.addressable_devices[0]) e->device = (int32_t)i;
  e->options = (PJRT_ExecuteOptions){.struct_size = PJRT_ExecuteOptions_STRUCT_SIZE};
  e->args = (PJRT_LoadedExecutable_Execute_Args){
      .struct_size = PJRT_LoadedExecutable_Execute_Args_STRUCT_SIZE,
      .executable = loaded,
      .options = &e->options,
      .num_devices = 1,
  };
  *out = e;
  return JG_OK;
fail:
  exec_free(e);
  return rc;
}

int jg_compile(jg_client *c, const void *code, size_t n, const void *opts, size_t nopts, jg_exec **out, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Program p = {.struct_size = PJRT_Program_STRUCT_SIZE, .code = (char *)code, .code_size = n, .format = "mlir", .format_size = 4};
  PJRT_Client_Compile_Args a = {
      .struct_size = PJRT_Client_Compile_Args_STRUCT_SIZE,
      .client = c->client,
      .program = &p,
      .compile_options = opts,
      .compile_options_size = nopts,
  };
  int rc = jg_take_error(c->api, c->api->PJRT_Client_Compile(&a), err);
  return rc ? rc : exec_new(c, a.executable, out, err);
}

int jg_deserialize(jg_client *c, const void *data, size_t n, const void *opts, size_t nopts, jg_exec **out, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_DeserializeAndLoad_Args a = {
      .struct_size = PJRT_Executable_DeserializeAndLoad_Args_STRUCT_SIZE,
      .client = c->client,
      .serialized_executable = data,
      .serialized_executable_size = n,
      .overridden_serialized_compile_options = nopts ? opts : NULL,
      .overridden_serialized_compile_options_size = nopts,
  };
  int rc = jg_take_error(c->api, c->api->PJRT_Executable_DeserializeAndLoad(&a), err);
  return rc ? rc : exec_new(c, a.loaded_executable, out, err);
}

// ---- asking -----------------------------------------------------------------------

int jg_exec_serialize(jg_exec *e, void **data, size_t *n, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  const PJRT_Api *api = e->client->api;
  PJRT_Executable_Serialize_Args a = {.struct_size = PJRT_Executable_Serialize_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(api, api->PJRT_Executable_Serialize(&a), err);
  if (rc) return rc;
  *n = a.serialized_bytes_size;
  *data = malloc(*n + 1);
  if (*data) memcpy(*data, a.serialized_bytes, *n);
  a.serialized_executable_deleter(a.serialized_executable);
  return *data ? JG_OK : jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
}

int jg_exec_optimized(jg_exec *e, void **data, size_t *n, jg_text *format, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  const PJRT_Api *api = e->client->api;
  PJRT_Program p = {.struct_size = PJRT_Program_STRUCT_SIZE};
  PJRT_Executable_OptimizedProgram_Args a = {.struct_size = PJRT_Executable_OptimizedProgram_Args_STRUCT_SIZE, .executable = e->executable, .program = &p};
  int rc = jg_take_error(api, api->PJRT_Executable_OptimizedProgram(&a), err);
  if (rc) return rc;
  if (!(p.code = malloc(p.code_size + 1))) return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  if ((rc = jg_take_error(api, api->PJRT_Executable_OptimizedProgram(&a), err))) {
    free(p.code);
    return rc;
  }
  *data = p.code;
  *n = p.code_size;
  *format = (jg_text){p.format, p.format_size};
  return JG_OK;
}

int jg_exec_name(jg_exec *e, jg_text *name, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_Name_Args a = {.struct_size = PJRT_Executable_Name_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(e->client->api, e->client->api->PJRT_Executable_Name(&a), err);
  if (!rc) *name = (jg_text){a.executable_name, a.executable_name_size};
  return rc;
}

int jg_exec_fingerprint(jg_exec *e, jg_text *print, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_Fingerprint_Args a = {.struct_size = PJRT_Executable_Fingerprint_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(e->client->api, e->client->api->PJRT_Executable_Fingerprint(&a), err);
  if (!rc) *print = (jg_text){a.executable_fingerprint, a.executable_fingerprint_size};
  return rc;
}

int jg_exec_output_types(jg_exec *e, const PJRT_Buffer_Type **types, size_t *n, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_OutputElementTypes_Args a = {.struct_size = PJRT_Executable_OutputElementTypes_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(e->client->api, e->client->api->PJRT_Executable_OutputElementTypes(&a), err);
  if (!rc) *types = a.output_types, *n = a.num_output_types;
  return rc;
}

int jg_exec_output_dims(jg_exec *e, const int64_t **dims, const size_t **ranks, size_t *n, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_OutputDimensions_Args a = {.struct_size = PJRT_Executable_OutputDimensions_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(e->client->api, e->client->api->PJRT_Executable_OutputDimensions(&a), err);
  if (!rc) *dims = a.dims, *ranks = a.dim_sizes, *n = a.num_outputs;
  return rc;
}

int jg_exec_cost(jg_exec *e, const PJRT_NamedValue **props, size_t *n, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Executable_GetCostAnalysis_Args a = {.struct_size = PJRT_Executable_GetCostAnalysis_Args_STRUCT_SIZE, .executable = e->executable};
  int rc = jg_take_error(e->client->api, e->client->api->PJRT_Executable_GetCostAnalysis(&a), err);
  if (!rc) *props = a.properties, *n = a.num_properties;
  return rc;
}

int jg_exec_memory(jg_exec *e, PJRT_Executable_GetCompiledMemoryStats_Args *stats, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  *stats = (PJRT_Executable_GetCompiledMemoryStats_Args){.struct_size = PJRT_Executable_GetCompiledMemoryStats_Args_STRUCT_SIZE, .executable = e->executable};
  return jg_take_error(e->client->api, e->client->api->PJRT_Executable_GetCompiledMemoryStats(stats), err);
}
