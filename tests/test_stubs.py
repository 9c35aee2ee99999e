"""The stubs of the extension name what is there."""

import ast
import pathlib

import pytest

import jaxgo

HERE = pathlib.Path(jaxgo.__file__).parent


@pytest.mark.parametrize("module", ["_core", "_fast"])
def test_stub(module):
    tree = ast.parse((HERE / f"{module}.pyi").read_text())
    real = getattr(jaxgo, module)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            assert callable(getattr(real, node.name)), node.name
        elif isinstance(node, ast.ClassDef):
            cls = getattr(real, node.name)
            for m in node.body:
                if isinstance(m, ast.FunctionDef) and m.name != "__buffer__":
                    assert hasattr(cls, m.name), f"{node.name}.{m.name}"
        elif isinstance(node, ast.AnnAssign):
            assert hasattr(real, node.target.id), node.target.id


def test_every_function_of_the_gopy_surface_has_a_stub():
    names = {n.name for n in ast.parse((HERE / "_core.pyi").read_text()).body if isinstance(n, ast.FunctionDef)}
    real = {n for n in dir(jaxgo._core) if not n.startswith("_") and callable(getattr(jaxgo._core, n))}
    assert real == names
