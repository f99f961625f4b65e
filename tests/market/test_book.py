"""The order book as a trader meets it: rules one by one, odd input, a day's end, a halt, and what it costs to keep."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market import ABSENT, FILL_DTYPE, ORDER_DTYPE, Fill, Halt, OrderBook, Outcome
from carbonpolis.market.matching import engine
from carbonpolis.market.matching.jit import SOURCES, STAMP, compiled

EDGE = 2**63 - 1


def book_of(*orders: tuple, **options) -> OrderBook:
    """A book after orders (id, owner, side, lots, price)."""
    book = OrderBook(**options)
    for order in orders:
        assert book.submit(*order) == []
    return book


def batch(*orders: tuple) -> np.ndarray:
    return np.array(list(orders), dtype=ORDER_DTYPE)


def test_the_better_price_first_then_the_older_order():
    book = book_of((1, 10, "sell", 5, 101), (2, 11, "sell", 5, 100), (3, 12, "sell", 5, 100))
    assert book.submit(4, 13, "buy", 12, 101) == [Fill(2, 4, 100, 5), Fill(3, 4, 100, 5), Fill(1, 4, 101, 2)]
    assert book.depth() == ([], [(101, 3, 1)])


def test_what_is_left_of_a_limit_order_rests():
    book = book_of((1, 10, "sell", 5, 100))
    book.submit(2, 11, "buy", 8, 100)
    assert (book.best_bid, book.best_ask, book.open_lots(2), 2 in book, 1 in book) == (100, None, 3, True, False)


def test_what_is_left_of_a_market_or_ioc_order_vanishes():
    book = book_of((1, 10, "sell", 5, 100))
    assert book.submit(2, 11, "buy", 2) == [Fill(1, 2, 100, 2)]
    assert book.submit(3, 11, "buy", 9, 100, tif="ioc") == [Fill(1, 3, 100, 3)]
    assert book.submit(4, 11, "buy", 9) == []
    assert len(book) == 0


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_one_order_may_fill_against_thousands(side: str):
    other = "sell" if side == "buy" else "buy"
    book = book_of(*((i, 10, other, 1, 100) for i in range(3_000)))
    assert len(book.submit(5_000, 11, side, 2_999)) == 2_999
    assert len(book) == 1
    book = book_of(*((i, 10, other, 1, 100 + i % 7) for i in range(3_000)))
    sweep = (5_000, 11, 0, 0 if side == "buy" else 1, 2, 0, ABSENT, EDGE)
    assert len(book.process(batch(sweep))) == 3_000
    book.process(batch(*((i, 10, 0, 1 if side == "buy" else 0, 0, 0, 100, 1) for i in range(3_000))))
    book.submit(5_000, 11, side, 3_000, 50 if side == "buy" else 150)
    assert len(book.amend(5_000, price=200 if side == "buy" else 0)) == 3_000


def test_fill_or_kill_fills_whole_or_not_at_all():
    book = book_of((1, 10, "sell", 5, 100), (2, 10, "sell", 5, 101))
    assert book.submit(3, 11, "buy", 6, 100, tif="fok") == []
    assert book.submit(4, 11, "buy", 6, 101, tif="fok") == [Fill(1, 4, 100, 5), Fill(2, 4, 101, 1)]


def test_fill_or_kill_does_not_count_its_own_owner_and_then_leaves_that_alone():
    book = book_of((1, 10, "sell", 5, 100), (2, 11, "sell", 5, 100))
    assert book.submit(3, 10, "buy", 6, 100, tif="fok") == []
    assert len(book) == 2
    assert book.submit(4, 10, "buy", 5, 100, tif="fok") == [Fill(2, 4, 100, 5)]
    assert book.removed == [(1, 5)]


def test_post_only_rests_or_is_refused():
    book = book_of((1, 10, "sell", 5, 100))
    with pytest.raises(OrderRejected, match="post-only"):
        book.submit(2, 11, "buy", 5, 100, post_only=True)
    assert book.submit(2, 11, "buy", 5, 99, post_only=True) == []
    with pytest.raises(OrderRejected, match="post-only"):
        book.amend(2, price=100)
    assert book.depth() == ([(99, 5, 1)], [(100, 5, 1)])


def test_self_trade_takes_the_waiting_order_out():
    book = book_of((1, 10, "sell", 5, 100), (2, 11, "sell", 5, 100))
    assert book.submit(3, 10, "buy", 5, 100) == [Fill(2, 3, 100, 5)]
    assert book.removed == [(1, 5)]


def test_self_trade_refuses_the_coming_order_whole():
    book = book_of((1, 11, "sell", 5, 99), (2, 10, "sell", 5, 100), self_trade="reject_incoming")
    with pytest.raises(OrderRejected, match="same owner"):
        book.submit(3, 10, "buy", 6, 100)
    assert book.depth() == ([], [(99, 5, 1), (100, 5, 1)])
    assert book.submit(4, 10, "buy", 5, 100) == [Fill(1, 4, 99, 5)]  # is filled before it meets its own


def test_self_trade_may_be_allowed():
    assert book_of((1, 10, "sell", 5, 100), self_trade="allow").submit(2, 10, "buy", 5, 100) == [Fill(1, 2, 100, 5)]


def test_fewer_lots_keep_the_place_more_lots_lose_it():
    orders = [(1, 10, "sell", 5, 100), (2, 11, "sell", 5, 100)]
    book = book_of(*orders)
    book.amend(1, lots=4)
    assert book.submit(3, 12, "buy", 1, 100) == [Fill(1, 3, 100, 1)]
    book.amend(1, lots=6)
    assert book.submit(4, 12, "buy", 1, 100) == [Fill(2, 4, 100, 1)]


def test_another_price_loses_the_place_and_may_fill():
    book = book_of((1, 10, "sell", 5, 101), (2, 11, "buy", 3, 99))
    assert book.amend(2, price=101) == [Fill(1, 2, 101, 3)]
    assert 2 not in book


def test_amend_sets_what_is_open_whatever_was_filled():
    book = book_of((1, 10, "sell", 5, 100))
    book.submit(2, 11, "buy", 4, 100)
    book.amend(1, lots=1)
    assert book.open_lots(1) == 1
    with pytest.raises(OrderRejected, match="less than 1 lot"):
        book.amend(1, lots=0)
    assert book.amend(1) == []
    assert book.open_lots(1) == 1


def test_cancel_answers_lots_and_does_not_know_what_is_gone():
    book = book_of((1, 10, "sell", 5, 100))
    book.submit(2, 11, "buy", 2, 100)
    assert book.cancel(1) == 3
    for gone in (1, 2, 99):
        with pytest.raises(OrderUnknown):
            book.cancel(gone)
        with pytest.raises(OrderUnknown):
            book.amend(gone, lots=1)


def test_an_id_rests_once_and_may_come_again_later():
    book = book_of((1, 10, "sell", 5, 100))
    with pytest.raises(OrderRejected, match="of that id"):
        book.submit(1, 10, "sell", 5, 100)
    book.cancel(1)
    assert book.submit(1, 10, "sell", 5, 100) == []


@pytest.mark.parametrize("price", [0, -5, EDGE, -EDGE])
def test_any_price_any_id(price: int):
    book = book_of((-EDGE - 1, EDGE, "sell", EDGE, price))
    assert book.best_ask == price
    assert book.submit(EDGE, 0, "buy", EDGE) == [Fill(-EDGE - 1, EDGE, price, EDGE)]


def test_a_side_never_holds_more_lots_than_an_int64():
    book = book_of((1, 10, "sell", EDGE, 100))
    with pytest.raises(OrderRejected, match="more than"):
        book.submit(2, 10, "sell", 1, 101)
    assert book.depth() == ([], [(100, EDGE, 1)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": 10.0},
        {"price": True},
        {"price": 2**63},
        {"price": ABSENT},
        {"lots": 1.0},
        {"lots": "5"},
        {"order_id": 1.5},
        {"order_id": 2**63},
        {"owner": None},
        {"side": "BUY"},
        {"side": 0},
        {"tif": "gtd"},
        {"tif": None},
    ],
)
def test_what_is_no_whole_number_or_no_choice_is_told(wrong: dict):
    order = {"order_id": 1, "owner": 10, "side": "buy", "lots": 5, "price": 100, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OrderBook().submit(**order)


def test_numpy_integers_are_whole_numbers():
    assert book_of((np.int64(1), np.int32(10), "buy", np.uint8(5), np.int64(7))).best_bid == 7


@pytest.mark.parametrize("lots", [0, -1])
def test_an_order_is_for_a_lot_or_more(lots: int):
    with pytest.raises(OrderRejected, match="less than 1 lot"):
        OrderBook().submit(1, 10, "buy", lots, 100)


def test_a_batch_skips_what_can_not_be_and_says_so():
    book = OrderBook()
    fills = book.process(
        batch(
            (1, 10, 0, 1, 0, 0, 100, 5),  # rests
            (1, 10, 0, 1, 0, 0, 100, 5),  # again
            (2, 11, 1, 0, 0, 0, 0, 0),  # cancels what is not there
            (3, 11, 0, 0, 0, 1, 100, 5),  # post-only, would trade
            (4, 11, 0, 0, 0, 0, 100, 0),  # no lots
            (5, 11, 0, 7, 0, 0, 100, 1),  # no side 7
            (6, 11, 9, 0, 0, 0, 100, 1),  # no action 9
            (7, 11, 0, 0, 3, 0, 100, 6),  # fill or kill, can't
            (8, 11, 0, 0, 0, 0, ABSENT, 2),  # market
            (1, 0, 2, 0, 0, 0, ABSENT, 1),  # keeps its price, one lot
        )
    )
    assert fills.dtype == FILL_DTYPE
    assert fills.tolist() == [(1, 8, 100, 2)]
    told = "DONE DUPLICATE UNKNOWN WOULD_CROSS BAD_LOTS BAD_FIELD BAD_FIELD NOT_WHOLE DONE DONE"
    assert " ".join(Outcome(code).name for code in book.outcomes) == told
    assert book.depth() == ([], [(100, 1, 1)])


def test_a_batch_of_other_integers_is_taken_of_floats_is_not():
    narrow = np.zeros(1, dtype=[(name, "i4" if name in ("price", "lots") else "i8") for name in ORDER_DTYPE.names])
    with pytest.raises(ValueError, match="action is int64"):
        OrderBook().process(narrow)
    packed = np.zeros(2, dtype=[(name, ORDER_DTYPE[name]) for name in ORDER_DTYPE.names])
    packed["order_id"], packed["lots"], packed["price"] = [1, 2], 1, 50
    book = OrderBook()
    assert len(book.process(packed[::-1])) == 0
    assert book.depth() == ([(50, 2, 2)], [])
    frozen = batch((9, 1, 0, 1, 0, 0, 60, 1))
    frozen.flags.writeable = False
    assert len(book.process(frozen)) == 0
    assert len(book.process(batch((10, 2, 0, 0, 0, 0, 60, 1)).view(np.recarray))) == 1
    floats = np.zeros(1, dtype=[(name, "f8" if name == "price" else ORDER_DTYPE[name]) for name in ORDER_DTYPE.names])
    with pytest.raises(ValueError, match="price is float64"):
        book.process(floats)
    with pytest.raises(ValueError, match="ORDER_DTYPE"):
        book.process([1, 2, 3])
    assert len(book.process(np.zeros(0, dtype=ORDER_DTYPE))) == 0


def test_the_day_ends_for_day_orders_only():
    book = book_of((1, 10, "sell", 5, 100, "day"), (2, 10, "sell", 5, 100), (3, 10, "buy", 2, 90, "day"))
    assert book.expire_day() == [(3, 2), (1, 5)]
    assert book.depth() == ([], [(100, 5, 1)])
    assert book.expire_day() == []


def test_a_trade_outside_the_band_halts_the_book():
    book = book_of((1, 10, "sell", 5, 100), (2, 10, "sell", 5, 111), band=(90, 110))
    assert book.submit(3, 11, "buy", 8, 120) == [Fill(1, 3, 100, 5)]
    assert book.halt == Halt(3, 11, "buy", 3, 120, "gtc")
    for action in (lambda: book.submit(4, 11, "buy", 1, 50), lambda: book.amend(2, 1), lambda: book.process(batch())):
        with pytest.raises(OrderRejected, match="halted"):
            action()
    assert book.cancel(2) == 5
    assert book.halt == Halt(3, 11, "buy", 3, 120, "gtc")
    book.resume((90, 130))
    assert book.submit(4, 11, "buy", 1, 120) == []
    assert (book.halt, book.band) == (None, (90, 130))


def test_an_order_that_only_rests_outside_the_band_is_welcome():
    book = book_of((1, 10, "sell", 5, 200), (2, 10, "buy", 5, 1), band=(90, 110))
    assert book.halt is None
    with pytest.raises(ValueError, match="lower price first"):
        book.band = (2, 1)


def test_an_amendment_may_halt_the_book():
    book = book_of((1, 10, "sell", 5, 111), (2, 11, "buy", 3, 100, "day"), band=(90, 110))
    assert book.amend(2, price=115) == []
    assert book.halt == Halt(2, 11, "buy", 3, 115, "day")
    assert 2 not in book


def test_a_batch_ends_where_the_book_halts():
    book = OrderBook(band=(90, 110))
    book.process(batch((1, 10, 0, 1, 0, 0, 111, 5), (2, 11, 0, 0, 2, 0, 120, 5), (3, 11, 0, 0, 0, 0, 90, 1)))
    assert [Outcome(code) for code in book.outcomes] == [Outcome.DONE, Outcome.PASSED_BAND]
    assert book.halt == Halt(2, 11, "buy", 5, 120, "ioc")


def test_lots_are_conserved_and_the_book_is_never_crossed():
    random = np.random.default_rng(3)
    orders = np.zeros(20_000, dtype=ORDER_DTYPE)
    orders["order_id"], orders["owner"] = np.arange(20_000), random.integers(0, 50, 20_000)
    orders["side"], orders["lots"] = random.integers(0, 2, 20_000), random.integers(1, 100, 20_000)
    orders["price"] = random.integers(950, 1_051, 20_000)
    limit = dict(zip(orders["order_id"].tolist(), orders["price"].tolist(), strict=True))
    buys = set(orders["order_id"][orders["side"] == 0].tolist())
    book, entered, traded = OrderBook("allow"), 0, 0
    for part in np.array_split(orders, 40):
        fills = book.process(part)
        for maker, taker, price, _ in fills.tolist():
            bid, ask = (limit[taker], limit[maker]) if taker in buys else (limit[maker], limit[taker])
            assert bid >= price >= ask
            assert price == limit[maker]
        entered += int(part["lots"].sum())
        traded += int(fills["lots"].sum())
        assert int(book.orders()["lots"].sum()) == entered - 2 * traded
        assert book.best_bid is None or book.best_ask is None or book.best_bid < book.best_ask
    assert traded > 0


def test_a_resting_order_takes_less_than_200_bytes():
    n = 300_000
    orders = np.zeros(n, dtype=ORDER_DTYPE)
    orders["order_id"], orders["lots"] = np.arange(n), 1
    orders["price"] = 1_000 - np.arange(n) % 500
    book = OrderBook()
    book.process(orders)
    assert len(book) == n
    assert book.nbytes / n < 200


def test_a_second_process_finds_the_machine_code():
    OrderBook().submit(1, 1, "buy", 1, 1)
    code = (
        "from carbonpolis.market import OrderBook\n"
        "from carbonpolis.market.matching import engine\n"
        "print(OrderBook().submit(1, 1, 'buy', 1, 1), sum(engine.run.stats.cache_hits.values()))"
    )
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert second.stdout.split() == ["[]", "1"]


def test_where_no_folder_can_be_written_to_it_compiles_without_keeping(monkeypatch: pytest.MonkeyPatch):
    real = numba.njit

    def njit(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(lambda a: a + 1)(1) == 2


def test_the_kept_machine_code_belongs_to_every_source_of_the_kernel():
    index = engine.run._cache._cache_file
    assert index._source_stamp == STAMP
    folder = Path(engine.__file__).parent
    imported = {
        name.replace(".", "/") + ".py"
        for path in (folder / "engine.py", folder / "order_queues.py", folder / "price_levels.py", folder / "views.py")
        for name in re.findall(r"^from carbonpolis\.market\.([\w.]+) import", path.read_text(encoding="utf-8"), re.M)
    }
    assert imported <= set(SOURCES)
