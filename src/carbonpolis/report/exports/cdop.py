"""Projects, issuances and units as JSON of the Carbon Data Open Protocol.

Source: CDOP schema v2.0 (json_schema and examples of Carbon-Data-Open-Protocol): project approach and details, location
details, issuances, unit description. A unit there is a tonne, so blocks number whole tonnes (`report.tonnes`); serial
numbers are the registry's own, of kilograms. Left out, since this registry does not know them: regions and subdivisions
of countries, and a methodology of the protocol's list.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from carbonpolis.data import table
from carbonpolis.errors import BadInput, Fault
from carbonpolis.quantity import Mass
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import Batch
from carbonpolis.report.exports.disclosure import Disclosure, countries, picked
from carbonpolis.report.exports.serial_blocks import Block, blocks

SCHEMA = "2.0"
# rules.md 5.4: Verified, Pending Issuance, Issuing, Pre-issuance, Failed, Complete.
_ISSUANCE_STATUS = {"verified": "Pending Issuance", "monitored": "Issuing", "completed": "Complete"}


def document(facts: Disclosure) -> dict[str, Any]:
    """The whole registry: one entry a project, each with its four documents."""
    return {
        "cdop_schema_version": SCHEMA,
        "registry": facts.registry,
        "projects": [
            {
                "project_approach_and_details": _approach(facts, project),
                "location_details": _location(facts, project),
                "issuances": _issuances(facts, project),
                "unit_descriptions": [
                    _unit(facts, project, batch, block)
                    for batch in facts.batches_of(project.id)
                    for block in blocks(facts.holdings_of(batch))
                ],
            }
            for project in facts.published()
        ],
    }


def write_cdop(facts: Disclosure, path: Path) -> None:
    """Write the JSON. Raises BadInput if it can't be written."""
    text = json.dumps(document(facts), ensure_ascii=False, indent=1) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInput([Fault("export", 0, "--out", str(path), f"a file to write ({problem.strerror})")]) from None


@cache
def _theirs(picklist: str) -> dict[str, str]:
    """Our words to the values that the protocol knows."""
    return {row["ours"]: row["theirs"] for row in table("cdop") if row["picklist"] == picklist}


def identifier(project: SinkProject) -> str:
    """Global identifier, as "cdop:USA:P-US-MSP-FOR"."""
    code = project.city[:2]
    return f"cdop:{countries().get(code, (code, '', ''))[0]}:{project.id}"


def _approach(facts: Disclosure, project: SinkProject) -> dict[str, Any]:
    listed, registered, validated = (project.last(verb) for verb in ("list", "register", "validate"))
    details: dict[str, Any] = {
        "project_name": project.name,
        "project_id_type": "registry_id",
        "project_id": project.id,
        "project_description": f"{project.source}. Measured by {project.model.replace('_', ' ')}.",
        "status": [{"project_status": _theirs("project_status")[project.state], "is_current": True}],
        "mitigation": [
            {
                "mitigation_type": picked("unit_type")[project.sink_class],
                "project_sector": picked("project_sector")[project.sink_class],
                "project_type": _theirs("project_type")[project.sink_class],
            }
        ],
        "current_registry_project_link": f"{facts.address}/registry",
    }
    if listed:
        details["project_list_date"] = listed.at
    if registered:
        details["project_registration_date"] = registered.at
    approach: dict[str, Any] = {
        "crediting_program": {
            "crediting_program": [{"crediting_program_name": facts.registry, "is_current": True}],
            "standard": [{"standard_name": project.rule_book, "is_current": True}],
        },
        "project": details,
        "project_stakeholder": {"project_developer_name": facts.names.get(project.owner, project.owner)},
        "registry": {"current_registry": facts.registry},
    }
    if validated:
        by = facts.names.get(validated.by, validated.by)
        approach["validation"] = {"validation_body_name": by, "validation_date": validated.at}
    return approach


def _location(facts: Disclosure, project: SinkProject) -> dict[str, Any]:
    code = project.city[:2]
    code3, _, name = countries().get(code, (code, code, code))
    city = facts.cities.get(project.city)
    place = {"country_code": code3, "country_name": name, "city": city.name if city else project.city}
    found: dict[str, Any] = {"project": {"location": [place]}}
    if project.boundary:
        found["geolocation_file"] = {
            "location": [
                {
                    "file_name": f"{project.id}_boundary",
                    "file_format": "GeoJSON",
                    "validity_start_date": f"{project.start_year}-01-01",
                    "file_status": "active",
                    "area_type": "project boundary",
                    "geometry_type": "MultiPolygon",
                    "geometry": json.loads(project.boundary),
                }
            ]
        }
    return found


def _issuances(facts: Disclosure, project: SinkProject) -> dict[str, Any]:
    yearly = round(facts.forecast_t.get(project.id, 0.0), 3)
    years = list(range(project.start_year, project.last_year + 1))
    cumulative, issued = 0, []
    for batch in facts.batches_of(project.id):
        cumulative += batch.issued_kg
        opinion = facts.opinion_of(batch)
        issued.append(
            {
                "batch_identifier": f"{identifier(project)}:{batch.id}",
                "date_of_issuance": batch.at,
                "date_of_verification": opinion.at if opinion else "",
                "verification_period_start": f"{batch.vintage}-01-01",
                "verification_period_end": f"{batch.vintage}-12-31",
                "batch_issued_volume": batch.issued_kg / 1000,
                "cumulative_issued_volume": cumulative / 1000,
                "issuance_status": "issued",
            }
        )
    return {
        "project": {"project_identifier": identifier(project), "audits": _audits(facts, project)},
        "issuance": {
            "forecast_annual_issuance": [yearly] * len(years),
            "forecast_year": [f"{year}-01-01" for year in years],
            "forecast_total_issuance": [round(yearly * len(years), 3)],
            "estimated_crediting_period_start": f"{project.start_year}-01-01",
            "estimated_crediting_period_end": f"{project.last_year}-12-31",
            "cumulative_issued_volume": cumulative / 1000,
            "issuance_status": _ISSUANCE_STATUS.get(project.state, "Verified" if issued else "Pre-issuance"),
            "issuance": issued,
        },
    }


def _audits(facts: Disclosure, project: SinkProject) -> list[dict[str, str]]:
    audits = []
    for opinion in facts.opinions:
        if opinion.project == project.id:
            audit = {
                "auditor_name": facts.names.get(opinion.verifier, opinion.verifier),
                "verification_report_date": opinion.at,
            }
            if opinion.site_visit:
                audit["auditor_site_visit_start_date"] = audit["auditor_site_visit_end_date"] = opinion.site_visit
            audits.append(audit)
    return audits


def _unit(facts: Disclosure, project: SinkProject, batch: Batch, block: Block) -> dict[str, Any]:
    holding, retirement = block.most, block.most.retirement
    status = picked("unit_status")[holding.account.purpose.value]
    now: dict[str, Any] = {"status": status, "is_current": True}
    if len(block.parts) > 1:
        shared = (f"{Mass(part.serials.count)} {part.account.purpose.value}" for part in block.parts)
        now["status_reason"] = f"shared: {', '.join(shared)}"
    unit: dict[str, Any] = {
        "descriptor": [{"metric": "tCO2e", "type": picked("unit_type")[project.sink_class]}],
        "owner_account_id": holding.account.owner,
        "reference": [{"serial_number": str(block.serials), "source_serial_number": str(batch.serials)}],
        "status": [now],
        "credit_block": [{"quantity": block.count, "block_start": block.start, "block_end": block.end}],
    }
    if retirement is not None:
        beneficiary = facts.names.get(retirement.beneficiary, retirement.beneficiary)
        detail = f"{retirement.purpose} for {retirement.period}"
        unit["retirement"] = [{"retirement_beneficiary": beneficiary, "retirement_detail": detail}]
    return {
        "project": {"current_registry_project_id": project.id},
        "unit": unit,
        "vintage": {"vintage": f"{batch.vintage}-01-01"},
    }
