"""Collects the licences of the Go code that is linked into a wheel into wheels/licenses.

pyproject.toml names that folder in license-files, so that every distribution carries it.

    python wheels/licenses.py           writes the folder
    python wheels/licenses.py --check   fails when it is not what would be written
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "wheels/licenses"
NAMES = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|PATENTS)([.-].*)?", re.I)
# gopy's templates are in the code that it generates.
TEMPLATES = "github.com/go-python/gopy"
# Words that appear in one licence only. A text without any of them is for a human to look at.
TELLING = {
    "Apache-2.0": r"Apache License,?\s+Version 2\.0",
    "MIT": r"Permission is hereby granted, free of charge, to any person",
    "BSD-3-Clause": r"Redistribution and use in source and binary forms.*?(Neither the name|names? of .{0,80} (may|be) )",
    "BSD-2-Clause": r"Redistribution and use in source and binary forms(?!.*Neither the name)",
}


def go(*args, **env):
    return subprocess.run(["go", *args], cwd=ROOT, env=os.environ | env, check=True, capture_output=True, text=True).stdout


def linked():
    """The packages outside jaxgo that the extension is linked from, on any platform: their modules, paths and folders."""
    form = "{{with .Module}}{{if not .Main}}{{.Path}} {{$.ImportPath}} {{$.Dir}}{{end}}{{end}}"
    lines = {
        line
        for arch in ("amd64", "arm64")
        for line in go("list", "-deps", "-f", form, "./pybind", GOOS="linux", GOARCH=arch, CGO_ENABLED="1").splitlines()
    }
    lines.add(go("list", "-f", form, TEMPLATES).strip())
    return [line.split(" ", 2) for line in sorted(lines) if line]


def collect():
    """What the folder should hold: paths relative to it, and the texts."""
    texts = {}
    for module, package, folder in linked():
        path, folder = pathlib.PurePosixPath(package), pathlib.Path(folder)
        while path.is_relative_to(module):  # from the package up to the module's root
            texts |= {path / file.name: file.read_text() for file in folder.iterdir() if file.is_file() and NAMES.fullmatch(file.name)}
            path, folder = path.parent, folder.parent
        if not any(path.is_relative_to(module) for path in texts):
            sys.exit(f"{module}: no licence found above {package}")
    # The runtime and the standard library.
    goroot = pathlib.Path(go("env", "GOROOT").strip())
    for name in ("LICENSE", "PATENTS"):
        texts[pathlib.PurePosixPath("go") / name] = (goroot / name).read_text()
    return texts


def expression(module):
    """The SPDX expression of the licences collected for a module."""
    texts = [f.read_text() for f in sorted((FOLDER / module).rglob("*")) if f.is_file() and not f.name.startswith(("PATENTS", "NOTICE"))]
    names = {name for text in texts for name, words in TELLING.items() if re.search(words, text, re.S)}
    if not names:
        raise ValueError(f"{module}: unknown licence")
    return " AND ".join(sorted(names))


def main():
    texts = collect()
    have = {pathlib.PurePosixPath(f.relative_to(FOLDER).as_posix()): f for f in FOLDER.rglob("*") if f.is_file()}
    if "--check" in sys.argv[1:]:
        wrong = sorted(str(p) for p in texts.keys() | have.keys() if p not in texts or p not in have or have[p].read_text() != texts[p])
        if wrong:
            sys.exit(f"wheels/licenses is not what the linked modules have; `make licenses`: {', '.join(wrong)}")
        return
    for path in have.keys() - texts.keys():
        have[path].unlink()
    for path, text in texts.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text)
    for module in sorted({str(p.parent) for p in texts}):
        print(f"{module}: {expression(module)}")


if __name__ == "__main__":
    main()
