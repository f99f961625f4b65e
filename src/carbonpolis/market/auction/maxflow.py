"""The greatest flow through a network, by blocking flows (Dinic 1970, Soviet Math. Doklady 11:1277-1280)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonpolis.native import native

Ints = NDArray[np.int64]


def arcs_by_node(tail: Ints, head: Ints, nodes: int) -> tuple[Ints, Ints]:
    """Adjacency of m arcs and their reverses: first (nodes + 1) and the arc numbers in it.

    Arc 2a runs from tail[a] to head[a], arc 2a + 1 back.
    """
    ends = np.stack((tail, head), axis=1).ravel()
    first = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=nodes)))).astype(np.int64)
    return first, np.argsort(ends, kind="stable").astype(np.int64)


@native
def push(first: Ints, arcs: Ints, heads: Ints, room: Ints, source: int, sink: int) -> int:
    """Send as much as fits from source to sink; `room`, what each arc still carries, changes in place. Returns lots.

    first, arcs: as from `arcs_by_node`. heads, room: 2m, by arc number; what an arc takes its reverse gains.
    """
    nodes = len(first) - 1
    level = np.empty(nodes, dtype=np.int64)
    queue = np.empty(nodes, dtype=np.int64)
    at = np.empty(nodes, dtype=np.int64)
    path = np.empty(nodes, dtype=np.int64)
    sent = 0
    while True:
        level[:] = -1
        level[source] = 0
        queue[0], reading, writing = source, 0, 1
        while reading < writing:
            node = queue[reading]
            reading += 1
            for position in range(first[node], first[node + 1]):
                arc = arcs[position]
                if room[arc] > 0 and level[heads[arc]] < 0:
                    level[heads[arc]] = level[node] + 1
                    queue[writing] = heads[arc]
                    writing += 1
        if level[sink] < 0:
            return sent
        at[:] = first[:-1]
        node, depth = source, 0
        while True:
            if node == sink:
                lots = room[path[0]]
                for step in range(1, depth):
                    lots = min(lots, room[path[step]])
                back = depth
                for step in range(depth - 1, -1, -1):
                    room[path[step]] -= lots
                    room[path[step] ^ 1] += lots
                    if room[path[step]] == 0:
                        back = step
                sent += lots
                depth = back
                node = heads[path[depth] ^ 1]
                continue
            advanced = False
            while at[node] < first[node + 1]:
                arc = arcs[at[node]]
                if room[arc] > 0 and level[heads[arc]] == level[node] + 1:
                    path[depth] = arc
                    depth += 1
                    node = heads[arc]
                    advanced = True
                    break
                at[node] += 1
            if advanced:
                continue
            if node == source:
                break
            depth -= 1
            node = heads[path[depth] ^ 1]
            at[node] += 1


@native
def reached(first: Ints, arcs: Ints, heads: Ints, room: Ints, start: int, backward: bool) -> NDArray[np.bool_]:
    """Nodes that `start` still reaches through arcs with room; backward: nodes that still reach it."""
    found = np.zeros(len(first) - 1, dtype=np.bool_)
    queue = np.empty(len(first) - 1, dtype=np.int64)
    found[start] = True
    queue[0], reading, writing = start, 0, 1
    while reading < writing:
        node = queue[reading]
        reading += 1
        for position in range(first[node], first[node + 1]):
            arc = arcs[position]
            other = heads[arc]
            if not found[other] and room[arc ^ 1 if backward else arc] > 0:
                found[other] = True
                queue[writing] = other
                writing += 1
    return found
