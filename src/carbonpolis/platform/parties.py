"""Cities and parties: who is here, in which role, and with how much money."""

from __future__ import annotations

from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.lifecycle import CLASS_CODES
from carbonpolis.registry.party import Accreditation, City, Party, Role

EVERYWHERE = "*"


def _office(name: str, role: Role) -> Party:
    return Party(name, EVERYWHERE, name.capitalize(), role, "", "", "the platform's own office", assumed=False)


REGISTRAR = _office("registrar", Role.REGISTRAR)
SECOND_REGISTRAR = _office("registrar-2", Role.REGISTRAR)  # approves what the first one computed
OPERATOR = _office("operator", Role.OPERATOR)
OFFICES = {office.id: office for office in (REGISTRAR, SECOND_REGISTRAR, OPERATOR)}
# Judges projects where nobody loaded a verifier of their own; shown as assumed.
STANDIN_VERIFIER = Party(
    "verifier-assumed",
    EVERYWHERE,
    "Verifier (assumed)",
    Role.VERIFIER,
    "",
    "",
    "assumed, because no verifier was loaded",
    assumed=True,
    accreditations=(Accreditation(tuple(CLASS_CODES), "1990-01-01", "2101-01-01"),),
)


OFFICES[STANDIN_VERIFIER.id] = STANDIN_VERIFIER


def party_named(state: State, name: str) -> Party:
    """A loaded party, or one of the platform's own offices. Raises Unknown."""
    return OFFICES.get(name) or state.get(Party, name)


@desk
class Parties:
    """Registers cities and parties, and takes their money in."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def register(self, things: tuple[City | Party, ...], *, key: str) -> Answer:
        """Record cities and parties, or newer facts about them."""
        return self._work.do(key, "register", "operator", lambda _: Decision(events=things))

    def deposit(self, amounts: dict[str, int], *, key: str) -> Answer:
        """Money from the banks into parties' accounts: cents of the venue's currency by account.

        Raises Unknown for an account not there.
        """

        def decide(state: State) -> Decision:
            parties = [state.get(Party, name) for name in amounts]
            currency = state.venue.currency
            return Decision(
                tuple(
                    Transfer(
                        Account(party.city, "bank", currency, Purpose.OUTSIDE),
                        Account(party.city, party.id, currency, Purpose.AVAILABLE),
                        amounts[party.id],
                        Why.DEPOSIT,
                    )
                    for party in parties
                    if amounts[party.id]
                )
            )

        return self._work.do(key, "deposit", "operator", decide)

    def cities(self) -> list[City]:
        """Every city, in the order of registration."""
        return self._work.state.all(City)

    def get(self, name: str) -> Party:
        """A loaded party, or one of the platform's own offices. Raises Unknown."""
        return party_named(self._work.state, name)

    def all(self, role: Role | None = None) -> list[Party]:
        """Every party, or those of one role, in the order of registration."""
        return self.parties(role)

    def parties(self, role: Role | None = None) -> list[Party]:
        """Every party, or those of one role."""
        return [party for party in self._work.state.all(Party) if role is None or party.role == role]
