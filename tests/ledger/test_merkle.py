"""The Merkle tree against the published reference vectors of Certificate Transparency, and against its definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger.merkle import EMPTY_ROOT, Tree, is_consistent, leaf_hash, node_hash, root_from_inclusion

# The eight reference leaves and the roots over the first 1 to 8 of them, from the test suite of the
# certificate-transparency project (merkle tree hasher test); RFC 9162 keeps RFC 6962's hashing.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (leaf, size): path
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {  # (old, new): path
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def tree(leaves: list[bytes]) -> Tree:
    return Tree(leaf_hash(leaf) for leaf in leaves)


def defined_root(leaves: list[bytes]) -> bytes:
    """Oracle: MTH as section 2.1.1 writes it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size):
    assert tree(LEAVES[:size]).root().hex() == ROOTS[size - 1]
    assert tree(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert tree([]).root() == EMPTY_ROOT == hashlib.sha256().digest()


@pytest.mark.parametrize(("leaf", "size"), INCLUSION)
def test_published_inclusion_proofs(leaf, size):
    path = tree(LEAVES).inclusion(leaf, size)
    assert [each.hex() for each in path] == INCLUSION[leaf, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_proofs(old, new):
    path = tree(LEAVES).consistency(old, new)
    assert [each.hex() for each in path] == CONSISTENCY[old, new]
    assert is_consistent(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), path)


SOME_LEAVES = st.lists(st.binary(max_size=6), min_size=1, max_size=70)


@given(SOME_LEAVES, st.data())
def test_a_tree_grown_in_steps_has_the_defined_root_and_proves_every_leaf(leaves, data):
    cut = data.draw(st.integers(0, len(leaves)))
    grown = tree(leaves[:cut])
    grown.extend(leaf_hash(leaf) for leaf in leaves[cut:])
    assert grown.root() == defined_root(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = grown.inclusion(index)
    assert len(path) <= max(len(leaves) - 1, 1).bit_length()
    assert root_from_inclusion(leaf_hash(leaves[index]), index, len(leaves), path) == grown.root()
    wrong = leaf_hash(leaves[index] + b"x")
    assert root_from_inclusion(wrong, index, len(leaves), path) != grown.root()
    if path:
        bent = [*path[:-1], bytes(32)]
        assert root_from_inclusion(leaf_hash(leaves[index]), index, len(leaves), bent) != grown.root()
        assert root_from_inclusion(leaf_hash(leaves[index]), index, len(leaves), path[:-1]) is None


@given(SOME_LEAVES, st.data())
def test_a_tree_proves_that_it_continues_every_older_one_and_no_other(leaves, data):
    old = data.draw(st.integers(1, len(leaves)))
    grown = tree(leaves)
    path = grown.consistency(old)
    assert is_consistent(old, defined_root(leaves[:old]), len(leaves), grown.root(), path)
    forged = [*leaves[:-1], leaves[-1] + b"x"]
    assert not is_consistent(old, defined_root(leaves[:old]), len(leaves), defined_root(forged), path)
    changed = [leaves[0] + b"x", *leaves[1:old]]
    assert not is_consistent(old, defined_root(changed), len(leaves), grown.root(), path)


def test_what_is_not_in_the_tree_can_not_be_proved():
    with pytest.raises(ValueError, match="not among"):
        tree(LEAVES).inclusion(8)
    with pytest.raises(ValueError, match="does not continue"):
        tree(LEAVES[:3]).consistency(4)
    with pytest.raises(ValueError, match="3 leaves"):
        tree(LEAVES[:3]).root(4)
    assert root_from_inclusion(leaf_hash(b""), 8, 8, []) is None
    assert not is_consistent(0, EMPTY_ROOT, 1, tree(LEAVES[:1]).root(), [])
