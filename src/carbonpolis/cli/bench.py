"""`carbonpolis bench`: lists the benchmarks of a checkout, or runs them and shows what they measured.

Benchmarks are scripts beside the package, not inside it: their peers are development tools, and a claim is checked
where its code is. So the command needs a checkout, and says so where there is none.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import carbonpolis
from carbonpolis.errors import Refused, Unknown

FOLDER = "benchmarks"
MARK = "_measure.py"  # the module that every benchmark shares: a folder without it is somebody else's
ALL = "all"
SHAPE = ("name", "ours", "peer", "ratio", "unit", "machine")


def bench(
    name: Annotated[str | None, typer.Argument(help="One of the list, or `all`; without it, the list.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the benchmarks of a checkout, or run one (or `all`): ours and its peer in the same run."""
    scripts = {path.stem: path for path in sorted(find_folder().glob("[!_]*.py"))}
    if name is None:
        _print_list(scripts, as_json=as_json)
        return
    if name != ALL and name not in scripts:
        raise Unknown("benchmark", name, [*scripts, ALL])
    rows, failed = [], []
    for chosen in scripts if name == ALL else [name]:
        found, status = run_script(scripts[chosen], as_json=as_json)
        rows += found
        failed += [chosen] if status else []
    if not as_json:
        _print_rows(rows)
    if failed:
        print(f"Failed: {', '.join(failed)}; what went wrong stands above.", file=sys.stderr)
        raise typer.Exit(1)


def find_folder() -> Path:
    """The benchmarks of the checkout that the package runs from, else of the one that is the working directory.

    Raises Refused where there is neither.
    """
    for root in (Path(carbonpolis.__file__).resolve().parents[2], Path.cwd()):
        if (root / FOLDER / MARK).is_file():
            return root / FOLDER
    raise Refused(
        "bench",
        f"there is no {FOLDER}/{MARK} beside the package or in {Path.cwd()}. Benchmarks come with a checkout of the "
        "source and not with the installed package: run this inside one, with the `dev` extra installed.",
    )


def claim(script: Path) -> str:
    """What a benchmark shows: the first line of its docstring."""
    return (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def run_script(script: Path, *, as_json: bool) -> tuple[list[dict[str, Any]], int]:
    """Rows and exit status of a benchmark in a process of its own, so that none warms or burdens the next.

    as_json: pass each line on as it comes.
    """
    rows = []
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            rows.append(json.loads(line))
            if as_json:
                print(line, end="", flush=True)
    return rows, process.returncode


def _print_list(scripts: dict[str, Path], *, as_json: bool) -> None:
    for name, path in scripts.items():
        if as_json:  # the same shape as a run, with nothing measured yet
            print(json.dumps({**dict.fromkeys(SHAPE), "name": name, "claim": claim(path)}, ensure_ascii=False))
        else:
            print(f"{name:<22} {claim(path)}")
    if not as_json:
        print("\nRun one with `carbonpolis bench NAME`, every one with `carbonpolis bench all`.")


def _print_rows(rows: list[dict[str, Any]]) -> None:
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=160, no_color=True)
    table = Table("benchmark", "ours", "peer", "times", "unit", "against", "note", box=None)
    for column in table.columns[1:4]:
        column.justify = "right"
    for row in rows:
        figures = [_figure(row[key]) for key in ("ours", "peer", "ratio")]
        table.add_row(row["name"], *figures, row["unit"], row.get("against", ""), row.get("note", ""))
    console.print(table)
    for line in sorted({str(row["machine"]) for row in rows}):
        console.print(f"on {line}")


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
