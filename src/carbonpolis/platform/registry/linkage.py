"""The registries desk: units to and from other registries, and the adjustments of Article 6."""

from __future__ import annotations

from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import REGISTRAR, party_named
from carbonpolis.platform.registry.lookups import next_import_number
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import Mass
from carbonpolis.registry import linkage
from carbonpolis.registry.foreign import agree, read_serials, state_serials
from carbonpolis.registry.foreign_forms import ForeignSerials
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.linkage import Adjustment, Transit
from carbonpolis.registry.party import Party
from carbonpolis.registry.units import Batch, SerialRange, trace


@desk
class Registries:
    """Locks, confirms, finishes and rolls back transfers; declares adjustments."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def lock_out(self, transit: str, *, holder: str, tonnes: str, registry: str, by: str, at: date, key: str) -> Answer:
        """Lock units of a holder for another registry, oldest first."""

        def decide(state: State) -> Decision:
            self._new(state, transit)
            party, kg = state.get(Party, holder), Mass.tonnes(tonnes).kg
            held = holdings(state.balances, party.city, party.id)
            who = party_named(state, by)
            return linkage.lock_out(party.city, party, kg, held, id=transit, registry=registry, by=who, at=at)

        return self._work.do(key, "lock out", by, decide)

    def lock_in(
        self,
        transit: str,
        *,
        holder: str,
        foreign_serials: str = "",
        reference: str,
        by: str,
        at: date,
        key: str,
        registry: str = "",
        block: str = "",
        first: int = 0,
        last: int = 0,
        vintage: int = 0,
        project: str = "",
    ) -> Answer:
        """Record another registry's lock of its units for a holder here.

        foreign_serials: as it prints them. Where their form is not known here, they are stated instead: registry, block
        (all that stands before the numbers), first and last unit, both included, vintage and project. Raises Refused
        where a unit may have come in before, in whatever spelling.
        """

        def decide(state: State) -> Decision:
            self._new(state, transit)
            return linkage.lock_in(
                state.get(Party, holder),
                _stated(transit, foreign_serials, registry, block, first, last, vintage, project),
                id=transit,
                reference=reference,
                known=state.all(Transit),
                batches=state.all(Batch),
                by=party_named(state, by),
                at=at,
            )

        return self._work.do(key, "lock in", by, decide)

    def confirm(
        self,
        transit: str,
        *,
        at: date,
        key: str,
        by: str = REGISTRAR.id,
        foreign_serials: str = "",
        reference: str = "",
    ) -> Answer:
        """Record the other registry's answer: its serials (out) or that its units are gone (in)."""

        def decide(state: State) -> Decision:
            subject = state.get(Transit, transit)
            return linkage.confirm(
                subject,
                by=party_named(state, by),
                at=at,
                foreign_serials=foreign_serials,
                reference=reference,
                serials=self._locked(state, subject),
                known=state.all(Transit),
            )

        return self._work.do(key, "confirm", by, decide)

    def finish(
        self, transit: str, *, at: date, key: str, by: str = REGISTRAR.id, sink_class: str = "", source: str = ""
    ) -> Answer:
        """Finish a confirmed transfer. sink_class, source: of imported units, and where that is read."""

        def decide(state: State) -> Decision:
            subject, who = state.get(Transit, transit), party_named(state, by)
            if subject.direction == "out":
                return linkage.finish_out(subject, by=who, at=at)
            return linkage.finish_in(
                subject,
                sink_class=sink_class,
                number=next_import_number(state),
                source=source,
                issued={batch.id for batch in state.all(Batch)},
                by=who,
                at=at,
            )

        return self._work.do(key, "finish transfer", by, decide)

    def roll_back(self, transit: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Undo a transfer that the other registry refused or never answered."""
        return self._work.do(
            key,
            "roll back",
            by,
            lambda state: linkage.roll_back(state.get(Transit, transit), by=party_named(state, by), at=at),
        )

    def declare(
        self,
        batch: str,
        declaration: str,
        *,
        at: date,
        key: str,
        by: str = REGISTRAR.id,
        party: str = "",
        reference: str = "",
    ) -> Answer:
        """Declare the corresponding adjustment of a batch: committed, not_required or unknown."""

        def decide(state: State) -> Decision:
            if (before := state.find(Adjustment, batch)) is not None and before.state != "not_started":
                raise Refused(batch, f"its adjustment is {before.state} already.")
            return linkage.declare(
                state.get(Batch, batch),
                declaration,
                by=party_named(state, by),
                at=at,
                party=party,
                reference=reference,
            )

        return self._work.do(key, "declare adjustment", by, decide)

    def adjust(self, batch: str, verb: str, *, at: date, key: str, by: str = REGISTRAR.id) -> Answer:
        """Start, complete or withdraw a committed adjustment."""
        return self._work.do(
            key,
            f"{verb} adjustment",
            by,
            lambda state: linkage.adjust(state.get(Adjustment, batch), verb, by=party_named(state, by), at=at),
        )

    def transits(self) -> list[Transit]:
        """Every transfer to and from other registries."""
        return self._work.state.all(Transit)

    def _new(self, state: State, transit: str) -> None:
        if state.find(Transit, transit) is not None or state.find(Party, transit) is not None:
            raise Refused(transit, "a transfer or party of that id is there already; name another.")

    def _locked(self, state: State, transit: Transit) -> list[SerialRange]:
        if transit.direction != "out":
            return []
        names = [name for name, _ in transit.parts]
        moved = self._work.journal.unit_transfers(names)
        found: list[SerialRange] = []
        for name in dict.fromkeys(names):
            places = trace(state.get(Batch, name), [transfer for _, transfer in moved[name]])
            found += linkage.locked_serials(transit, places)
        return found


def _stated(
    transit: str, printed: str, registry: str, block: str, first: int, last: int, vintage: int, project: str
) -> ForeignSerials:
    """Foreign serials as printed, or by what is said of them. Raises Refused where they can't be, or both differ."""
    if printed and (block or first or last):
        raise Refused(transit, "give the serials as printed, or state their block and numbers; not both.")
    try:
        if not (block or first or last):
            found = read_serials(printed)
            agree(found, registry=registry, vintage=vintage, project=project)
            return found
        return state_serials(registry, block, first, last, vintage, project)
    except ValueError as problem:
        raise Refused(transit, f"{problem}.") from None
