"""Builds a wheel from a source distribution, as a distribution of Linux does: no network, no git, the system's compiler.

python wheels/offline.py dist/jaxgo-*.tar.gz
"""

import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

# What building from source needs, with the assembler and the linker that gcc calls.
COMMANDS = ("go", "gcc", "cc", "as", "ld")


def build(sdist, tmp):
    """Returns the path of the wheel."""
    with tarfile.open(sdist) as tar:
        tar.extractall(tmp, filter="data")
    (source,) = (p for p in tmp.iterdir() if p.is_dir())
    (tmp / "bin").mkdir()
    for name in COMMANDS:
        if found := shutil.which(name):
            (tmp / "bin" / name).symlink_to(found)
    env = {k: v for k, v in os.environ.items() if k in ("HOME", "LANG", "TMPDIR")} | {
        "PATH": str(tmp / "bin"),
        "GOFLAGS": "-mod=vendor",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOMODCACHE": str(tmp / "modules"),
        "PIP_NO_INDEX": "1",
    }
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "-w", tmp / "out", source],
        check=True,
        env=env,
    )
    if (tmp / "modules").exists() and any((tmp / "modules").glob("*/*")):
        sys.exit("modules were fetched")
    (wheel,) = (tmp / "out").glob("*.whl")
    return wheel


def main():
    sdist = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        wheel = build(sdist, tmp)
        with zipfile.ZipFile(wheel) as z:
            path = z.extract("jaxgo/_core.abi3.so", tmp)
        loader = importlib.machinery.ExtensionFileLoader("_core", path)
        core = importlib.util.module_from_spec(importlib.util.spec_from_loader("_core", loader))
        loader.exec_module(core)
        version = sdist.name.removeprefix("jaxgo-").removesuffix(".tar.gz")
        if core.version() != version:
            sys.exit(f"the extension says {core.version()}, not {version}")
        print(f"{sdist.name}: offline, {wheel.name} of {wheel.stat().st_size} bytes")


if __name__ == "__main__":
    main()
