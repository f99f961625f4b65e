"""The land that projects claim, in an index that is made anew only where some of it has changed."""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.registry.overlap import Overlap, Plot, Plots
from carbonpolis.registry.project import SinkProject, claim_of, plot_of
from carbonpolis.registry.rulebook import RuleBook


class LandIndex:
    """Finds what a project shares with others. Remembers each project's plot, as long as the project stays the same."""

    def __init__(self) -> None:
        self._claims: dict[str, tuple[SinkProject, Plot | None]] = {}
        self._indexed: list[Plot] = []
        self._plots = Plots(())

    def overlaps(self, project: SinkProject, among: Iterable[SinkProject]) -> tuple[Overlap, ...]:
        """What a project shares with others in the same years, beyond its rule book's tolerance, largest first.

        among: every project there is. Nothing for one without a boundary.
        """
        if not project.boundary:
            return ()
        tolerance = RuleBook.load(project.rule_book).number("overlap_tolerance")
        return self._of(among).overlaps(claim_of(project), tolerance)

    def _of(self, projects: Iterable[SinkProject]) -> Plots:
        claims: list[Plot] = []
        for each in projects:
            kept = self._claims.get(each.id)
            if kept is None or kept[0] is not each:
                kept = self._claims[each.id] = (each, plot_of(each))
            if kept[1] is not None:
                claims.append(kept[1])
        if claims != self._indexed:
            self._indexed, self._plots = claims, Plots(claims)
        return self._plots
