"""From a retirement to a proof that anybody can check who holds the public key and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import carbonpolis as package
from carbonpolis import Platform
from carbonpolis.cli.main import app
from carbonpolis.errors import Refused, Unknown
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.ledger.checkpoint import Checkpoint, read_public_key
from carbonpolis.ledger.merkle import is_consistent
from carbonpolis.platform.audit.offline import check_document
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.retirement import retire
from carbonpolis.registry.units import Batch
from carbonpolis.store.keys import PRIVATE_FILE, PUBLIC_FILE

BATCH = Batch("CP-US-MSP-000001-FOR-2020", "US-MSP", "P-1", "forest", "forest", 2020, 5000, 1000, ("by hand",))
ISSUER = Account("US-MSP", "registry", BATCH.id, Purpose.ISSUER)
FOREST = Account("US-MSP", "forest", BATCH.id, Purpose.AVAILABLE)
POOL = Account("US-MSP", "buffer-pool", BATCH.id, Purpose.BUFFER)
MILL = Account("US-MSP", "mill", BATCH.id, Purpose.AVAILABLE)


def story(platform: Platform, busy: int = 0) -> None:
    """Issue a batch, sell some of it, retire some of that, among `busy` other entries."""
    work = platform._work
    issued = (Transfer(ISSUER, FOREST, 4000, Why.ISSUE), Transfer(ISSUER, POOL, 1000, Why.BUFFER))
    work.do("issue", "issue", "registrar", lambda _: Decision(issued, (BATCH,)))
    bank = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
    many = tuple(
        Transfer(bank, Account("US-MSP", f"E-{n}", "USD", Purpose.AVAILABLE), n + 1, Why.DEPOSIT) for n in range(150)
    )
    sale = Transfer(FOREST, MILL, 3000, Why.DELIVER)
    work.do("sell", "settle", "operator", lambda _: Decision((*many, sale)))
    for number in range(busy):
        work.do(f"busy-{number}", "deposit", "operator", lambda _: Decision(many[:1]))
    work.do(
        "retire",
        "retire",
        "mill",
        lambda state: retire(
            "US-MSP",
            "mill",
            2000,
            holdings(state.balances, "US-MSP", "mill"),
            id="RET-1",
            beneficiary="Mill Ltd",
            purpose="compliance",
            period="2020",
            at=platform._work.now().date(),
        ),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proof") / "data"
    with Platform.open(path) as platform:
        story(platform)
    return path


@pytest.fixture
def platform(folder: Path) -> Iterator[Platform]:
    with Platform.open(folder, writing=False) as opened:
        yield opened


def carbonpolis(*arguments: object) -> tuple[int, str]:
    """Exit status and output of a command."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_retirement_is_proved_to_who_holds_only_the_public_key(folder: Path, tmp_path: Path):
    proof, key = tmp_path / "proof.json", tmp_path / "public.pem"
    assert carbonpolis("audit", "key", folder, "--out", key)[0] == 0
    assert carbonpolis("audit", "prove", "RET-1", folder, "--out", proof)[0] == 0
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    command = [sys.executable, "-c", "from carbonpolis.cli import main; main()", "audit", "check", proof, "--key", key]
    environment = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])}
    ended = subprocess.run(command, cwd=alone, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "retirement RET-1: 2.000 t for Mill Ltd, compliance 2020" in ended.stdout
    assert f"retires 2,000 kg of {BATCH.id} from mill" in ended.stdout
    assert list(alone.iterdir()) == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of a document with the way to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for name, each in items:
        yield from leaves(each, (*path, name))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    where = copy
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    return copy


@pytest.mark.parametrize("what", ["RET-1", BATCH.id, f"{BATCH.id}-000002001-000003000"])
def test_no_value_of_a_proof_can_be_changed(platform: Platform, what: str):
    document = json.loads(json.dumps(platform.audit.prove(what)))
    key = read_public_key(platform.audit.public_key())
    said = check_document(document, key).lines
    for path, value in leaves(document):
        other = value + 1 if isinstance(value, int) else ("0" if value[:1] != "0" else "1") + value[1:]
        if path[:2] == ("about", "serials") or path[:2] == ("about", "last move"):
            continue  # what the file says about itself beyond the proof; told as such
        try:
            found = check_document(changed(document, path, other), key)
        except ValueError:
            continue
        same = "unnoticed" if found.lines == said else "believed"
        pytest.fail(f"{path} was changed from {value!r} to {other!r}, {same}")


def test_a_proof_says_where_a_unit_came_from_and_where_it_went(platform: Platform):
    key = read_public_key(platform.audit.public_key())
    sold = check_document(platform.audit.prove(f"{BATCH.id}-000002001-000003000"), key).lines
    assert sold[0].startswith(f"batch {BATCH.id}: serials {BATCH.serials} issued by entry 1")
    assert any("deliver: 3,000 kg" in line for line in sold)
    kept = check_document(platform.audit.prove(f"{BATCH.id}-000003001-000004000"), key).lines
    assert not any("deliver" in line for line in kept)
    with pytest.raises(Refused, match="different ways"):
        platform.audit.prove(f"{BATCH.id}-000001999-000002001")
    with pytest.raises(Unknown, match="retirement, batch or range"):
        platform.audit.prove("RET-9")


def test_a_proof_grows_with_the_logarithm(tmp_path: Path):
    sizes = []
    for busy in (0, 500):
        with Platform.open(tmp_path / f"{busy}") as platform:
            with platform.together():
                story(platform, busy)
            sizes.append(len(json.dumps(platform.audit.prove("RET-1"))))
    assert sizes[1] - sizes[0] < 3 * 9 * 70, "three entries, nine hashes more in each path"


def test_another_key_or_another_document_does_not_pass(folder: Path, tmp_path: Path):
    proof = tmp_path / "proof.json"
    carbonpolis("audit", "prove", "RET-1", folder, "--out", proof)
    with Platform.open(tmp_path / "other") as other:
        story(other)
    status, output = carbonpolis("audit", "check", proof, "--key", tmp_path / "other" / PUBLIC_FILE)
    assert (status, "not that of this key" in output) == (1, True)


def test_a_checkpoint_kept_elsewhere_tells_when_history_was_written_anew(folder: Path, tmp_path: Path):
    kept = tmp_path / "kept.json"
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    status, output = carbonpolis("audit", "checkpoint", copy, "--out", kept)
    assert (status, output.split("\n")[1]) == (0, "3")
    assert carbonpolis("audit", "check", kept, "--key", copy / PUBLIC_FILE)[0] == 0
    with Platform.open(copy) as platform:
        platform.ledger.transfer([], who="operator", key="later")
    assert carbonpolis("audit", "verify", copy, "--against", kept)[0] == 0
    with Platform.open(tmp_path / "anew") as anew:
        story(anew)
    for file in (PRIVATE_FILE, PUBLIC_FILE):
        shutil.copy(copy / file, tmp_path / "anew" / file)
    (tmp_path / "anew" / "journal.sqlite").touch()
    status, output = carbonpolis("audit", "verify", tmp_path / "anew", "--against", kept)
    assert (status, "checkpoints:" in output) == (1, True)


def test_a_journal_proves_that_it_continues_an_older_checkpoint(tmp_path: Path):
    with Platform.open(tmp_path / "data") as platform:
        story(platform)
        old = platform.audit.checkpoint()
        platform.ledger.transfer([], who="operator", key="later")
        new = platform.audit.checkpoint()
        path = platform.audit.consistency(old, new)
    before, after = Checkpoint.parse(old.body), Checkpoint.parse(new.body)
    assert (before.size, after.size) == (3, 4)
    assert is_consistent(before.size, before.root, after.size, after.root, path)


def test_the_private_key_is_its_owners_only(folder: Path):
    assert stat.S_IMODE((folder / PRIVATE_FILE).stat().st_mode) == 0o600
    assert b"PRIVATE" not in (folder / PUBLIC_FILE).read_bytes()


def test_without_a_checkpoint_there_is_nothing_to_prove_with(tmp_path: Path):
    with Platform.open(tmp_path / "data") as platform:
        with pytest.raises(Refused, match="journal is empty"):
            platform.audit.checkpoint()
        with pytest.raises(Refused, match="no checkpoint"):
            platform.audit.public_key()


def test_what_is_no_proof_or_no_key_is_refused(folder: Path, tmp_path: Path):
    from carbonpolis.errors import BadInput

    junk = tmp_path / "junk.json"
    junk.write_text('{"format": "something else"}')
    assert carbonpolis("audit", "check", junk, "--key", folder / PUBLIC_FILE)[0] == 1
    junk.write_text("[1]")
    with pytest.raises(BadInput, match="proof or checkpoint"):
        carbonpolis("audit", "check", junk, "--key", folder / PUBLIC_FILE)
    with pytest.raises(BadInput, match="Ed25519"):
        carbonpolis("audit", "check", junk, "--key", junk)
    with pytest.raises(BadInput, match="a file to read"):
        carbonpolis("audit", "check", tmp_path / "none.json", "--key", folder / PUBLIC_FILE)


def test_the_platform_runs_on_a_database_with_its_files_in_a_folder(database: str, tmp_path: Path):
    files = tmp_path / "files"
    with Platform.open(database, files=files) as platform:
        story(platform)
    with Platform.open(database, files=files, writing=False) as platform:
        audited = platform.audit.verify()
        assert audited.holds, audited.fault
        assert check_document(platform.audit.prove("RET-1"), read_public_key(platform.audit.public_key())).lines
    assert carbonpolis("audit", "verify", files, "--database", database)[0] == 0
    assert sorted(path.name for path in files.iterdir()) == [PRIVATE_FILE, PUBLIC_FILE]
