"""Benchmarks keep one shape, so that the command can list and run any of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "benchmarks").glob("[!_]*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_states_its_claim_and_can_be_measured(script: Path):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the first line of the docstring is the claim"
    assert [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "measure"]
    assert 'if __name__ == "__main__":' in script.read_text(encoding="utf-8")
