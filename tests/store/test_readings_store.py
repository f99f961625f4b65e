"""Readings on disk: appended once a key, the newest version read back, a change told by the digest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from carbonpolis.store.readings import SCHEMA, Readings, digest_of


def reading(value: float, *, version: int = 1, stream: str = "S21") -> dict[str, object]:
    at = pd.Timestamp("2020-01-01", tz="UTC")
    return {
        "city": "US-MSP",
        "site": "",
        "stream": stream,
        "time": at,
        "value": value,
        "sd": None,
        "unit": "USD/t",
        "quality": "measured",
        "source": "trade tape",
        "received_at": at,
        "version": version,
    }


def test_the_newest_version_is_read_and_the_older_kept(tmp_path: Path):
    readings = Readings(tmp_path)
    readings.append(pd.DataFrame([reading(30.0)]), key="first", city="*")
    readings.append(pd.DataFrame([reading(31.5, version=2)]), key="correction", city="*")
    assert readings.select()["value"].tolist() == [31.5]
    assert readings.all().count().execute() == 2


def test_the_same_key_is_one_append(tmp_path: Path):
    readings = Readings(tmp_path)
    part = readings.append(pd.DataFrame([reading(30.0)]), key="first", city="*")
    assert readings.append(pd.DataFrame([reading(99.0)]), key="first", city="*") == part
    assert readings.select()["value"].tolist() == [30.0]
    assert readings.digests() == {part.id: part.sha256}
    assert digest_of(tmp_path / part.id) == part.sha256


def test_an_empty_folder_reads_as_no_rows(tmp_path: Path):
    frame = Readings(tmp_path / "none yet").select(streams="S%")
    assert frame.empty
    assert list(frame.columns) == SCHEMA.names


def test_streams_are_chosen_by_pattern(tmp_path: Path):
    readings = Readings(tmp_path)
    rows = [reading(1.0), reading(2.0, stream="land/forest"), reading(3.0, stream="land/wetland")]
    readings.append(pd.DataFrame(rows), key="first", city="*")
    assert readings.select(streams="land/%")["value"].tolist() == [2.0, 3.0]
