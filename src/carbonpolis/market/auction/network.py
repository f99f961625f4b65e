"""Coupling under any fees: steepest descent in price space, each step a greatest flow, in ever finer prices.

The dual of the coupling is a convex function of the cities' whole-number prices of the kind called L-natural, so that
where no set of cities gains by moving its prices one step together, up or down, the prices are optimal (Murota 2003,
"Discrete Convex Analysis", chapters 7 and 10; first all steps up, then all steps down: Murota and Shioura 2014,
Discrete Optimization 11:78-93). The best set is a least cut. Prices and fees are rounded to steps of 2^k first, and k
falls to 0, so that few steps are needed at each. The greatest flow at the last step is the trade itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.auction.call import Lots
from carbonpolis.market.auction.curves import Books
from carbonpolis.market.auction.maxflow import arcs_by_node, push, reached

FAR = 2**62  # more lots than there are
LARGEST_SHIFT = 62  # an int64 shifted by more is no number


@dataclass(frozen=True, slots=True)
class Network:
    """What lots may pass at some prices, without a loss: cities 0 ... n-1, their borders n ... 2n-1, source, sink.

    first, arcs, heads: adjacency; room: of every arc. Arc 2v enters at node v, arc 2(2n + v) leaves from it; then come
    the n ways from city to border, then those of `origin` to `target`. least, most: what each node sends out in net.
    """

    first: Lots
    arcs: Lots
    heads: Lots
    room: Lots
    origin: Lots
    target: Lots
    least: Lots
    most: Lots

    @property
    def nodes(self) -> int:
        """Cities and borders."""
        return len(self.least)

    def offer(self, sending: Lots, taking: Lots) -> int:
        """Send what some nodes have to where others take it; the lots that arrived. What was sent before stays."""
        v = self.nodes
        self.room[: 4 * v : 2] = np.concatenate((sending, taking))
        return push(self.first, self.arcs, self.heads, self.room, v, v + 1)

    def sent(self, sending: Lots, taking: Lots) -> Lots:
        """What every node sent in net of this offer."""
        v = self.nodes
        return (sending - self.room[0 : 2 * v : 2]) - (taking - self.room[2 * v : 4 * v : 2])


def transport(books: Books, surplus: Lots, fee: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Flows n x n of the greatest welfare. low, high: least and greatest price of all orders.

    Of several optima the one with as many lots as can pass at the prices found, served in the order in which the
    search comes to the cities, lower numbers first.
    """
    bits = min((high - low).bit_length(), LARGEST_SHIFT)
    price = np.full(len(surplus), low >> bits, dtype=np.int64)
    for shift in range(bits, -1, -1):
        coarse, charges = books.rounded(shift), fee >> shift
        if shift < bits:
            price = price * 2
        for upward in (True, False):
            while (moving := _gaining(_network(coarse, surplus, charges, price), upward)).any():
                price = price + np.where(moving, 1 if upward else -1, 0)
    return _flows(_network(books, surplus, fee, price), len(surplus))


def _gaining(network: Network, upward: bool) -> NDArray[np.bool_]:
    """The cities that gain most by moving their prices one step together; none where nobody does."""
    out = network.most if upward else network.least
    sending, taking = np.maximum(out, 0), np.maximum(-out, 0)
    arrived = network.offer(sending, taking)
    v = network.nodes
    if arrived == (taking if upward else sending).sum():
        return np.zeros(v // 2, dtype=np.bool_)
    found = reached(network.first, network.arcs, network.heads, network.room, v + 1 if upward else v, upward)
    return found[: v // 2]


def _network(books: Books, surplus: Lots, fee: NDArray[np.int64], price: Lots) -> Network:
    n = len(price)
    border, origin, target = _tight(surplus, fee, price)
    forced = np.where(border > price, surplus, 0)
    least = np.concatenate((-books.most_demand(price) - forced, forced))
    most = np.concatenate((-books.least_demand(price) - forced, forced))
    every, source, sink = np.arange(2 * n), np.full(2 * n, 2 * n), np.full(2 * n, 2 * n + 1)
    tail = np.concatenate((source, every, every[:n], origin + n))
    head = np.concatenate((every, sink, every[n:], target))
    first, arcs = arcs_by_node(tail, head, 2 * n + 2)
    room = np.zeros((len(tail), 2), dtype=np.int64)
    room[4 * n : 5 * n, 0] = np.where(border == price, surplus, 0)
    room[5 * n :, 0] = FAR
    heads = np.stack((head, tail), axis=1).ravel()
    return Network(first, arcs, heads, room.ravel(), origin, target, least, most)


def _tight(surplus: Lots, fee: NDArray[np.int64], price: Lots) -> tuple[Lots, Lots, Lots]:
    """What a lot at each city's border is worth elsewhere after the fee, and the ways on which it is worth just that.

    A city without surplus has no such ways.
    """
    worth = price[np.newaxis, :] - fee
    np.fill_diagonal(worth, np.iinfo(np.int64).min)
    worth[surplus == 0] = np.iinfo(np.int64).min
    border = worth.max(axis=1)
    origin, target = np.nonzero((worth == border[:, np.newaxis]) & (surplus > 0)[:, np.newaxis])
    off = origin != target
    return border, origin[off], target[off]


def _flows(network: Network, n: int) -> NDArray[np.int64]:
    """Flows that give every node what it needs, then as many more as pass at no loss. network: nothing sent yet."""
    least, most = network.least, network.most
    out = np.zeros_like(least)
    # First what must be sent, then what must be taken in, then whatever both sides are indifferent to.
    for bottom, top in ((least, least), (most, most), (least, most)):
        sending, taking = np.maximum(top - out, 0), np.maximum(out - bottom, 0)
        network.offer(sending, taking)
        out = out + network.sent(sending, taking)
    assert ((least <= out) & (out <= most)).all(), "the descent stopped short of the optimum"
    flows = np.zeros((n, n), dtype=np.int64)
    flows[network.origin, network.target] = network.room[10 * n + 1 :: 2]
    return flows
