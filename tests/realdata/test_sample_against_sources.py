"""The sample's files are what the compile script makes of the sources, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carbonpolis import data

ROOT = Path(__file__).parents[2]
SAMPLE = Path(data.__file__).parent / "sample"
SHARED = os.environ.get("CARBONPOLIS_SHARED_DATA", "")


@pytest.mark.realdata
@pytest.mark.skipif(not SHARED, reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files")
def test_compiling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "compile_sample.py"
    subprocess.run([sys.executable, str(script), SHARED, str(tmp_path)], check=True)
    for kind in ("cities", "accounts", "activities", "projects", "readings"):
        assert (tmp_path / f"{kind}.csv").read_bytes() == (SAMPLE / f"{kind}.csv").read_bytes(), kind
