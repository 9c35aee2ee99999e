"""Runs a program for which `import jax` means jaxgo: python -m jaxgo script.py [argument …], or -m module [argument …]."""

import runpy
import sys

USAGE = "usage: python -m jaxgo [-m module | script.py] [argument ...]\n\nRuns a program for which `import jax` means jaxgo; see jaxgo.as_jax.\n"


def main(args):
    asked = bool(args) and args[0] in ("-h", "--help")
    if asked or args in ([], ["-m"]):
        (sys.stdout if asked else sys.stderr).write(USAGE)
        return 0 if asked else 2
    import jaxgo.as_jax  # noqa: F401

    if args[0] == "-m":
        sys.argv = args[1:]
        runpy.run_module(args[1], run_name="__main__", alter_sys=True)
    else:
        import os

        sys.argv = args
        sys.path[0] = os.path.dirname(os.path.abspath(args[0]))
        runpy.run_path(args[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
