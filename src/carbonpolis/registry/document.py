"""Documents, attached by what they are: the SHA-256 of their bytes. The registry keeps the digest, not the file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a project. about: id of the report, opinion or loss it belongs to, "" for the project itself.

    size: bytes. sha256: of its bytes, hexadecimal.
    """

    id: str
    city: str
    project: str
    name: str
    kind: str
    size: int
    sha256: str
    by: str
    at: str
    about: str = ""

    def matches(self, content: bytes) -> bool:
        """Whether these bytes are the document that was attached."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256


def attach(
    project: SinkProject, content: bytes, *, name: str, kind: str, by: Party, at: date, about: str = ""
) -> Decision:
    """Attach a document by its digest; the same bytes on the same project are the same document.

    Raises Refused for an empty document or one without a name or kind.
    """
    if not content:
        raise Refused(project.id, f"the document {name!r} is empty.")
    if not name.strip() or not kind.strip():
        raise Refused(
            project.id, "a document has a name and a kind, such as 'design', 'monitoring plan', 'title deed'."
        )
    digest = hashlib.sha256(content).hexdigest()
    document = Document(
        id=f"D-{project.id}-{digest[:16]}",
        city=project.city,
        project=project.id,
        name=name,
        kind=kind,
        size=len(content),
        sha256=digest,
        by=by.id,
        at=at.isoformat(),
        about=about,
    )
    return Decision(events=(document,))
