"""What is published agrees with itself: metadata, locks, licences, recipes, bills of materials.

`make test-wheel` runs this in the environment of wheels/requirements.txt, where no test is skipped.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from setuptools.command.egg_info import FileList

ROOT = pathlib.Path(__file__).resolve().parents[1]
if not (ROOT / "setup.py").exists():
    pytest.skip("not a checkout", allow_module_level=True)

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCKS = {
    "requirements-dev.txt": (["examples", "test", "docs"], ["dev"]),
    "wheels/requirements.txt": ([], ["wheels"]),
}


def group(name):
    """The requirements of a dependency group and of those it includes."""
    for entry in PYPROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from group(entry["include-group"])


def pins(lock):
    """Name to version, marker and hashes."""
    found = re.findall(r"^(\S+)==([^\s;]+)(?: ; ([^\\\n]+))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", (ROOT / lock).read_text(), re.M)
    return {canonicalize_name(name): (version, marker.strip(), hashes.split()) for name, version, marker, hashes in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock):
    extras, groups = LOCKS[lock]
    asked = [*(PROJECT["dependencies"] if extras else [])]
    asked += [r for extra in extras for r in PROJECT["optional-dependencies"][extra]]
    asked += [r for name in groups for r in group(name)]
    have = pins(lock)
    for text in asked:
        r = Requirement(text)
        version, marker, _ = have[canonicalize_name(r.name)]
        assert r.specifier.contains(version, prereleases=True), f"{text}: {lock} has {version}; `make lock`"
        assert not marker, f"{text}: only where {marker}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_nothing_but_pins_with_hashes(lock):
    text = (ROOT / lock).read_text()
    lines = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert len(lines) == len(pins(lock)) > 10
    assert not re.search(r"https?://|--(extra-)?index|--find-links|^-", text, re.M)


def test_builds_from_source_need_what_the_locks_have():
    for text in PYPROJECT["build-system"]["requires"]:
        assert text in PYPROJECT["dependency-groups"]["build"]


@pytest.mark.skipif(not shutil.which("go"), reason="needs Go")
def test_the_licences_of_the_linked_modules_are_collected():
    subprocess.run([sys.executable, "wheels/licenses.py", "--check"], cwd=ROOT, check=True)


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs a clone")
def test_a_source_distribution_has_every_file():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    tracked = {name for name in tracked if (ROOT / name).exists() and not name.startswith(".git")}
    files = FileList()
    for line in (ROOT / "MANIFEST.in").read_text().splitlines():
        if not line.startswith(("global-exclude", "prune")):
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(ROOT)
                files.process_template_line(line)
    files = {name.replace("\\", "/") for name in files.files} | {"MANIFEST.in", "pyproject.toml", "setup.py"}
    assert not tracked - files, "MANIFEST.in leaves these out"


def test_the_compilers_of_both_ways_to_build_a_wheel_are_one():
    source = (ROOT / "wheels/target.py").read_text()
    glibc = re.search(r'^GLIBC = "(.*?)"', source, re.M)[1]
    assert PYPROJECT["tool"]["cibuildwheel"]["environment"]["CC"] == f"python -m ziglang cc -target $(uname -m)-linux-gnu.{glibc}"
    assert PYPROJECT["tool"]["cibuildwheel"]["environment"]["CGO_CFLAGS"] == re.search(r'"CGO_CFLAGS": "(.*?)"', source)[1]


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_cibuildwheel_understands_its_configuration(arch):
    pytest.importorskip("cibuildwheel")
    command = [sys.executable, "-m", "cibuildwheel", "--platform", "linux", "--archs", arch, "--print-build-identifiers", "."]
    made = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert made[0] == f"cp311-manylinux_{arch}"


def specifiers(texts):
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, texts)}


@pytest.mark.parametrize("platform", ["linux-64", "linux-aarch64"])
def test_the_conda_recipe_agrees_with_pyproject(platform):
    r = pytest.importorskip("rattler_build")
    stage0 = r.Stage0Recipe.from_file(ROOT / "wheels/conda/recipe.yaml")
    variants = r.VariantConfig.from_file(ROOT / "wheels/conda/variants.yaml")
    on = r.PlatformConfig(target_platform=platform, build_platform=platform, host_platform=platform)
    (rendered,) = stage0.render(variants, r.RenderConfig(platform=on))
    recipe = rendered.recipe.to_dict()
    assert recipe["package"] == {"name": PROJECT["name"], "version": PROJECT["version"]}
    assert recipe["about"]["summary"] == PROJECT["description"]
    assert recipe["about"]["license"] == PROJECT["license"]
    for path in recipe["about"]["license_file"]:
        assert (ROOT / path).exists()

    run = specifiers(recipe["requirements"]["run"])
    assert run.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert run == specifiers(PROJECT["dependencies"])
    host = specifiers(recipe["requirements"]["host"])
    assert specifiers(PYPROJECT["build-system"]["requires"]).items() <= host.items()


def built(pattern):
    found = sorted((ROOT / "dist").glob(pattern))
    if not found:
        pytest.skip(f"no dist/{pattern}")
    return found


def test_the_bill_of_materials_is_in_the_wheel_and_tells_the_truth():
    cyclonedx = pytest.importorskip("cyclonedx.validation.json")
    schema = pytest.importorskip("cyclonedx.schema")
    for wheel in built("*.whl"):
        with zipfile.ZipFile(wheel) as z:
            (name,) = [n for n in z.namelist() if re.fullmatch(r"jaxgo-[^/]+\.dist-info/sboms/jaxgo\.cdx\.json", n)]
            text, extension = z.read(name).decode(), z.read("jaxgo/_core.abi3.so")
            licences = [n.split(".dist-info/licenses/")[1] for n in z.namelist() if ".dist-info/licenses/" in n]
            metadata = z.read(name.split("/")[0] + "/METADATA").decode()
        assert cyclonedx.JsonStrictValidator(schema.SchemaVersion.V1_6).validate_str(text) is None
        bom = json.loads(text)
        (file,) = bom["metadata"]["component"]["components"]
        assert file["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(extension).hexdigest()}]
        shipped = {c["purl"].split("@")[0] for c in bom["components"] if c.get("scope") != "excluded"}
        for path in ("numpy", "ml-dtypes", "xla-cpu-pjrt"):
            assert f"pkg:pypi/{path}" in shipped
        modules = {p.removeprefix("pkg:golang/") for p in shipped if p.startswith("pkg:golang/")} - {"std"}
        assert modules
        for module in modules:
            assert any(path.startswith(f"wheels/licenses/{module}/") for path in licences), f"no licence of {module}"
        assert set(re.findall(r"^License-File: (.*)$", metadata, re.M)) == set(licences)


def test_the_bill_of_materials_beside_the_release_names_its_wheel():
    for path in built("*.cdx.json"):
        wheel = path.with_name(path.name.removesuffix(".cdx.json"))
        (digest,) = json.loads(path.read_text())["metadata"]["component"]["hashes"]
        assert digest["content"] == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_the_released_recipe_has_the_hash_of_the_source():
    for path in built("recipe.yaml"):
        (sdist,) = path.parent.glob(f"jaxgo-{PROJECT['version']}.tar.gz")
        assert f"sha256: {hashlib.sha256(sdist.read_bytes()).hexdigest()}\n" in path.read_text()
