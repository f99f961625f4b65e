"""Slow truth about trading across cities: one lot at a time, each to the counterparty that the rules put first."""

from __future__ import annotations

Fill = tuple[int, int, int, int, int, int]  # maker, taker, seller's city, buyer's city, seller's and buyer's price


class NaiveCities:
    def __init__(self, surplus: list[int], fee: list[list[int]]) -> None:
        self.surplus, self.fee = list(surplus), fee
        self.resting: list[dict] = []  # in the order of time

    def candidates(self, new: dict) -> list[tuple]:
        """Counterparties that an order may trade with now, best first: home before abroad, price, city, time."""
        found = []
        for time, one in enumerate(self.resting):
            if one["side"] == new["side"]:
                continue
            seller, buyer = (one["city"], new["city"]) if new["side"] == "buy" else (new["city"], one["city"])
            fee = 0 if seller == buyer else self.fee[seller][buyer]
            if seller != buyer and not self.surplus[seller]:
                continue
            net = one["price"] + fee if new["side"] == "buy" else one["price"] - fee
            if new["price"] is not None and (net > new["price"] if new["side"] == "buy" else net < new["price"]):
                continue
            rank = net if new["side"] == "buy" else -net
            found.append(((seller != buyer, rank, one["city"], time), one, seller, buyer, fee))
        return sorted(found, key=lambda each: each[0])

    def submit(self, city, order_id, owner, side, lots, price=None, tif="gtc") -> list[Fill]:
        new = {"city": city, "id": order_id, "owner": owner, "side": side, "price": price, "lots": lots}
        before = [dict(one) for one in self.resting], list(self.surplus)
        fills: list[Fill] = []
        while new["lots"]:
            candidates = self.candidates(new)
            if not candidates:
                break
            _, one, seller, buyer, fee = candidates[0]
            if one["owner"] == owner:
                self.resting.remove(one)
                continue
            low = one["price"] if side == "buy" else one["price"] - fee
            fills.append((one["id"], order_id, seller, buyer, low, low + fee))
            new["lots"] -= 1
            one["lots"] -= 1
            self.surplus[seller] -= seller != buyer
            if not one["lots"]:
                self.resting.remove(one)
        if tif == "fok" and new["lots"]:
            self.resting, self.surplus = before
            return []
        if new["lots"] and price is not None and tif in ("gtc", "day"):
            self.resting.append(new)
        return fills

    def rows(self) -> list[tuple]:
        return sorted((one["city"], one["id"], one["side"], one["price"], one["lots"]) for one in self.resting)
