"""Serve the made-up report with the feed of a folder that another process writes: `serve_market.py PORT DATA`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from make_report import make_report

from carbonpolis import Platform
from carbonpolis.serve import serve

if __name__ == "__main__":
    with Platform.open(sys.argv[2], create=False, writing=False) as platform:
        serve(
            make_report,
            host="127.0.0.1",
            port=int(sys.argv[1]),
            open_browser=False,
            announce=lambda address: print(address, flush=True),
            feed=platform.feed,
        )
