"""Builds jaxgo/_core.abi3.so, the one extension module of jaxgo.

Project metadata is in pyproject.toml; this file only says how the extension is made:

  gopy gen      wraps pybind/surface.go: Go and a pybindgen script, under build/gopy
  patches       what gopy writes for its own use and a wheel must not carry (see `generate`)
  go build      links that, package pybind with its C files, and all they import

The first two steps run only when the surface has changed; the last uses Go's build cache. Compiler and
target come from CC, CGO_CFLAGS and GOARCH, as for any `go build`; neither they nor the path of the source
tree show in the result, so that the same source and the same tools give the same bytes.
The shared object defines PyInit__core (gopy's) and PyInit__fast (pybind/module.c), uses only
the stable ABI of CPython 3.11, and takes the interpreter's symbols from whoever loads it.

A source distribution holds the Go modules as well, under vendor/, where go build looks first.
"""

import fcntl
import gzip
import hashlib
import importlib.metadata
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

ROOT = pathlib.Path(__file__).parent.resolve()
BUILD = ROOT / "build"
GEN = BUILD / "gopy"  # holds package main; go.mod tells ./... to ignore build/
MODULE = "github.com/jaxgo/jaxgo"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

LIMITED_API = "#define Py_LIMITED_API 0x030b0000\n#include <stdlib.h>\n"
EXPORTS = "{ global: PyInit__core; PyInit__fast; local: *; };\n"

# A build for `make asan`: "address" or "address,undefined". Go's accesses to memory of C are checked as well; symbols stay.
SANITIZE = os.environ.get("JAXGO_SANITIZE", "")


def run(*args, cwd=ROOT):
    print("+", shlex.join(map(str, args)), flush=True)
    env = {"CGO_CFLAGS": "-O2"} | os.environ | {"CGO_ENABLED": "1"}  # Go's own default is -O2 -g
    if SANITIZE:
        env |= {"CGO_CFLAGS": f"-O2 -g -fno-omit-frame-pointer -fsanitize={SANITIZE}", "CGO_LDFLAGS": f"-fsanitize={SANITIZE}"}
    try:
        subprocess.run([str(a) for a in args], check=True, cwd=cwd, env=env)
    except FileNotFoundError:
        sys.exit(f"{args[0]}: not found; building jaxgo from source needs Go (see go.mod) and a C compiler")
    except subprocess.CalledProcessError as e:
        sys.exit(f"{args[0]}: failed with exit status {e.returncode}")


def write(path, text):
    """Writes text unless the file has it already, so that build caches stay warm."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def digest(paths, *extra):
    h = hashlib.sha256("\0".join(extra).encode())
    for p in sorted(paths):
        h.update(f"\0{p.relative_to(ROOT)}\0".encode() + p.read_bytes())
    return h.hexdigest()


def check_surface():
    """gopy binds every exported name of package pybind; only surface.go may have one."""
    for path in sorted((ROOT / "pybind").glob("*.go")):
        found = re.search(r"^(?:func|type|var|const) ([A-Z]\w*)", path.read_text(), re.M)
        if found and path.name != "surface.go" and not path.name.endswith("_test.go"):
            sys.exit(f"pybind/{path.name}: {found[1]} is exported; only surface.go may export Go names")


def surface_digest():
    lines = [s for s in (ROOT / "go.mod").read_text().splitlines() if "gopy" in s or "x/tools" in s]
    return digest([ROOT / "setup.py", ROOT / "pybind/surface.go"], importlib.metadata.version("pybindgen"), *lines)


def edit(text, pattern, repl, count=None):
    """re.sub that fails when gopy's output is not what the patch was written for."""
    text, n = re.subn(pattern, repl, text, flags=re.M | re.S)
    if n == 0 or (count and n != count):
        sys.exit(f"setup.py: the patch {pattern!r} matched {n} times in gopy's output; was gopy updated?")
    return text


def generate():
    """Writes package main and its C part to build/gopy."""
    shutil.rmtree(GEN, ignore_errors=True)
    GEN.mkdir(parents=True)
    run(
        "go",
        "tool",
        "gopy",
        "gen",
        "-no-make",
        "-dynamic-link=true",
        "-rename=true",
        f"-vm={sys.executable}",
        f"-output={GEN}",
        "-name=core",
        "./pybind",
    )

    go = (GEN / "core.go").read_text()
    # Compiler and linker flags of the interpreter: libpython, an absolute run path, -I of this machine.
    go = edit(go, r"^#cgo (CFLAGS|LDFLAGS):[^\n]*\n", "", 2)
    go = edit(go, r"^// #define Py_LIMITED_API[^\n]*\n", "#cgo CFLAGS: -O2 -I${SRCDIR}/../include/python -I${SRCDIR}/../include\n" + LIMITED_API, 1)
    go = edit(go, r"return PyMethod_Check\(obj\);", "return 0; // PyMethod_Check is not in the stable ABI", 1)
    # A thread-local store that breaks CPython 3.12 and later, offered to Python as a function.
    go = edit(go, r"^// _gopy_clear_go_tls clears.*?^}\n", "", 1)
    # Handles, the forced Go collection after each Python one, slices of every basic type, complex
    # numbers: not for scalars and strings. What follows is the wrappers of the surface itself.
    go = edit(go, r"^// initialization functions.*?^// boolGoToPy", "// boolGoToPy", 1)
    go = edit(go, r"^func complex64GoToPy.*?^// errorGoToPy", "// errorGoToPy", 1)
    go = edit(go, r"^// ---- Package: go ---.*?^// ---- Package: pybind ---", "// ---- Package: pybind ---", 1)
    # The wrappers keep the GIL: taking it back costs more than the call, and the Go side counts on it.
    go = edit(go, r"^\t(_saved_thread :=|(defer )?C\.PyEval_RestoreThread)[^\n]*\n", "")
    # The command line that gopy records has this machine's paths.
    go = edit(go, r"^gopy gen [^\n]*\n", "", 1)
    # gopy writes the functions in the order of a map; sorted, the same source gives the same bytes.
    head, body = go.split("// ---- Functions ---\n")
    go = head + "".join(sorted(re.findall(r"^//export .*?^}\n", body, re.M | re.S)))
    (GEN / "core.go").write_text(go)
    run("go", "tool", "goimports", "-w", GEN / "core.go")

    # The header that the C wrappers include; gopy would link a whole library to get it.
    run(
        "go",
        "tool",
        "cgo",
        "-objdir",
        GEN / "_obj",
        "-exportheader",
        "core_go.h",
        "--",
        f"-I{sysconfig.get_path('include')}",
        "core.go",
        cwd=GEN,
    )
    shutil.rmtree(GEN / "_obj")

    script = (GEN / "build.py").read_text()
    script = edit(script, r"^[^\n]*\(mod, '(?!pybind_)[^\n]*\n|^mod\.add_function\([^\n]*\n", "")
    script = edit(
        script,
        r"^(add_checked\w*\(mod, 'pybind_(\w+)', [^\n]*)\)$",
        lambda m: f"{m[1]}, custom_name='{re.sub('(?<!^)(?=[A-Z])', '_', m[2]).lower()}')",
    )
    functions = re.findall(r"^add_checked\w*\(mod,.*\n", script, re.M)
    script = script.replace("".join(functions), "".join(sorted(functions)))
    (GEN / "build.py").write_text(script)
    run(sys.executable, "build.py", cwd=GEN)

    c = (GEN / "core.c").read_text()
    c = edit(c, r"^typedef PyAsyncMethods\* cmpfunc;", "typedef void *cmpfunc;", 1)
    (GEN / "core.c").write_text(LIMITED_API + c)
    # gopy's Python stubs change directory, import inspect and hook gc; jaxgo/_ext.py does their work.
    for name in ("build.py", "go.py", "pybind.py", "__init__.py"):
        (GEN / name).unlink(missing_ok=True)
    shutil.rmtree(GEN / "__pycache__", ignore_errors=True)


def link_headers():
    """Makes build/include/python a link to CPython's headers, for `#cgo CFLAGS` and plain go commands."""
    target = pathlib.Path(sysconfig.get_path("include"))
    if not (target / "Python.h").exists():
        sys.exit(f"{target}/Python.h: not found; building jaxgo needs the headers of Python (Debian: python3-dev)")
    links = {"python": target}
    # Debian's pyconfig.h includes <x86_64-linux-gnu/python3.11/pyconfig.h>, which only its own compilers find.
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    if multiarch and (target.parent / multiarch / target.name).is_dir():
        links[f"{multiarch}/{target.name}"] = target.parent / multiarch / target.name
    for name, target in links.items():
        link = BUILD / "include" / name
        if not link.is_symlink() or os.readlink(link) != str(target):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def overlay():
    """An overlay that adds a Go file to pybind with the digest of the headers its C files include.

    go build does not look into headers of other folders, so without it an edited one changes nothing.
    """
    headers = [*(ROOT / "pybind").glob("*.h"), *(ROOT / "lowering").rglob("*.h")]
    stamp = BUILD / "headers.go"
    write(stamp, f"package pybind\n\n// {digest(headers)}\n")
    write(BUILD / "overlay.json", json.dumps({"Replace": {str(ROOT / "pybind/zz_headers.go"): str(stamp)}}))
    return BUILD / "overlay.json"


def build(target):
    """Puts an up-to-date shared object at the path target."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        link_headers()
        check_surface()
        stamp, want = GEN / ".surface", surface_digest()
        if not stamp.exists() or stamp.read_text() != want:
            generate()
            stamp.write_text(want)
        write(BUILD / "exports.map", EXPORTS)
        out = BUILD / "_core.so"
        # Go's build ID covers the flags and with them the path of the tree; the linker's own covers the result.
        strip, extstrip = ("", "") if SANITIZE else ("-s -w ", "-Wl,-s ")
        extld = f"{extstrip}-Wl,--build-id=sha1 '-Wl,--version-script={BUILD / 'exports.map'}'"
        ldflags = f'{strip}-buildid= -X {MODULE}/pybind.version={VERSION} "-extldflags={extld}"'
        run(
            "go",
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-buildvcs=false",
            *(["-asan"] if "address" in SANITIZE else []),
            f"-overlay={overlay()}",
            f"-ldflags={ldflags}",
            "-o",
            out,
            ".",
            cwd=GEN,
        )
        out.with_suffix(".h").unlink(missing_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(out, fresh)
        fresh.chmod(0o755)
        fresh.replace(target)  # a process that has the old one mapped keeps it


class BuildGo(build_ext):
    def build_extension(self, ext):
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        build(target)


def vendor(target):
    """Puts the source of the Go modules that jaxgo's packages, tests and tools use into the folder target."""
    if (ROOT / "vendor").is_dir():  # a source distribution is made from an unpacked one
        shutil.copytree(ROOT / "vendor", target, dirs_exist_ok=True)
        return
    run("go", "mod", "vendor", "-o", target)
    modules = subprocess.run(["go", "list", "-m", "-f", "{{.Path}} {{.Dir}}", "all"], cwd=ROOT, check=True, capture_output=True, text=True)
    sources = dict(line.split(" ", 1) for line in modules.stdout.splitlines() if line.count(" "))
    # go mod vendor takes the folders of packages only; C headers in others must follow.
    todo = [f for f in target.rglob("*") if f.suffix in (".go", ".c", ".h")]
    for file in todo:
        for name in re.findall(r'^\s*#\s*include "([^"]+/[^"]+)"', file.read_text(errors="replace"), re.M):
            here = file.parent.relative_to(target)
            module = next((m for m in map(str, [here, *here.parents]) if m in sources), None)
            if module is None:
                continue
            header, copy = pathlib.Path(sources[module]) / here.relative_to(module) / name, file.parent / name
            if header.is_file() and not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(header, copy)
                copy.chmod(0o644)
                todo.append(copy)


class Sdist(sdist):
    """A source distribution with the Go modules; with SOURCE_DATE_EPOCH set, the same tree gives the same bytes."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        vendor(pathlib.Path(base_dir).resolve() / "vendor")

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):
        if format != "gztar":
            sys.exit(f"sdist: {format}: only gztar is made")
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))

        def fixed(info):
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
            info.mtime = epoch or info.mtime
            return info

        out = f"{base_name}.tar.gz"
        with open(out, "wb") as raw, gzip.GzipFile("", "wb", mtime=epoch or None, fileobj=raw) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
                tar.add(base_dir, filter=fixed)  # in the order of names
        return out


setup(
    ext_modules=[Extension("jaxgo._core", sources=[], py_limited_api=True)],
    cmdclass={"build_ext": BuildGo, "sdist": Sdist},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
