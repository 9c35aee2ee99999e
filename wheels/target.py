"""What a release is built for, and the environment that it is built in."""

import os
import pathlib
import platform
import shlex
import subprocess
import sys

from packaging.utils import parse_wheel_filename

ROOT = pathlib.Path(__file__).parents[1]
GLIBC = "2.17"  # the oldest that Go's runtime, Zig and manylinux still support
MACHINE = platform.machine()
GOARCH = {"x86_64": "amd64", "aarch64": "arm64"}


def epoch():
    """The time of the commit; of an unpacked source distribution, the time that its files carry."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    if (ROOT / ".git").exists():
        return int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return int((ROOT / "PKG-INFO").stat().st_mtime)


def plat(arch):
    """The platform tag of a wheel."""
    return f"manylinux_{GLIBC.replace('.', '_')}_{arch}"


def arch_of(wheel):
    """The processor that a wheel is for."""
    tags = {tag.platform for tag in parse_wheel_filename(pathlib.Path(wheel).name)[3]}
    (arch,) = {arch for arch in GOARCH for tag in tags if tag.endswith(arch)}
    return arch


def compiler(arch):
    """The C compiler, with the headers and the symbol versions of an old glibc; Go and setup.py read it from CC."""
    return shlex.join([sys.executable, "-m", "ziglang", "cc", "-target", f"{arch}-linux-gnu.{GLIBC}"])


def environment(arch):
    """The environment of a build: nothing of the caller's that would show in the result."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("CGO_") and k not in ("CFLAGS", "CPPFLAGS", "LDFLAGS", "GOAMD64", "GOARM64")}
    return mine | {
        "CC": compiler(arch),
        "CGO_CFLAGS": "-O2",
        "GOARCH": GOARCH[arch],
        "GOOS": "linux",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(epoch()),
        "_PYTHON_HOST_PLATFORM": f"linux-{arch}",
    }
