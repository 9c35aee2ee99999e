#!/bin/sh
# Runs Python with the extension of `make asan`:  tests/asan/run.sh PYTHON [ARGUMENTS]
#
# The sanitizer's library must come first in the process, and the C++ library with it: jaxlib, the tests' oracle, throws
# exceptions, which the sanitizer can follow only if it found their functions at the start.
#   PYTHONMALLOC=malloc            Python's objects are seen as well
#   detect_leaks=0                 neither CPython nor XLA frees all at exit; the tests count arrays and watch memory instead
#   allocator_may_return_null=1    a test asks for more memory than there is, and must get an exception
#   quarantine_size_mb=64          how much freed memory is kept to find uses of it
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cc=${CC:-gcc}
PYTHONPATH=$root/build/asan
LD_PRELOAD="$($cc -print-file-name=libasan.so) $($cc -print-file-name=libstdc++.so.6)"
PYTHONMALLOC=malloc
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=64:${ASAN_OPTIONS-}
UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS-}
export PYTHONPATH LD_PRELOAD PYTHONMALLOC ASAN_OPTIONS UBSAN_OPTIONS
exec "$@"
