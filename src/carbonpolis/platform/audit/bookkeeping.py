"""The bookkeeper's desk: reservations, limits, corrections, and balances as they were at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from carbonpolis.errors import BadInput, Fault, Refused, Unknown
from carbonpolis.ledger import (
    Account,
    Balances,
    Correction,
    Decision,
    Limit,
    Reservation,
    Why,
    expire,
    post_reserved,
    release,
    reserve,
    reverse,
)
from carbonpolis.ledger.correction import correction_id
from carbonpolis.ledger.given import PLACE, given_rows
from carbonpolis.ledger.journal import Draft, Entry
from carbonpolis.ledger.statement import Statement, statement
from carbonpolis.ledger.transfer import BY_CODE, Transfer
from carbonpolis.market.credit.use_restrictions import UseAudit, check_uses
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.work import Answer, RowAnswers, State, Work


@desk
class Ledger:
    """What a bookkeeper does that is no errand of the registry or the market."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def statement(self, owner: str, *, since: str = "", until: str = "") -> Statement:
        """What an owner's accounts held, what moved in them and what they hold.

        since, until: days or moments (ISO 8601, UTC), both included. Raises Unknown when it has no account, ValueError
        for a day that is none.
        """
        for given in (since, until):
            if given:
                datetime.fromisoformat(given)
        with self._work.journal.snapshot() as snapshot:
            moves = list(snapshot.moves_of(owner))
        if not moves:
            raise Unknown("owner of an account", owner)
        return statement(owner, moves, since=since, until=until)

    def reserve(
        self,
        reservation: str,
        source: Account,
        target: Account,
        amount: int,
        *,
        why: Why,
        who: str,
        expires_at: datetime | None = None,
        key: str,
    ) -> Answer:
        """Set `amount` (kg or cents) aside for a later transfer. Raises Refused or InsufficientBalance."""

        def decide(state: State) -> Decision:
            if state.find(Reservation, reservation) is not None:
                raise Refused(reservation, "a reservation of that id was made already.")
            decision = reserve(reservation, source, target, amount, why=why, at=self._work.now(), expires_at=expires_at)
            check_uses(reservation, [(source, target), *((each.debit, each.credit) for each in decision.transfers)])
            return decision

        return self._work.do(key, "reserve", who, decide)

    def post(self, reservation: str, *, who: str, amount: int | None = None, key: str) -> Answer:
        """Post a reservation, or `amount` of it; the rest goes back. Raises Refused when it's closed or expired."""
        return self._work.do(
            key,
            "post",
            who,
            lambda state: post_reserved(state.get(Reservation, reservation), at=self._work.now(), amount=amount),
        )

    def release(self, reservation: str, *, who: str, key: str) -> Answer:
        """Give a reservation back. Raises Refused when it's closed."""
        return self._work.do(key, "release", who, lambda state: release(state.get(Reservation, reservation)))

    def expire(self, *, key: str) -> Answer:
        """Give back every reservation whose time is over; the answer says how many."""

        def decide(state: State) -> tuple[Decision, Answer]:
            decision = expire(state.all(Reservation), at=self._work.now())
            return decision, {"expired": len(decision.of(Reservation))}

        return self._work.do(key, "expire", "operator", decide)

    def limit(self, limit: Limit, *, who: str, key: str) -> Answer:
        """Bind an account from now on; the newest limit of an account is the one that counts."""
        return self._work.do(key, "limit", who, lambda _: Decision(events=(limit,)))

    def transfer(self, transfers: Sequence[Transfer], *, who: str, key: str) -> Answer:
        """Post transfers (kg or cents) together, in one entry, or none of them: as an opening balance is entered.

        Raises Refused for a use that units do not have; InsufficientBalance or LimitPassed where an account would pass
        its limits.
        """

        def decide(_: State) -> Decision:
            check_uses(key, ((each.debit, each.credit) for each in transfers))
            return Decision(tuple(transfers))

        return self._work.do(key, "transfer", who, decide)

    def transfer_many(
        self,
        keys: Sequence[str],
        debit: Sequence[Account],
        credit: Sequence[Account],
        amount: Sequence[int],
        why: Why | Sequence[Why],
        *,
        who: str,
        command: str = "transfer",
    ) -> RowAnswers:
        """Transfers (kg or cents) that arrived together, each a command of its own, under its own idempotency key.

        They are applied in order and durable together. A row that would pass an account's limits is refused and stops
        none of the others; one whose key was used before is not done again. Raises BadInput where a row is no transfer;
        then nothing is done. Many rows a call are what makes it fast (docs/adr/0024).
        """
        reasons = [why] * len(keys) if isinstance(why, Why) else why
        rows = given_rows(keys, debit, credit, amount, reasons)
        misused = UseAudit().first(rows.moved.accounts, rows.moved.debit, rows.moved.credit)
        if misused is not None:
            row, what = misused
            raise BadInput([Fault(PLACE, row + 1, "credit", str(credit[row]), f"a use that is allowed: {what}")])
        return self._work.do_rows(rows, command, who)

    def correct(self, entry: int, *, reason: str, who: str, key: str, line: int | None = None) -> Answer:
        """Post the mirror of an entry, or of one line (from 0) of an entry that holds rows.

        Raises Unknown or Refused; InsufficientBalance when it can't be given back.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            if state.find(Correction, correction_id(entry, line)) is not None:
                raise Refused(f"entry {entry}", "it was corrected already.")
            decision = reverse(self.entry(entry), reason=reason, line=line)
            check_uses(f"entry {entry}", ((each.debit, each.credit) for each in decision.transfers))
            return decision, {"corrects": entry}

        return self._work.do(key, "correct", who, decide)

    def entry(self, number: int) -> Entry:
        """One entry as it was committed. Raises Unknown when there is none of that number."""
        with self._work.journal.snapshot() as snapshot:
            block = snapshot.entry(number)
            numbers = [*block.debit.tolist(), *block.credit.tolist()]
            named = {each: account for each, (_, account) in snapshot.accounts(numbers).items()}
        seq, city, key, at, command, who, answer, _, leaf = block.entries[0]
        columns = zip(
            block.debit.tolist(), block.credit.tolist(), block.amount.tolist(), block.why.tolist(), strict=True
        )
        transfers = tuple(Transfer(named[d], named[c], amount, BY_CODE[why]) for d, c, amount, why in columns)
        keys = tuple(block.keyed[0][1]) if block.keyed else ()
        events = tuple(event for _, _, event in block.events)
        draft = Draft(key, at, command, who, answer, transfers, events, keys=keys)
        return Entry(seq, city, draft, tuple((each, account) for _, each, account in block.opened), leaf)

    def answer(self, given: str) -> Answer | None:
        """What the command answered that was given under an idempotency key; None where none was."""
        return self._work.done(given)

    def balance(self, account: Account) -> int:
        """What an account holds now, kg or cents; 0 for one that was never used."""
        with self._work.reading() as state:
            return state.balances.get(account, 0)

    def transfers(self, asset: str) -> list[Transfer]:
        """Every transfer of a batch, a currency or another asset, in order."""
        return [transfer for _, transfer in self._work.journal.transfers_of(asset)]

    def balances(self, *, entry: int | None = None, at: datetime | None = None) -> Balances:
        """Every balance that was not zero after an entry, or at a moment (UTC); without either, now.

        Added up from the postings, so it's the same answer whenever it is asked.
        """
        with self._work.journal.snapshot() as snapshot:
            return snapshot.balances_at(seq=entry, at=None if at is None else at.isoformat())
