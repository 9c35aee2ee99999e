// jg_ffi.h: what every XLA FFI handler does first, and how it fails.
#ifndef JAXGO_LOWERING_PJRT_JG_FFI_H_
#define JAXGO_LOWERING_PJRT_JG_FFI_H_

#include "xla/ffi/api/c_api.h"

static inline XLA_FFI_Error *jg_ffi_error(XLA_FFI_CallFrame *f, XLA_FFI_Error_Code code, const char *message) {
  XLA_FFI_Error_Create_Args a = {.struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE, .message = message, .errc = code};
  return f->api->XLA_FFI_Error_Create(&a);
}

// jg_ffi_execute answers the plugin's questions and reports whether the call is to be executed. A newer API version than
// the plugin's would be refused without a word, so the answer names an old one.
static inline int jg_ffi_execute(XLA_FFI_CallFrame *f) {
  for (XLA_FFI_Extension_Base *e = f->extension_start; e; e = e->next) {
    if (e->type != XLA_FFI_Extension_Metadata) continue;
    XLA_FFI_Metadata *m = ((XLA_FFI_Metadata_Extension *)e)->metadata;
    m->api_version.major_version = XLA_FFI_API_MAJOR;
    m->api_version.minor_version = 1;
    m->traits = 0;
    return 0;
  }
  return f->stage == XLA_FFI_ExecutionStage_EXECUTE;
}

#endif  // JAXGO_LOWERING_PJRT_JG_FFI_H_
