"""Builds the wheel of HEAD twice, in two clones with caches, time zones, locales and umasks of their own, and compares the bytes.

python wheels/reproduce.py
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).parents[1]
BUILDERS = [
    ("a", {"TZ": "UTC", "LC_ALL": "C"}, 0o022),
    ("somewhere/much deeper", {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, 0o077),
]


def build(folder, env, umask):
    subprocess.run(["git", "clone", "-q", ROOT, folder / "tree"], check=True)
    env = (
        os.environ
        | env
        | {"GOCACHE": str(folder / "gocache"), "ZIG_GLOBAL_CACHE_DIR": str(folder / "zig"), "ZIG_LOCAL_CACHE_DIR": str(folder / "zig")}
    )
    subprocess.run([sys.executable, "wheels/release.py", "wheel", "--dest", folder / "out"], check=True, cwd=folder / "tree", env=env, umask=umask)
    (wheel,) = (folder / "out").glob("*.whl")
    return wheel


def main():
    with tempfile.TemporaryDirectory() as tmp:
        one, two = (build(pathlib.Path(tmp) / folder, env, umask) for folder, env, umask in BUILDERS)
        sums = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (one, two)]
        if one.name == two.name and sums[0] == sums[1]:
            print(f"the same {one.stat().st_size} bytes twice: sha256 {sums[0]}")
            return
        with zipfile.ZipFile(one) as a, zipfile.ZipFile(two) as b:
            contents = [{i.filename: (z.read(i), i.date_time, i.external_attr) for i in z.infolist()} for z in (a, b)]
        differ = sorted(name for name in contents[0].keys() | contents[1].keys() if contents[0].get(name) != contents[1].get(name))
        sys.exit(f"{one.name} {sums[0]}\n{two.name} {sums[1]}\ndiffer in {differ or 'the packing only'}")


if __name__ == "__main__":
    main()
