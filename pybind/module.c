// module.c: jaxgo._fast, the hand-written half of the extension.
#include "jgpy.h"
#include "pytree.h"

#include <pthread.h>

static void in_child(void) { jg_forked = 1; }

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "_fast", NULL, -1, NULL};

// Importing starts nothing: no plugin is loaded, no thread made.
__attribute__((visibility("default"))) PyMODINIT_FUNC PyInit__fast(void) {
  // Go's runtime runs from here on, and it does not survive a fork: a child gets errors instead of hanging.
  pthread_atfork(NULL, NULL, in_child);
  PyObject *m = PyModule_Create(&def);
  if (!m) return NULL;
  if (jg_array_init(m) || jg_call_init(m) || jg_pytree_init(m) || jg_jit_init(m) || jg_buffer_init(m) ||
      jg_pytree_leaf_type((PyObject *)JaxArray_T) || jg_pytree_leaf_type((PyObject *)JaxTracer_T)) {
    Py_DECREF(m);
    return NULL;
  }
  return m;
}
