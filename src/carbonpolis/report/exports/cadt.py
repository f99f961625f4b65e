"""Projects and units in the data model of the Climate Action Data Trust, as CSV files or one Excel workbook.

Source: CAD Trust machine-readable schema v2.0.2 (tables, field names, picklists), Chia-Network/cadt. Keys between
tables are stable: UUID 5 of our own ids, so that a second export names the same things alike. The trust counts tonnes
and takes a block's count from its ends, so blocks number whole tonnes here (`report.tonnes`); a sheet sets them against
the registry's kilograms. What it would refuse says `cadt_rules.refusals`.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from carbonpolis.errors import BadInput, Fault
from carbonpolis.ledger import Purpose
from carbonpolis.quantity import Mass
from carbonpolis.report.exports.disclosure import Disclosure, Holding, countries, picked
from carbonpolis.report.exports.serial_blocks import Block, blocks

SCHEMA = "2.0.2"
Row = dict[str, str]


def tables(facts: Disclosure) -> dict[str, list[Row]]:
    """Every table of the model that this registry fills, in the order in which they are inserted."""
    return {name: list(make(facts)) for name, make in _TABLES.items()}


def write_cadt_csv(facts: Disclosure, folder: Path) -> list[Path]:
    """One CSV file a table into a folder that is made; returns the files. Raises BadInput if it can't be written."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables(facts).items():
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else ["nothing"], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            written.append(path)
    except OSError as problem:
        expected = f"a folder to write ({problem.strerror})"
        raise BadInput([Fault("export", 0, "--out", str(folder), expected)]) from None
    return written


def write_cadt_xlsx(facts: Disclosure, path: Path) -> None:
    """One workbook, a sheet a table. Raises BadInput if it can't be written."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables(facts).items():
        sheet = book.create_sheet(name)
        sheet.append(list(rows[0]) if rows else ["nothing"])
        for row in rows:
            sheet.append([value or None for value in row.values()])  # the trust takes no empty text for nothing
    try:
        book.save(path)
    except OSError as problem:
        raise BadInput([Fault("export", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


def key(kind: str, name: str) -> str:
    """The stable key of a thing in a table."""
    return str(uuid5(NAMESPACE_URL, f"carbonpolis:{kind}:{name}"))


def _about(facts: Disclosure) -> Iterable[Row]:
    said = {
        "schema": f"Climate Action Data Trust data model v{SCHEMA}",
        "registry": facts.registry,
        "unitCount": "tonnes of CO2e, unitEndBlock - unitStartBlock + 1: blocks number the tonnes of an issuance",
        "unitSerialId": "this registry's serials of the same units, which number kilograms: tonne 1 is 1 to 1,000",
        "shared tonnes": "a tonne that several hold is told as most of it is; unitStatusReason names the parts",
        "reconciliation": "kilograms in the registry and tonnes told, by issuance and status; no table of the trust",
        "unitStatus Inactive": "exported to another registry; the serials there are in unitStatusReason",
        "keys": "a workbook keeps them; CSV is given others: leave a table's own key out the first time",
    }
    return ({"field": field, "meaning": meaning} for field, meaning in said.items())


def _program(facts: Disclosure) -> Iterable[Row]:
    for book in sorted({project.rule_book for project in facts.published()}):
        yield {
            "cadTrustProgramId": key("program", book),
            "programName": f"{facts.registry}, rule book {book}",
            "programRegistry": facts.registry,
            "programRegistryId": book,
            "programDescription": "",
        }


def _methodology(facts: Disclosure) -> Iterable[Row]:
    for model in sorted({project.model for project in facts.published()}):
        yield {
            "cadTrustMethodologyId": key("methodology", model),
            "methodologyCode": model,
            "methodologyName": model.replace("_", " "),
            "methodologyType": "",
        }


def _stakeholder(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        yield {
            "cadTrustStakeholderId": key("stakeholder", project.id),
            "stakeholderName": facts.names.get(project.owner, project.owner),
            "stakeholderType": "Owner",
            "cadTrustProjectId": key("project", project.id),
        }


def _project(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        yield {
            "cadTrustProjectId": key("project", project.id),
            "cadTrustProgramId": key("program", project.rule_book),
            "projectRegistryName": facts.registry,
            "projectId": project.id,
            "projectCreditingProgram": project.rule_book,
            "projectName": project.name,
            "projectLink": f"{facts.address}/registry",
            "projectDescription": project.source,
            "projectSector": _list(picked("project_sector")[project.sink_class]),
            "projectType": _list(picked("project_type")[project.sink_class]),
            "projectSubtype": project.sink_class.replace("_", " "),
            "projectStatus": picked("project_status")[project.state],
            "projectStatusDate": project.history[-1].at,
            "projectUnitMetric": "tCO2e",
        }


def _project_methodology(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        yield {
            "cadTrustProjectMethodologyId": key("project_methodology", project.id),
            "cadTrustProjectId": key("project", project.id),
            "cadTrustMethodologyId": key("methodology", project.model),
        }


def _validation(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        move = project.last("validate")
        if move is not None:
            yield {
                "cadTrustValidationId": key("validation", project.id),
                "validationId": f"VAL-{project.id}",
                "validationType": "Validation of Project Design Document",
                "validationBody": facts.names.get(move.by, move.by),
                "validationDate": move.at,
                "validationCreditPeriodStartDate": f"{project.start_year}-01-01",
                "validationCreditPeriodEndDate": f"{project.last_year}-12-31",
                "cadTrustProjectId": key("project", project.id),
            }


def _verification(facts: Disclosure) -> Iterable[Row]:
    years = {report.id: report.year for report in facts.reports}
    validated = {project.id for project in facts.published() if project.last("validate") is not None}
    for opinion in facts.opinions:
        year = years.get(opinion.report)
        if year is not None and opinion.project in validated:
            yield {
                "cadTrustVerificationId": key("verification", opinion.id),
                "verificationId": opinion.id,
                "verificationStartDate": f"{year}-01-01",
                "verificationEndDate": f"{year}-12-31",
                "verificationBody": facts.names.get(opinion.verifier, opinion.verifier),
                "cadTrustProjectId": key("project", opinion.project),
                "cadTrustValidationId": key("validation", opinion.project),
            }


def _location(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        city = facts.cities.get(project.city)
        code = project.city[:2]
        yield {
            "cadTrustLocationId": key("location", project.id),
            "locationCountry": countries().get(code, ("", code, code))[1],
            "locationRegion": city.name if city else project.city,
            "locationGis": f"{city.latitude} / {city.longitude}" if city else "",
            "locationMapType": "GeoJSON" if project.boundary else "",
            "cadTrustProjectId": key("project", project.id),
        }


def _issuance(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        for batch in facts.batches_of(project.id):
            opinion = facts.opinion_of(batch)
            yield {
                "cadTrustIssuanceId": key("issuance", batch.id),
                "issuanceId": batch.id,
                "issuanceDate": batch.at,
                "cadTrustVerificationId": key("verification", opinion.id if opinion else batch.id),
                "cadTrustProjectMethodologyId": key("project_methodology", project.id),
                "cadTrustLocationId": key("location", project.id),
            }


def _unit(facts: Disclosure) -> Iterable[Row]:
    for project in facts.published():
        for batch in facts.batches_of(project.id):
            for block in blocks(facts.holdings_of(batch)):
                yield _unit_row(facts, project.sink_class, batch.vintage, batch.at, block)


def _unit_row(facts: Disclosure, sink_class: str, vintage: int, issued: str, block: Block) -> Row:
    account, retirement = block.most.account, block.most.retirement
    adjustment = facts.adjustments.get(block.batch)
    reason, owner = _state(facts, block.most)
    if len(block.parts) > 1:
        parts = (f"{Mass(p.serials.count)} {_state(facts, p)[0]} ({_state(facts, p)[1]})" for p in block.parts)
        reason = f"shared: {', '.join(parts)}"
    beneficiary = facts.names.get(retirement.beneficiary, retirement.beneficiary) if retirement is not None else ""
    return {
        "cadTrustUnitId": key("unit", block.serials.bare),
        "unitSerialId": str(block.serials),
        "unitStartBlock": str(block.start),
        "unitEndBlock": str(block.end),
        "unitCount": str(block.count),
        "unitType": picked("unit_type")[sink_class],
        "unitVintageYear": str(vintage),
        "unitStatus": picked("unit_status")[account.purpose.value],
        "unitStatusReason": reason,
        "unitStatusDate": retirement.at if retirement is not None else issued,
        "unitRetirementDetail": retirement.id if retirement is not None else "",
        "unitRetirementBeneficiary": beneficiary,
        "unitMetric": "tCO2e",
        "unitCurrentOwner": owner,
        "unitItmosReferenceId": adjustment.reference if adjustment is not None else "",
        "cadTrustIssuanceId": key("issuance", block.batch),
    }


def _state(facts: Disclosure, holding: Holding) -> tuple[str, str]:
    """Why units are in their state, and whose they are."""
    account, retirement = holding.account, holding.retirement
    owner = facts.names.get(account.owner, account.owner)
    if retirement is not None:
        return f"{retirement.purpose} for {retirement.period}", owner
    if account.purpose is Purpose.EXPORTED:
        transit = next((t for t in facts.transits if t.id == account.owner), None)
        if transit is not None:
            holder = facts.names.get(transit.holder, transit.holder)
            return f"exported to {transit.registry} as {transit.foreign_serials}", holder
    return account.purpose.value.replace("_", " "), owner


def _reconciliation(facts: Disclosure) -> Iterable[Row]:
    """What the registry holds to the kilogram beside what is told in tonnes; the difference is in shared tonnes."""
    for project in facts.published():
        for batch in facts.batches_of(project.id):
            exact: Counter[str] = Counter()
            told: Counter[str] = Counter()
            held = list(facts.holdings_of(batch))
            for holding in held:
                exact[picked("unit_status")[holding.account.purpose.value]] += holding.serials.count
            for block in blocks(held):
                told[picked("unit_status")[block.most.account.purpose.value]] += block.count
            for status in sorted(exact):
                yield {
                    "issuanceId": batch.id,
                    "unitStatus": status,
                    "kilograms": str(exact[status]),
                    "tonnesTold": str(told[status]),
                }


def _list(value: str) -> str:
    """A list as the trust's own sheets write it."""
    return json.dumps([value], ensure_ascii=False)


_TABLES: dict[str, Callable[[Disclosure], Iterable[Row]]] = {
    "about": _about,
    "program": _program,
    "methodology": _methodology,
    "project": _project,
    "stakeholder": _stakeholder,
    "projectMethodology": _project_methodology,
    "validation": _validation,
    "verification": _verification,
    "location": _location,
    "issuance": _issuance,
    "unit": _unit,
    "reconciliation": _reconciliation,
}
