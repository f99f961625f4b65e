"""`carbonpolis audit`: check the journal, sign checkpoints, write proofs and check them anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

import carbonpolis
from carbonpolis.errors import BadInput, Fault, Refused
from carbonpolis.ledger.checkpoint import Signed, read_public_key
from carbonpolis.platform.audit.offline import CHECKPOINT_FORMAT, check_document
from carbonpolis.untrusted import Malformed, json_of

HERE = "carbonpolis-data"
HELP = "Check the journal and everything made from it; sign checkpoints; write and check proofs."
app = typer.Typer(help=HELP, no_args_is_help=True)

FolderArgument = Annotated[Path, typer.Argument(help="The data folder.")]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", help="Address of a PostgreSQL journal; the folder holds the rest.")
]
OutOption = Annotated[Path, typer.Option("--out", help="File to write.")]


@app.callback()
def audit() -> None:
    """Check the journal and everything made from it; sign checkpoints; write and check proofs."""


@app.command()
def verify(
    folder: FolderArgument = Path(HERE),
    database: DatabaseOption = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A checkpoint file kept elsewhere; the journal has to begin with it."),
    ] = None,
) -> None:
    """Recompute every hash and balance from the first entry; exit 1 and the first fault if one does not hold."""
    kept = None if against is None else _checkpoint(against)
    with _reading(folder, database) as platform:
        audited = platform.audit.verify(against=kept)
    if not audited.holds:
        print(f"Does not hold. First fault: {audited.fault}")
        raise typer.Exit(1)
    print("Holds: " + ", ".join(f"{number:,} {name}" for name, number in audited.figures.items()))
    print(f"head {audited.head}")
    print(f"root {audited.root}")


@app.command()
def checkpoint(
    folder: FolderArgument = Path(HERE),
    database: DatabaseOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="File to write it to, to be kept elsewhere.")] = None,
) -> None:
    """Sign a checkpoint of the journal as it stands."""
    with carbonpolis.Platform.open(database or folder, create=False, files=folder) as platform:
        signed = platform.audit.checkpoint()
    print(signed.body, end="")
    if out is not None:
        _write(out, {"format": CHECKPOINT_FORMAT, "body": signed.body, "signature": signed.signature})


@app.command()
def key(folder: FolderArgument = Path(HERE), out: OutOption = Path("checkpoint-key.pub.pem")) -> None:
    """Write the public key that checks this folder's checkpoints and proofs."""
    with _reading(folder, None) as platform:
        content = platform.audit.public_key()
    try:
        out.write_bytes(content)
    except OSError as problem:
        raise BadInput([Fault("audit", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None
    print(f"{out}: give it to whoever checks a proof")


@app.command()
def prove(
    what: Annotated[str, typer.Argument(help="A retirement's id, a batch, a range of serials, or a transfer's key.")],
    folder: FolderArgument = Path(HERE),
    out: OutOption = Path("proof.json"),
    database: DatabaseOption = None,
) -> None:
    """Write a proof that a retirement or a unit stands in the journal, for `carbonpolis audit check`."""
    with _reading(folder, database) as platform:
        document = platform.audit.prove(what)
    _write(out, document)
    print(f"{out}: check it anywhere with `carbonpolis audit check {out} --key PUBLIC.pem`")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A proof or a checkpoint.")],
    key: Annotated[Path, typer.Option("--key", help="The public key, in PEM format.")],
) -> None:
    """Check a proof or a checkpoint with the public key alone; exit 1 if it does not hold. Needs no data folder."""
    try:
        public = read_public_key(_bytes(key))
    except ValueError as problem:
        raise BadInput([Fault(key.name, 0, "--key", "other content", f"an Ed25519 public key: {problem}")]) from None
    try:
        checked = check_document(_json(file), public)
    except ValueError as problem:
        print(f"Does not hold: {problem}")
        raise typer.Exit(1) from None
    print("\n".join(["Holds:", *checked.lines]))


def _reading(folder: Path, database: str | None) -> carbonpolis.Platform:
    return carbonpolis.Platform.open(database or folder, create=False, writing=False, files=folder)


def _checkpoint(file: Path) -> Signed:
    document = _json(file)
    found = document if document.get("format") == CHECKPOINT_FORMAT else document.get("checkpoint", {})
    if not isinstance(found, dict) or not {"body", "signature"} <= found.keys():
        raise Refused(file.name, "it holds no checkpoint; `carbonpolis audit checkpoint --out FILE` writes one.")
    return Signed(str(found["body"]), str(found["signature"]))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise BadInput([Fault(file.name, 0, "file", str(file), f"a file to read ({problem.strerror})")]) from None


def _json(file: Path) -> dict[str, Any]:
    try:
        document = json_of(_bytes(file))
    except Malformed as problem:
        expected = f"a proof or checkpoint in JSON; {problem}"
        raise BadInput([Fault(file.name, 0, "file", "other content", expected)]) from None
    if not isinstance(document, dict):
        raise BadInput([Fault(file.name, 0, "file", type(document).__name__, "a proof or checkpoint in JSON")])
    return document


def _write(out: Path, document: dict[str, Any]) -> None:
    try:
        out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("audit", 0, "--out", str(out), f"a file to write ({problem.strerror})")]) from None
