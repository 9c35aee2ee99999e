// jg_plugin.c: loading a plugin, its client and devices.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "jg_internal.h"

// ---- plugin -----------------------------------------------------------------------

static void in_child(void) { jg_forked = 1; }
static void watch_forks(void) { pthread_atfork(NULL, NULL, in_child); }

int jg_plugin_load(const char *path, int min_minor, const PJRT_Api **out, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  // XLA reads its log level once, when it is loaded. 1 leaves out what it tells
  // of itself at start and keeps warnings; the user's own setting wins.
  setenv("TF_CPP_MIN_LOG_LEVEL", "1", 0);
  void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!lib) return jg_fail(err, PJRT_Error_Code_FAILED_PRECONDITION, "%s", dlerror());
  const PJRT_Api *(*get)(void) = (const PJRT_Api *(*)(void))dlsym(lib, "GetPjrtApi");
  if (!get) {
    dlclose(lib);
    return jg_fail(err, PJRT_Error_Code_INVALID_ARGUMENT, "it has no GetPjrtApi, so it is not a PJRT plugin");
  }
  const PJRT_Api *api = get();
  if (!api) return jg_fail(err, PJRT_Error_Code_INTERNAL, "its GetPjrtApi returned nothing");
  const PJRT_Api_Version *v = &api->pjrt_api_version;
  if (api->struct_size < offsetof(PJRT_Api, PJRT_Error_Destroy) || v->major_version != PJRT_API_MAJOR || v->minor_version < min_minor)
    return jg_fail(err, PJRT_Error_Code_FAILED_PRECONDITION, "it has PJRT API %d.%d; this build needs %d.%d or later in %d", v->major_version,
                   v->minor_version, PJRT_API_MAJOR, min_minor, PJRT_API_MAJOR);
  // The last function that is called here without asking whether it is there.
  if (api->struct_size < PJRT_STRUCT_SIZE(PJRT_Api, PJRT_Executable_GetCompiledMemoryStats))
    return jg_fail(err, PJRT_Error_Code_FAILED_PRECONDITION, "its PJRT function table has %zu bytes, too few", api->struct_size);
  PJRT_Plugin_Initialize_Args a = {.struct_size = PJRT_Plugin_Initialize_Args_STRUCT_SIZE};
  int rc = jg_take_error(api, api->PJRT_Plugin_Initialize(&a), err);
  if (rc) return rc;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  *out = api;
  return JG_OK;
}

int jg_plugin_attributes(const PJRT_Api *api, const PJRT_NamedValue **attrs, size_t *n, char **err) {
  PJRT_Plugin_Attributes_Args a = {.struct_size = PJRT_Plugin_Attributes_Args_STRUCT_SIZE};
  int rc = jg_take_error(api, api->PJRT_Plugin_Attributes(&a), err);
  if (!rc) *attrs = a.attributes, *n = a.num_attributes;
  return rc;
}

// The FFI extension (xla/pjrt/c/pjrt_c_api_ffi_extension.h), as far as it is
// used here.
typedef struct {
  size_t struct_size;
  const char *target_name;
  size_t target_name_size;
  void *handler;
  const char *platform_name;
  size_t platform_name_size;
  int traits;
} ffi_register_args;

typedef struct {
  PJRT_Extension_Base base;
  void *type_id_register;
  void *user_data_add;
  PJRT_Error *(*register_handler)(ffi_register_args *);
} ffi_extension;

int jg_register_ffi(const PJRT_Api *api, const char *target, const char *platform, void *handler, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  ffi_extension *x = NULL;
  for (PJRT_Extension_Base *b = api->extension_start; b; b = b->next)
    if (b->type == PJRT_Extension_Type_FFI && b->struct_size >= sizeof(ffi_extension)) x = (ffi_extension *)b;
  if (!x || !x->register_handler)
    return jg_fail(err, PJRT_Error_Code_UNIMPLEMENTED, "the plugin takes no FFI handlers");
  ffi_register_args a = {
      .struct_size = sizeof a,
      .target_name = target,
      .target_name_size = strlen(target),
      .handler = handler,
      .platform_name = platform,
      .platform_name_size = strlen(platform),
  };
  return jg_take_error(api, x->register_handler(&a), err);
}

// ---- named values -----------------------------------------------------------------
// Their union is out of reach for Go.

static void named(PJRT_NamedValue *v, const char *name, PJRT_NamedValue_Type type, size_t size) {
  *v = (PJRT_NamedValue){.struct_size = PJRT_NamedValue_STRUCT_SIZE, .name = name, .name_size = strlen(name), .type = type, .value_size = size};
}

void jg_named_string(PJRT_NamedValue *v, const char *name, const char *s, size_t n) {
  named(v, name, PJRT_NamedValue_kString, n);
  v->string_value = s;
}

void jg_named_int(PJRT_NamedValue *v, const char *name, int64_t x) {
  named(v, name, PJRT_NamedValue_kInt64, 1);
  v->int64_value = x;
}

void jg_named_ints(PJRT_NamedValue *v, const char *name, const int64_t *x, size_t n) {
  named(v, name, PJRT_NamedValue_kInt64List, n);
  v->int64_array_value = x;
}

void jg_named_float(PJRT_NamedValue *v, const char *name, float x) {
  named(v, name, PJRT_NamedValue_kFloat, 1);
  v->float_value = x;
}

void jg_named_bool(PJRT_NamedValue *v, const char *name, int x) {
  named(v, name, PJRT_NamedValue_kBool, 1);
  v->bool_value = x;
}

const char *jg_value_string(const PJRT_NamedValue *v) { return v->string_value; }
int64_t jg_value_int(const PJRT_NamedValue *v) { return v->int64_value; }
const int64_t *jg_value_ints(const PJRT_NamedValue *v) { return v->int64_array_value; }
float jg_value_float(const PJRT_NamedValue *v) { return v->float_value; }
int jg_value_bool(const PJRT_NamedValue *v) { return v->bool_value; }

// ---- client -------------------------------------------------------------------------

static int raw_destroy(const PJRT_Api *api, PJRT_Client *client, char **err) {
  PJRT_Client_Destroy_Args a = {.struct_size = PJRT_Client_Destroy_Args_STRUCT_SIZE, .client = client};
  return jg_take_error(api, api->PJRT_Client_Destroy(&a), err);
}

int jg_client_create(const PJRT_Api *api, const PJRT_NamedValue *opts, size_t n, jg_client **out, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Client_Create_Args a = {.struct_size = PJRT_Client_Create_Args_STRUCT_SIZE, .create_options = opts, .num_options = n};
  int rc = jg_take_error(api, api->PJRT_Client_Create(&a), err);
  if (rc) return rc;
  PJRT_Client_AddressableDevices_Args d = {.struct_size = PJRT_Client_AddressableDevices_Args_STRUCT_SIZE, .client = a.client};
  if ((rc = jg_take_error(api, api->PJRT_Client_AddressableDevices(&d), err))) {
    raw_destroy(api, a.client, NULL);
    return rc;
  }
  jg_client *c = calloc(1, sizeof *c);
  if (!c) {
    raw_destroy(api, a.client, NULL);
    return jg_fail(err, PJRT_Error_Code_RESOURCE_EXHAUSTED, "out of host memory");
  }
  c->api = api;
  c->client = a.client;
  c->devices = d.addressable_devices;
  c->ndevices = d.num_addressable_devices;
  *out = c;
  return JG_OK;
}

int jg_client_destroy(jg_client *c, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  long long live = jg_client_live(c), execs = __atomic_load_n(&c->execs, __ATOMIC_ACQUIRE);
  if (live || execs)
    return jg_fail(err, PJRT_Error_Code_FAILED_PRECONDITION, "the client still has %lld arrays and %lld programs", live, execs);
  int rc = raw_destroy(c->api, c->client, err);
  if (!rc) free(c);
  return rc;
}

int jg_client_platform(jg_client *c, jg_text *name, jg_text *version, int *process, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Client_PlatformName_Args n = {.struct_size = PJRT_Client_PlatformName_Args_STRUCT_SIZE, .client = c->client};
  PJRT_Client_PlatformVersion_Args v = {.struct_size = PJRT_Client_PlatformVersion_Args_STRUCT_SIZE, .client = c->client};
  PJRT_Client_ProcessIndex_Args p = {.struct_size = PJRT_Client_ProcessIndex_Args_STRUCT_SIZE, .client = c->client};
  int rc;
  if ((rc = jg_take_error(c->api, c->api->PJRT_Client_PlatformName(&n), err)) ||
      (rc = jg_take_error(c->api, c->api->PJRT_Client_PlatformVersion(&v), err)) ||
      (rc = jg_take_error(c->api, c->api->PJRT_Client_ProcessIndex(&p), err)))
    return rc;
  *name = (jg_text){n.platform_name, n.platform_name_size};
  *version = (jg_text){v.platform_version, v.platform_version_size};
  *process = p.process_index;
  return JG_OK;
}

int jg_client_device(jg_client *c, size_t i, jg_device_info *info, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  const PJRT_Api *api = c->api;
  PJRT_Device_GetDescription_Args g = {.struct_size = PJRT_Device_GetDescription_Args_STRUCT_SIZE, .device = c->devices[i]};
  int rc = jg_take_error(api, api->PJRT_Device_GetDescription(&g), err);
  if (rc) return rc;
  PJRT_DeviceDescription *d = g.device_description;
  PJRT_Device_LocalHardwareId_Args h = {.struct_size = PJRT_Device_LocalHardwareId_Args_STRUCT_SIZE, .device = c->devices[i]};
  PJRT_DeviceDescription_Id_Args id = {.struct_size = PJRT_DeviceDescription_Id_Args_STRUCT_SIZE, .device_description = d};
  PJRT_DeviceDescription_ProcessIndex_Args p = {.struct_size = PJRT_DeviceDescription_ProcessIndex_Args_STRUCT_SIZE, .device_description = d};
  PJRT_DeviceDescription_Kind_Args k = {.struct_size = PJRT_DeviceDescription_Kind_Args_STRUCT_SIZE, .device_description = d};
  PJRT_DeviceDescription_DebugString_Args s = {.struct_size = PJRT_DeviceDescription_DebugString_Args_STRUCT_SIZE, .device_description = d};
  PJRT_DeviceDescription_ToString_Args t = {.struct_size = PJRT_DeviceDescription_ToString_Args_STRUCT_SIZE, .device_description = d};
  PJRT_DeviceDescription_Attributes_Args a = {.struct_size = PJRT_DeviceDescription_Attributes_Args_STRUCT_SIZE, .device_description = d};
  if ((rc = jg_take_error(api, api->PJRT_Device_LocalHardwareId(&h), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_Id(&id), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_ProcessIndex(&p), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_Kind(&k), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_DebugString(&s), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_ToString(&t), err)) ||
      (rc = jg_take_error(api, api->PJRT_DeviceDescription_Attributes(&a), err)))
    return rc;
  *info = (jg_device_info){
      .id = id.id,
      .local_hardware_id = h.local_hardware_id,
      .process_index = p.process_index,
      .kind = {k.device_kind, k.device_kind_size},
      .debug = {s.debug_string, s.debug_string_size},
      .text = {t.to_string, t.to_string_size},
      .attrs = a.attributes,
      .nattrs = a.num_attributes,
  };
  return JG_OK;
}

int jg_client_memory_stats(jg_client *c, size_t i, PJRT_Device_MemoryStats_Args *stats, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  *stats = (PJRT_Device_MemoryStats_Args){.struct_size = PJRT_Device_MemoryStats_Args_STRUCT_SIZE, .device = c->devices[i]};
  return jg_take_error(c->api, c->api->PJRT_Device_MemoryStats(stats), err);
}

int jg_client_assignment(jg_client *c, int replicas, int partitions, int *ids, char **err) {
  if (jg_forked) return jg_fail_forked(err);
  PJRT_Client_DefaultDeviceAssignment_Args a = {
      .struct_size = PJRT_Client_DefaultDeviceAssignment_Args_STRUCT_SIZE,
      .client = c->client,
      .num_replicas = replicas,
      .num_partitions = partitions,
      .default_assignment_size = (size_t)replicas * (size_t)partitions,
      .default_assignment = ids,
  };
  return jg_take_error(c->api, c->api->PJRT_Client_DefaultDeviceAssignment(&a), err);
}
