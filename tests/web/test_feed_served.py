"""The market feed from a real server to real receivers, while another process trades."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import msgspec
import pytest
from serving import SECONDS_TO_END, free_port, start
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from carbonpolis import Platform
from carbonpolis.ledger import Account, Purpose, Transfer, Why
from carbonpolis.market.marketdata.book_feed import Follower, Gap, Message, Snapshot
from carbonpolis.registry.party import City, Party, Role

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "follow_market.py"
CITY = "US-MSP"
HOUR = datetime(2024, 7, 1, 2, tzinfo=UTC)
SECONDS = 20


@pytest.fixture(scope="module")
def trader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, Path]]:
    """A platform with one city, a mill with money and a wood with units; and its folder."""
    folder = tmp_path_factory.mktemp("market") / "data"
    with Platform.open(folder, clock=lambda: HOUR) as platform:
        city = City(
            CITY, "Minneapolis", "US", 45.0, -93.3, 1, 2024, 1.0, None, None, "temperate_continental_forest", "test"
        )
        roles = (("mill", Role.EMITTER), ("wood", Role.SINK_PRODUCER))
        parties = [Party(name, CITY, name, role, "", "", "test", assumed=False) for name, role in roles]
        platform.people.register((city, *parties), key="people")
        platform.people.deposit({"mill": 100_000_000}, key="bank")
        issued, unit = 1_000_000, f"CP-{CITY}-000001-FOR-2023"
        source, owner = Account(CITY, "registry", unit, Purpose.ISSUER), Account(CITY, "wood", unit, Purpose.AVAILABLE)
        platform.ledger.transfer([Transfer(source, owner, issued, Why.ISSUE)], who="registrar", key="issue")
        place(platform, "first", "wood", 5, 2_600)
        yield platform, folder


@pytest.fixture(scope="module")
def server(trader: tuple[Platform, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a server in a process of its own, which only reads the folder."""
    process, address = start(tmp_path_factory.mktemp("site"), free_port(), HERE / "serve_market.py", str(trader[1]))
    yield address.removeprefix("http://").rstrip("/")
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(SECONDS_TO_END) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()
    finally:
        process.kill()
        process.wait()


def place(platform: Platform, key: str, owner: str, lots: int, price: int) -> None:
    side = "buy" if owner == "mill" else "sell"
    platform.trading.place(city=CITY, owner=owner, side=side, lots=lots, price=price, key=key, at=HOUR)


def hear(socket: ClientConnection) -> Message:
    return msgspec.json.decode(socket.recv(timeout=SECONDS), type=Message)


def follow(socket: ClientConnection, follower: Follower, platform: Platform) -> Snapshot:
    """Take messages until the receiver's book is the platform's."""
    platform.feed.advance()
    while follower.book != platform.feed.snapshot(CITY):
        follower.take(hear(socket))
    return follower.book


def test_a_receiver_has_the_book_as_it_is_and_goes_on_with_it(trader: tuple[Platform, Path], server: str):
    platform, _ = trader
    with connect(f"ws://{server}/feed/{CITY}", proxy=None) as early:
        first = Follower()
        assert follow(early, first, platform).asks[0].price == 2_600
        place(platform, "a1", "mill", 2, 2_600)
        book = follow(early, first, platform)
        assert (book.asks[0].lots, book.last, book.traded) == (3, (2_600, 2), 2)
        with connect(f"ws://{server}/feed/{CITY}", proxy=None) as late:
            second = Follower()
            for number in range(20):
                place(platform, f"b{number}", "wood", 1, 2_610 + number)
            assert follow(late, second, platform) == follow(early, first, platform)
    here = build_opener(ProxyHandler({}))  # never through a proxy: the server is on this machine
    with here.open(f"http://{server}/feed/{CITY}", timeout=SECONDS) as answer:
        assert msgspec.json.decode(answer.read(), type=Snapshot) == book_of(platform)


def book_of(platform: Platform) -> Snapshot:
    platform.feed.advance()
    return platform.feed.snapshot(CITY)


def test_a_receiver_that_lost_a_message_asks_for_a_new_snapshot(trader: tuple[Platform, Path], server: str):
    platform, _ = trader
    with connect(f"ws://{server}/feed/{CITY}", proxy=None) as socket:
        follower = Follower()
        follow(socket, follower, platform)
        place(platform, "c1", "wood", 1, 2_700)
        assert hear(socket).increments  # and loses it
        place(platform, "c2", "wood", 1, 2_701)
        with pytest.raises(Gap):
            follower.take(hear(socket))
        socket.send("snapshot")
        assert follow(socket, follower, platform) == book_of(platform)


def test_a_city_that_is_not_there_is_refused(server: str):
    with connect(f"ws://{server}/feed/nowhere", proxy=None) as socket, pytest.raises(ConnectionClosed, match="nowhere"):
        socket.recv(timeout=SECONDS)
    with pytest.raises(HTTPError, match="404"):
        build_opener(ProxyHandler({})).open(f"http://{server}/feed/nowhere", timeout=SECONDS)


def test_the_example_client_follows_the_market(trader: tuple[Platform, Path], server: str):
    platform, _ = trader
    command = [sys.executable, str(EXAMPLE), f"ws://{server}/feed/{CITY}", "--messages", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        place(platform, "d1", "wood", 1, 2_750)
        second = json.loads(process.stdout.readline())
        assert process.wait(SECONDS) == 0
    assert second["sequence"] == first["sequence"] + 1 == book_of(platform).sequence


def test_the_page_shows_the_book_now_without_being_loaded_again(
    trader: tuple[Platform, Path], server: str, chromium, tmp_path: Path
):
    platform, _ = trader
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"http://{server}/market")
    page.get_by_label("City to look at").select_option(CITY)
    live = page.locator("section", has=page.get_by_role("heading", name="The book now"))
    live.get_by_text("Open: orders trade as they come.").wait_for()
    cheapest = platform.trading.depth(CITY)[1][0]
    place(platform, "e1", "mill", 1, cheapest[0])
    live.get_by_role("region", name="Last trades in the units of Minneapolis, times in UTC").get_by_text(
        f"{cheapest[0] / 100:.2f}"
    ).first.wait_for()
    place(platform, "e2", "mill", 7, 2_345)
    live.get_by_role("region", name="What waits in Minneapolis").get_by_text("23.45").wait_for()
    assert faults == []
    page.close()
