"""Builds what is released: the wheel of a platform, or the source distribution.

    python wheels/release.py wheel                  # of this machine
    python wheels/release.py wheel --arch aarch64   # of another, with the same compiler
    python wheels/release.py sdist

into dist/. wheels/README.md says what is promised about the results. The environment needs wheels/requirements.txt.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import repair
import target
from target import ROOT


def build_wheel(arch, dest):
    for stale in [*ROOT.glob("build/lib*"), *ROOT.glob("build/bdist*")]:  # setuptools would pack what was deleted since
        shutil.rmtree(stale)
    os.environ["SOURCE_DATE_EPOCH"] = str(target.epoch())
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "-w", tmp, ROOT],
            check=True,
            env=target.environment(arch),
        )
        (wheel,) = pathlib.Path(tmp).glob("*.whl")
        return repair.repair(wheel, dest)


def build_sdist(dest):
    env = os.environ | {"SOURCE_DATE_EPOCH": str(target.epoch())}
    # A list of files from an earlier build would be believed.
    shutil.rmtree(ROOT / "python/jaxgo.egg-info", ignore_errors=True)
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([sys.executable, "-m", "build", "-s", "-n", "-o", tmp, ROOT], check=True, env=env, stdout=subprocess.DEVNULL)
        (made,) = pathlib.Path(tmp).glob("*.tar.gz")
        dest.mkdir(parents=True, exist_ok=True)
        return pathlib.Path(shutil.copy(made, dest))


def conda_recipe(sdist):
    """Writes the recipe for a feedstock beside a source distribution that is to be released."""
    text = (ROOT / "wheels/conda/recipe.yaml").read_text()
    here = "source:\n  path: ../..\n"
    if text.count(here) != 1:
        sys.exit("wheels/conda/recipe.yaml: its source is not the checkout")
    url = "https://github.com/jaxgo/jaxgo/releases/download/v${{ version }}/${{ name }}-${{ version }}.tar.gz"
    released = f"source:\n  url: {url}\n  sha256: {hashlib.sha256(sdist.read_bytes()).hexdigest()}\n"
    (sdist.parent / "recipe.yaml").write_text(re.sub(r"\A#.*?\n(?=schema)", "", text, flags=re.S).replace(here, released))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("what", choices=["wheel", "sdist"])
    options.add_argument("--arch", choices=target.GOARCH, default=target.MACHINE)
    options.add_argument("--dest", type=pathlib.Path, default=ROOT / "dist")
    args = options.parse_args()
    if args.what == "sdist":
        sdist = build_sdist(args.dest)
        conda_recipe(sdist)
        repair.report(sdist)
    else:
        repair.report(build_wheel(args.arch, args.dest))


if __name__ == "__main__":
    main()
