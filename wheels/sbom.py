"""Writes the software bill of materials of a wheel, CycloneDX 1.6 in JSON, validated against the schema.

    python wheels/sbom.py dist/jaxgo-*.whl    # writes dist/jaxgo-*.whl.cdx.json

repair.py puts the same document, without the hash of the wheel itself, into the wheel's *.dist-info/sboms (PEP 770).
Everything in it comes from the files themselves: the Go modules from the build information in the extension,
their sums from go.sum, Python's packages from pyproject.toml and requirements-dev.txt, the plugin from its wheel.
"""

import base64
import datetime
import hashlib
import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import uuid
import zipfile

import licenses
import target
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = target.ROOT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTENSION = "jaxgo/_core.abi3.so"
PLUGIN = "xla-cpu-pjrt"
PLUGIN_FILE = "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"
# What makes the extension and leaves nothing but its output in it.
TOOLS = ("pybindgen", "setuptools", "ziglang")


def sha256(data):
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(data).hexdigest())


def component(kind, name, version, *, license=None, type=ComponentType.LIBRARY, namespace=None, **more):
    return Component(
        name=f"{namespace}/{name}" if namespace else name,
        version=version,
        type=type,
        purl=PackageURL(kind, namespace, name, version),
        bom_ref=str(PackageURL(kind, namespace, name, version)),
        licenses=[LicenseExpression(license)] if license else None,
        **more,
    )


def go_module(path, version, **more):
    """A Go module, with go.sum's sum of it: the SHA-256 of the list of its files' SHA-256."""
    found = re.search(rf"^{re.escape(path)} {re.escape(version)} h1:(\S+)$", (ROOT / "go.sum").read_text(), re.M)
    if found is None:
        sys.exit(f"{path} {version}: not in go.sum")
    content = base64.b64decode(found[1]).hex()
    namespace, _, name = path.rpartition("/")
    return component(
        "golang",
        name,
        version,
        namespace=namespace,
        license=licenses.expression(path) if (licenses.FOLDER / path).is_dir() else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content)],
        **more,
    )


def go_components(extension):
    """The Go modules and the standard library that are linked into a shared object."""
    info = subprocess.run(["go", "version", "-m", extension], check=True, capture_output=True, text=True).stdout.splitlines()
    go = info[0].rsplit("go", 1)[1]
    yield component("golang", "std", go, license=licenses.expression("go"))
    for fields in (line.split() for line in info[1:]):
        if fields[0] == "=>":
            sys.exit(f"{fields[1]}: a wheel is not built with replaced modules")
        if fields[0] == "dep":
            yield go_module(fields[1], fields[2])
    gopy = licenses.go("list", "-m", "-f", "{{.Path}} {{.Version}}", licenses.TEMPLATES).split()
    yield go_module(*gopy, scope=ComponentScope.EXCLUDED, properties=[Property(name="jaxgo:use", value="generates code of the extension")])


def locked(name):
    """The version of a Python package in requirements-dev.txt, and the lines that pin it."""
    found = re.search(
        rf"^{re.escape(canonicalize_name(name))}==([^\s;]+)[^\n]*\\\n(?:\s+--hash=\S+(?: \\)?\n)+", (ROOT / "requirements-dev.txt").read_text(), re.M
    )
    if found is None:
        sys.exit(f"{name}: not in requirements-dev.txt; `make lock`")
    return found[1], found[0]


def plugin_component(arch):
    """XLA's CPU plugin: a package of its own that jaxgo requires, and the shared object in it."""
    version, pin = locked(PLUGIN)
    folder = ROOT / "build/plugins" / arch
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(pin)
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, f"--platform=manylinux_2_27_{arch}", "--require-hashes", "-r", folder / "requirements.txt", "-d", folder], check=True)
    (wheel,) = folder.glob(f"{PLUGIN.replace('-', '_')}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as z:
        file = Component(name=PLUGIN_FILE, type=ComponentType.FILE, bom_ref=PLUGIN_FILE, hashes=[sha256(z.read(PLUGIN_FILE))])
    return component(
        "pypi",
        PLUGIN,
        version,
        license="Apache-2.0",
        description=f"XLA's CPU compiler and runtime; {wheel.name}",
        hashes=[sha256(wheel.read_bytes())],
        components=[file],
    )


def document(extension, arch, wheel=None):
    """The bill of materials of the wheel that holds the given extension, as JSON."""
    data = pathlib.Path(extension).read_bytes()
    root = component(
        "pypi",
        PROJECT["name"],
        PROJECT["version"],
        license=PROJECT["license"],
        description=PROJECT["description"],
        components=[Component(name=EXTENSION, type=ComponentType.FILE, bom_ref=EXTENSION, hashes=[sha256(data)])],
        hashes=[sha256(wheel.read_bytes())] if wheel else None,
    )
    parts = list(go_components(extension))
    for need in map(Requirement, PROJECT["dependencies"]):
        if canonicalize_name(need.name) == PLUGIN:
            part = plugin_component(arch)
        else:
            part = component("pypi", canonicalize_name(need.name), locked(need.name)[0], description=f"required as {need}; this version is tested")
        parts.append(part)
    for name in TOOLS:
        use = [Property(name="jaxgo:use", value="builds the extension")]
        parts.append(component("pypi", name, importlib.metadata.version(name), scope=ComponentScope.EXCLUDED, properties=use))

    bom = Bom(components=parts)
    bom.metadata.component = root
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.UTC)
    bom.register_dependency(root, [part for part in parts if part.scope is not ComponentScope.EXCLUDED])
    seen = hashlib.sha256(data + (wheel.read_bytes() if wheel else b"")).hexdigest()
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{root.purl}#{seen}")
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    check(text)
    return text


def check(text):
    """Fails unless text follows the schema."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        raise ValueError(f"not a CycloneDX document: {error}")


def main():
    os.environ.setdefault("SOURCE_DATE_EPOCH", str(target.epoch()))
    for wheel in map(pathlib.Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as tmp, zipfile.ZipFile(wheel) as z:
            text = document(z.extract(EXTENSION, tmp), target.arch_of(wheel), wheel)
        out = wheel.with_name(wheel.name + ".cdx.json")
        out.write_text(text)
        print(out)


if __name__ == "__main__":
    main()
