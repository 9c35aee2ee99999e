// logging.c: how events of Go reach Python's logging, see logging.go.
#include "jgpy.h"

int jg_log_pending;

void jg_log_set_pending(int on) { __atomic_store_n(&jg_log_pending, on, __ATOMIC_RELEASE); }

// jg_log_deliver has Python log what is queued, at the end of a call whose result it passes on. An exception of the
// call survives; one of the logging does not, unless it is to end the program (Ctrl-C).
PyObject *jg_log_deliver(PyObject *result) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyObject *f = jg_hook("log");
  PyObject *r = f ? PyObject_CallNoArgs(f) : NULL;
  if (!r && !PyErr_ExceptionMatches(PyExc_Exception)) {
    Py_XDECREF(result);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return NULL;
  }
  if (!r) PyErr_WriteUnraisable(f);
  Py_XDECREF(r);
  PyErr_Restore(type, value, trace);
  return result;
}

// jg_log_level asks Python for the least level that anybody listens to.
long jg_log_level(void) {
  PyObject *f = jg_hook("log_level");
  PyObject *r = f ? PyObject_CallNoArgs(f) : NULL;
  long level = r ? PyLong_AsLong(r) : -1;
  Py_XDECREF(r);
  if (PyErr_Occurred()) {
    PyErr_Clear();
    return 30;
  }
  return level;
}
