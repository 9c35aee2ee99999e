"""Tries a wheel as a user would: in an empty environment, without a compiler, Go or the source tree in reach.

    python wheels/trial.py WHEEL [PYTHON...]

Each PYTHON runs the README's first example and the digits; the first one then runs all tests, from a copy
of tests/ outside of the checkout. The dependencies have the versions of requirements-dev.txt.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]


def pins():
    """requirements-dev.txt as constraints: without hashes, which pip would then ask of the wheel as well."""
    lines = re.findall(r"^([a-z0-9][^\s;]*==[^\s;]+)", (ROOT / "requirements-dev.txt").read_text(), re.M)
    return "\n".join(lines) + "\n"


def trial(wheel, python, full):
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        subprocess.run([python, "-m", "venv", tmp / "env"], check=True)
        (tmp / "pins.txt").write_text(pins())
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JAX", "GO", "CGO", "VIRTUAL_ENV"))}
        # Nothing but the environment's own commands, and an empty cache.
        env |= {"PATH": str(tmp / "env/bin"), "XDG_CACHE_HOME": str(tmp / "cache")}
        found = [tool for tool in ("go", "gcc", "cc", "clang", "git") if shutil.which(tool, path=env["PATH"])]
        if found:
            sys.exit(f"{found} on the PATH of the trial")

        def run(*args):
            print("+", *args, flush=True)
            subprocess.run([tmp / "env/bin/python", *args], check=True, cwd=tmp, env=env)

        extras = "examples,test" if full else "examples"
        run("-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", "pins.txt", f"{wheel.resolve()}[{extras}]")
        for name in ("README.md", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp)
        for name in ("examples", "tests"):
            shutil.copytree(ROOT / name, tmp / name, ignore=shutil.ignore_patterns("__pycache__"))
        (tmp / "readme.py").write_text(re.search(r"```python\n(.*?)```", (tmp / "README.md").read_text(), re.S)[1])
        run("readme.py")
        run("examples/digits.py")
        run("-c", "import jaxgo, sys; assert jaxgo.__file__.startswith(sys.prefix), jaxgo.__file__")
        if full:
            run("-m", "pytest", "-q", "-n", "auto", "--maxprocesses=8", "-p", "no:cacheprovider", "tests", "--pyargs", "jaxgo")


def main():
    wheel, *pythons = sys.argv[1:]
    for i, python in enumerate(pythons or [sys.executable]):
        trial(pathlib.Path(wheel), python, full=i == 0)


if __name__ == "__main__":
    main()
