"""What a person can get wrong: told whole, with the place and the remedy; exit status 2; nothing changed."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
HEADERS = {
    "cities": "city,name,country,latitude,longitude,population,population_year,area_km2,gdp_musd_ppp,gdp_year,"
    "ecological_zone,source",
    "accounts": "account,name,city,role,sector,gpc_ref,year,verified_emissions_t,source",
    "projects": "project,name,city,sink_class,model,owner,start_year,area_ha,inputs,longevity_years,status,source",
    "activities": "city,year,gpc_ref,activity,unit,amount,amount_sd,quality,source",
}
# kind, the row of a file, and what the first fault must name: column, what was found, what was expected.
FAULTS = [
    ("cities", "NL-ONE,One,NL,91,5,1000,2024,10,,,polar,s", ("latitude", "'91'", "90")),
    ("cities", "NL-ONE,One,NL,52,5,1000,2024,10,,,jungle,s", ("ecological_zone", "'jungle'", "one of")),
    ("cities", "NL-ONE,One,NL,52,5,many,2024,10,,,polar,s", ("population", "'many'", "number")),
    ("cities", "Nowhere,One,NL,52,5,1000,2024,10,,,polar,s", ("city", "'Nowhere'", "CN-SZX")),
    ("cities", "NL-ONE,One,NL,52,5,1000,2024,10,,,polar,", ("source", "''", "")),
    ("accounts", "E-1,Mill,NL-TWO,emitter,,,2024,5,s", ("city", "'NL-TWO'", "a city that is loaded")),
    ("accounts", "E-1,Mill,NL-ALD,emperor,,,2024,5,s", ("role", "'emperor'", "emitter")),
    ("accounts", "E-1,Mill,NL-ALD,emitter,,,2024,-5,s", ("verified_emissions_t", "'-5'", "0")),
    ("accounts", "E-1,Mill,NL-ALD,emitter,,,2024,NaN,s", ("verified_emissions_t", "'NaN'", "number")),
    ("accounts", "E-1,Mill,NL-ALD,emitter,,,,5,s", ("year", "''", "the year of the verified emissions")),
    ("accounts", "E-1,Mill,NL-ALD,emitter,,Z.9,2024,5,s", ("gpc_ref", "'Z.9'", "GPC reference")),
    ("projects", "P-9,Wood,NL-ALD,forest,magic,S-NL-ALD-001,2021,5,,50,sourced,s", ("model", "'magic'", "one of")),
    ("projects", "P-9,Wood,NL-ALD,forest,forest_gain_loss,nobody,2021,5,,50,sourced,s",
     ("owner", "'nobody'", "loaded")),
    ("projects", "P-9,Wood,NL-ALD,soil,forest_gain_loss,S-NL-ALD-001,2021,5,,50,sourced,s",
     ("sink_class", "'soil'", "forest")),
    ("projects", "P-9,Wood,NL-ALD,forest,forest_gain_loss,S-NL-ALD-001,2021,5,age_class=ancient,50,sourced,s",
     ("inputs", "ancient", "young")),
    ("activities", "NL-ALD,2024,I.1.1,moonshine,L,5,,,s", ("activity", "'moonshine'", "natural gas")),
    ("activities", "NL-ALD,2024,I.1.1,natural gas,kg,5,,,s", ("unit", "'kg'", "mmBtu")),
    ("activities", "NL-ALD,2024,I.1.1,natural gas,mmBtu,-5,,,s", ("amount", "'-5'", "0 or more")),
    ("activities", "NL-ALD,2024,I.9.9,natural gas,mmBtu,5,,,s", ("gpc_ref", "'I.9.9'", "GPC")),
]  # fmt: skip


def head_of(folder: Path) -> tuple[object, ...]:
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        found = connection.execute("SELECT count(*), max(last), max(digest) FROM commits").fetchone()
    connection.close()
    return tuple(found)


@pytest.mark.parametrize(("kind", "row", "told"), FAULTS, ids=[f"{f[0]}-{f[2][0]}-{f[2][1]}" for f in FAULTS])
def test_a_wrong_cell_is_named_with_file_row_column_and_what_was_expected(
    towns_year: Path, tmp_path: Path, kind: str, row: str, told: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
):
    from carbonpolis import Platform
    from carbonpolis.errors import BadInput

    file = tmp_path / f"{kind}.csv"
    file.write_text(f"{HEADERS[kind]}\n{row}\n", encoding="utf-8")
    with Platform.open(towns_year, create=False, writing=False) as platform, pytest.raises(BadInput) as refused:
        platform.loading.load(kind, file)
    column, found, expected = told
    lines = [line for line in str(refused.value).splitlines() if f"column {column}:" in line]
    assert lines, str(refused.value)
    assert lines[0].startswith(f"{kind}.csv row 2, column {column}: found ")
    assert found.strip("'") in lines[0] and expected in lines[0], lines[0]


def test_all_faults_are_listed_at_once_up_to_twenty_and_nothing_is_changed(
    towns_copy: Path, tmp_path: Path, carbonpolis: Command
):
    before = head_of(towns_copy)
    file = tmp_path / "accounts.csv"
    good = "E-OK,Good,NL-ALD,emitter,,,2024,5,s"
    bad = [f"E-{n},Mill,NL-ALD,emitter,,,2024,-{n},s" for n in range(1, 31)]
    file.write_text("\n".join([HEADERS["accounts"], good, *bad]), encoding="utf-8")
    refused = carbonpolis("load", "accounts", file, "--folder", towns_copy)
    assert (refused.returncode, refused.stdout) == (2, "")
    told = refused.stderr.strip().splitlines()
    assert len([line for line in told if line.startswith("accounts.csv row ")]) == 20
    assert told[-2:] == ["... and 10 more.", "30 faults in 31 rows; nothing was changed."]
    assert head_of(towns_copy) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "a header and at least one row"),
        (b"city,name\n", "a header and at least one row"),
        (b"city,name\nNL-ONE,One\n", "column"),
        (b"city;name\nNL-\xff\xfe;One\n", "UTF-8"),
        (b"PK\x03\x04\x00\x00", "CSV"),
    ],
    ids=["empty", "header only", "columns missing", "no UTF-8", "binary"],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, carbonpolis: Command, content: bytes, told: str):
    file = tmp_path / "cities.csv"
    file.write_bytes(content)
    refused = carbonpolis("load", "cities", file, "--folder", tmp_path / "towns")
    assert refused.returncode == 2
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_commands_say_what_they_need(tmp_path: Path, towns_year: Path, carbonpolis: Command):
    for words, told in (
        (("load", "moods", "x.csv", "--folder", tmp_path), "there are cities, accounts"),
        (("load", "cities", tmp_path / "none.csv", "--folder", tmp_path / "f"), "No such file"),
        (("report", tmp_path / "nothing"), "no Carbonpolis data"),
        (("report", towns_year, "--city", "Atlantis"), "there are Alderbrook, Birchhaven, Cedarport"),
        (("report", towns_year, "--format", "pdf"), "Add --out FILE"),
        (("report", towns_year, "--format", "docx"), "there are table, json, xlsx, pdf"),
        (("report", towns_year, "--format", "xlsx", "--out", tmp_path / "no" / "x.xlsx"), "a file to write"),
        (("run", "--port", "99999"), "less than or equal to 65535"),
        (("audit", "verify", tmp_path / "nothing"), "no Carbonpolis data"),
    ):
        refused = carbonpolis(*words)
        assert refused.returncode == 2, (words, refused.stdout, refused.stderr)
        assert told in re.sub(r"\s+", " ", refused.stderr), (words, refused.stderr)
        assert "Traceback" not in refused.stderr


def test_a_process_ends_with_the_same_words_and_status(
    tmp_path: Path, carbonpolis: Command, carbonpolis_process: Command
):
    """The other tests call the command in their own process; this one holds that to the real thing."""
    for words in (
        ("report", tmp_path / "nothing"),
        ("load", "moods", "x.csv"),
        ("no-such-command",),
        ("template", "cities"),
    ):
        inside, outside = tmp_path / "inside", tmp_path / "outside"
        inside.mkdir(exist_ok=True)
        outside.mkdir(exist_ok=True)
        here, there = carbonpolis(*words, cwd=inside), carbonpolis_process(*words, cwd=outside)
        assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)
        assert [path.name for path in inside.iterdir()] == [path.name for path in outside.iterdir()]


def test_a_folder_of_a_newer_version_is_refused_and_left_alone(towns_copy: Path, carbonpolis: Command):
    with sqlite3.connect(towns_copy / "journal.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for words in (("run", towns_copy, "--no-serve"), ("report", towns_copy), ("audit", "verify", towns_copy)):
        refused = carbonpolis(*words)
        assert refused.returncode == 2
        assert "newer version" in refused.stderr and "Nothing was changed" in refused.stderr


def test_a_port_in_use_names_the_next_free_one(towns_year: Path, carbonpolis: Command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = carbonpolis("serve", towns_year, "--port", port)
    assert refused.returncode == 2
    assert re.search(rf"port {port} on 127.0.0.1 is in use.* add --port \d+", refused.stderr)


def test_a_folder_that_another_process_writes_to_is_refused(towns_copy: Path, carbonpolis_process: Command):
    from carbonpolis import Platform

    with Platform.open(towns_copy):
        refused = carbonpolis_process("run", towns_copy, "--no-serve")
    assert refused.returncode == 2
    assert "another Carbonpolis process is writing to it" in refused.stderr
