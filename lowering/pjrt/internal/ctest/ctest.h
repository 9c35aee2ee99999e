// ctest.h: what the tests of lowering/pjrt need from C.
#include "jg_internal.h"

// ctest_fork forks; the child tries every entry of jg.h. Returns 0 if each was
// refused with JG_FORKED, else the number of the first that was not.
int ctest_fork(jg_exec *e, jg_array *a, char **msg);
// ctest_loop runs e n times and frees the results. raw is PJRT alone, else
// through jg_execute. Returns nanoseconds, or -1.
int64_t ctest_loop(jg_exec *e, jg_array *const *in, size_t nin, int n, int raw);
// ctest_counts runs n retain and release pairs.
void ctest_counts(jg_array *a, int n);
// ctest_drop is a drop callback that counts its calls in *keep.
void ctest_drop(void *keep);
// ctest_handler is an FFI handler: x to 3x+1 for f32. ctest_slow waits 300 ms
// first, ctest_fail is an error.
void *ctest_handler(void);
void *ctest_slow(void);
void *ctest_fail(void);
// ctest_in_use returns the bytes that malloc has given out, XLA's among them.
size_t ctest_in_use(void);
