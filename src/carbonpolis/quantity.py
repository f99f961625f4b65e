"""Mass, Money and Lots: integers that say what they are, and the only places that round."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

KG_PER_LOT = 1000  # the order book trades whole tonnes: design.md, "Words"
BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, order=True)
class Mass:
    """CO2 equivalent in whole kilograms; shown in tonnes with three decimals."""

    kg: int

    def __add__(self, other: Mass) -> Mass:
        return Mass(self.kg + other.kg) if isinstance(other, Mass) else NotImplemented

    def __sub__(self, other: Mass) -> Mass:
        return Mass(self.kg - other.kg) if isinstance(other, Mass) else NotImplemented

    @property
    def t(self) -> float:
        """Tonnes, for display and science; exact to the kilogram below 9e12 t."""
        return self.kg / 1000

    @classmethod
    def tonnes(cls, text: str) -> Mass:
        """Parse "12.345". Raises ValueError for a fourth decimal: a tonne is never rounded in."""
        return cls(_scaled(text, 1000, "a mass in tonnes with at most three decimals"))

    @classmethod
    def lots(cls, lots: int) -> Mass:
        """So many lots of one tonne."""
        return cls(lots * KG_PER_LOT)

    def __str__(self) -> str:
        sign, kg = ("-", -self.kg) if self.kg < 0 else ("", self.kg)
        return f"{sign}{kg // 1000:,}.{kg % 1000:03d} t"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in the smallest unit of one currency (a cent), shown with two decimals."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def _same(self, other: Money) -> Money:
        if not isinstance(other, Money) or other.currency != self.currency:
            raise ValueError(f"{self} and {other} are not in one currency; convert one of them first")
        return other

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Parse "12.34". Raises ValueError for a third decimal: money is never rounded in."""
        return cls(_scaled(text, 100, "an amount of money with at most two decimals"), currency)

    def __str__(self) -> str:
        sign, minor = ("-", -self.minor) if self.minor < 0 else ("", self.minor)
        return f"{sign}{minor // 100:,}.{minor % 100:02d} {self.currency}"


def share_down(amount: int, basis_points: int) -> int:
    """`amount` times a share in basis points, rounded down; both not negative."""
    assert amount >= 0
    assert basis_points >= 0
    return amount * basis_points // BASIS_POINTS


def share_up(amount: int, basis_points: int) -> int:
    """`amount` times a share in basis points, rounded up; both not negative."""
    assert amount >= 0
    assert basis_points >= 0
    return -(-amount * basis_points // BASIS_POINTS)


def whole_kg_down(tonnes: float) -> int:
    """Whole kilograms that a float of tonnes surely holds: what is not certain is not counted."""
    return int(Decimal(repr(float(tonnes))) * 1000 // 1)


def split_evenly(amount: int, parts: int) -> list[int]:
    """`amount` in `parts` integers that differ by at most one and sum to `amount`; the larger ones first."""
    assert parts > 0
    each, rest = divmod(amount, parts)
    return [each + (index < rest) for index in range(parts)]


def _scaled(text: str, scale: int, meaning: str) -> int:
    try:
        scaled = Decimal(text.strip().replace(",", "")) * scale
        whole = int(scaled)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{text!r} is not {meaning}") from None
    if scaled != whole:
        raise ValueError(f"{text!r} is not {meaning}")
    return whole
