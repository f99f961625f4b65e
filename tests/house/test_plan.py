"""The plan of the house: floors, the two towers, no circle; and a proof that the plan catches a fault."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(linter), "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_import_keeps_the_plan():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
