package pybind

/*
#include "jgpy.h"
static int jg_check_signals(void) { return PyErr_CheckSignals(); }
*/
import "C"

import "time"

// wait releases the GIL until done, and takes it again every tenth of a second to run signal handlers. When one of them
// raised (Ctrl-C), the wait ends: what runs goes on in the background and its result is dropped.
func wait(done chan any) (result any, interrupted bool) {
	for {
		save := C.jg_release_gil()
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case r := <-done:
			timer.Stop()
			C.jg_acquire_gil(save)
			return r, false
		case <-timer.C:
		}
		C.jg_acquire_gil(save)
		if C.jg_check_signals() != 0 {
			return nil, true
		}
	}
}
