// lapack.h: XLA FFI handlers that call LAPACK's routines, under the names and with the conventions of jaxlib, so that a
// module that JAX exported runs here as well.
#ifndef JG_LAPACK_H
#define JG_LAPACK_H

enum {
  JG_POTRF, JG_GETRF, JG_GEQRF, JG_GEQP3, JG_ORGQR, JG_ORMQR, JG_SYEVD, JG_GEEV, JG_GEES, JG_GEHRD, JG_SYTRD, JG_GESDD, JG_GESVD, JG_TRSM, JG_GTSV,
  JG_ROUTINES
};
enum { JG_S, JG_D, JG_C, JG_Z, JG_TYPES };

// The routine's address, of a library whose integers have 32 bits. Set before a program that calls it runs.
void jg_lapack_set(int routine, int type, void *function);
// The XLA_FFI_Handler of a routine.
void *jg_lapack_handler(int routine, int type);

#endif
