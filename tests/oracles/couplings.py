"""Slow truth about coupling: one lot after another along the path that is worth most, until none is worth anything."""

from __future__ import annotations

Order = tuple[int, int, int]  # city, price, lots


def greatest_welfare(bids: list[Order], asks: list[Order], surplus: list[int], fee: list[list[int]]) -> int:
    """Welfare of the best coupling, by cheapest augmenting paths in the network of orders, cities and borders."""
    n = len(surplus)
    source, sink = "source", "sink"
    arcs: list[list] = []  # from, to, capacity left, cost; arc i ^ 1 runs back

    def arc(start: object, end: object, capacity: int, cost: int) -> None:
        arcs.append([start, end, capacity, cost])
        arcs.append([end, start, 0, -cost])

    for city, price, lots in asks:
        arc(source, city, lots, price)
    for city, price, lots in bids:
        arc(city, sink, lots, -price)
    for i in range(n):
        arc(i, ("border", i), surplus[i], 0)
        for j in range(n):
            if i != j:
                arc(("border", i), j, 10**9, fee[i][j])
    welfare = 0
    while True:
        cost, came = {source: 0}, {}
        improved = True
        while improved:
            improved = False
            for index, (start, end, left, price) in enumerate(arcs):
                if left and start in cost and cost[start] + price < cost.get(end, 10**12):
                    cost[end], came[end], improved = cost[start] + price, index, True
        if cost.get(sink, 0) >= 0:
            return welfare
        node = sink
        while node != source:
            arcs[came[node]][2] -= 1
            arcs[came[node] ^ 1][2] += 1
            node = arcs[came[node]][0]
        welfare -= cost[sink]
