"""House rules as tests: what is not tested is a wish. Each failure names the place to mend."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "carbonpolis"
MODULES = sorted(SOURCE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
MODULE_LINES, FUNCTION_LINES, PLATFORM_LINES = 400, 70, 150
CLOCK_OWNER = SOURCE / "platform" / "work.py"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_module_is_one_idea():
    long = {short(p): n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > MODULE_LINES}
    assert not long


def test_a_function_does_one_thing():
    long = [
        f"{short(p)}: {f.name}"
        for p in MODULES
        for f in functions(p)
        if (f.end_lineno or f.lineno) - f.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_names_say_what_a_module_holds():
    assert not [short(p) for p in MODULES if p.stem in FORBIDDEN_NAMES or p.parent.name in FORBIDDEN_NAMES]


def test_the_platform_stays_a_hall_of_desks():
    assert len((SOURCE / "platform" / "open.py").read_text(encoding="utf-8").splitlines()) < PLATFORM_LINES


def test_every_module_and_public_name_says_what_it_is():
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            silent.append(short(path))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                if not ast.get_docstring(node):
                    silent.append(f"{short(path)}: {node.name}")
                if isinstance(node, ast.ClassDef):
                    silent += [
                        f"{short(path)}: {node.name}.{method.name}"
                        for method in node.body
                        if isinstance(method, ast.FunctionDef)
                        and not method.name.startswith("_")
                        and not ast.get_docstring(method)
                    ]
    assert not silent


def test_only_the_unit_of_work_knows_the_clock_and_nothing_is_random_unseeded():
    banned = re.compile(
        r"datetime\.(now|utcnow)\(|date\.today\(|time\.(time|time_ns|monotonic)\(|^\s*import random|from random import"
        r"|np\.random\.(rand|randn|normal|uniform|choice|seed)\(|default_rng\(\)",
        re.MULTILINE,
    )
    ambient = [short(p) for p in MODULES if p != CLOCK_OWNER and banned.search(p.read_text(encoding="utf-8"))]
    assert not ambient


def test_printing_stays_at_the_door():
    doors = {SOURCE / "cli.py", SOURCE / "serve.py"}
    printing = [
        short(p)
        for p in MODULES
        if p not in doors and p.parent.name != "cli" and re.search(r"(?<![\w.])print\(", p.read_text(encoding="utf-8"))
    ]
    assert not printing


@pytest.mark.parametrize("path", sorted((SOURCE / "data").rglob("*.csv")), ids=lambda p: p.stem)
def test_every_row_of_a_packaged_table_states_its_source(path: Path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert not [n for n, row in enumerate(rows, start=2) if not (row.get("source") or "").strip()]


def test_imports_are_absolute_and_annotations_postponed():
    late = [
        short(p)
        for p in MODULES
        if "from __future__ import annotations" not in p.read_text(encoding="utf-8")
        and len(ast.parse(p.read_text(encoding="utf-8")).body) > 1
    ]
    assert not late


def test_nothing_committed_names_a_registry_host_or_a_machine():
    telltale = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "/ro" + "ot/"])
    )
    texts = [p for pattern in ("*.md", "*.toml", "Makefile", "*.sh") for p in ROOT.glob(pattern)]
    texts += [*MODULES, *(ROOT / "docs").rglob("*.md"), *(ROOT / "scripts").glob("*"), *(ROOT / "tests").rglob("*.py")]
    assert not [short(p) for p in texts if p.is_file() and telltale.search(p.read_text(encoding="utf-8"))]


# Where a test has to reach behind the desks: to break the disk under a commit, to commit what no desk would, to record
# a past that nobody lived, to hold the live state against the journal.
BEHIND_THE_DESKS = {
    "tests/platform/test_feed_desk.py",
    "tests/platform/test_feed_threads.py",
    "tests/platform/test_surveillance_desk.py",
    "tests/platform/test_trading_desk.py",
    "tests/platform/test_use_restrictions.py",
    "tests/registry/test_foreign_tonnes.py",
    "tests/registry/test_planned.py",
    "tests/registry/test_random_commands.py",
    "tests/stories/test_proof.py",
}


def test_tests_use_the_desks_that_a_person_uses():
    reach = re.compile(r"(?<!self)[.]_work\b")
    reaching = {short(p) for p in (ROOT / "tests").rglob("*.py") if reach.search(p.read_text("utf-8"))}
    assert reaching <= BEHIND_THE_DESKS


def test_what_tests_share_is_imported_by_its_name():
    loading = "spec_from_file" + "_location("
    loaded = [short(p) for p in (ROOT / "tests").rglob("*.py") if loading in p.read_text("utf-8")]
    assert loaded == ["tests/conftest.py"], "the server of scripts/ is no module of the tests"
