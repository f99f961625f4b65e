"""Serve the made-up report: `serve_report.py PORT`. Run by the browser tests in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from make_report import make_report

from carbonpolis.serve import serve

if __name__ == "__main__":
    serve(
        make_report,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        open_browser=False,
        announce=lambda address: print(address, flush=True),
    )
