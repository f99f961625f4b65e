"""The registry: sink projects from plan to certified units, and units to retirement. Pure: facts in, Decision out."""

from __future__ import annotations

from carbonpolis.registry.holdings import Holding, eligible, holdings, holdings_by_owner, take
from carbonpolis.registry.issuance import BUFFER_POOL, certify, decline, issue
from carbonpolis.registry.party import Accreditation, City, Party, Role, connect
from carbonpolis.registry.project import CLASS_CODES, MOVES, Move, SinkProject, move, propose
from carbonpolis.registry.retirement import Retirement, retire
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch, SerialRange, batch_id, follow, is_batch, origin, parse_batch_id, trace
from carbonpolis.registry.verification import MonitoringReport, Opinion, monitor, verify

__all__ = [
    "BUFFER_POOL",
    "CLASS_CODES",
    "MOVES",
    "Accreditation",
    "Batch",
    "City",
    "Holding",
    "MonitoringReport",
    "Move",
    "Opinion",
    "Party",
    "Retirement",
    "Role",
    "RuleBook",
    "SerialRange",
    "SinkProject",
    "batch_id",
    "certify",
    "connect",
    "decline",
    "eligible",
    "follow",
    "holdings",
    "holdings_by_owner",
    "is_batch",
    "issue",
    "monitor",
    "move",
    "origin",
    "parse_batch_id",
    "propose",
    "retire",
    "take",
    "trace",
    "verify",
]
