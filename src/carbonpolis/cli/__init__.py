"""The command line: one sentence a command."""

from __future__ import annotations

from carbonpolis.cli.main import main

__all__ = ["main"]
