"""Follow one city's order book over the market feed: `python follow_market.py ws://127.0.0.1:8080/feed/US-MSP`.

Prints the best bid and offer, the last trade and the number of the feed, as a line of JSON after each message. Prices
are in cents a tonne. A gap in the numbers asks for a new snapshot, so the book is right again with the next message.
"""

from __future__ import annotations

import argparse
import json

import msgspec
from websockets.sync.client import connect

from carbonpolis.market.marketdata.book_feed import Follower, Gap, Message


def follow(address: str, messages: int) -> None:
    """Print the top of the book after each message; stop after so many, or never for 0."""
    follower = Follower()
    with connect(address) as socket:
        for number, text in enumerate(socket, start=1):
            try:
                book = follower.take(msgspec.json.decode(text, type=Message))
            except Gap:
                socket.send("snapshot")
                continue
            top = {"bid": book.bids[:1], "ask": book.asks[:1], "last": book.last}
            print(json.dumps({"sequence": book.sequence, "state": book.state, **msgspec.to_builtins(top)}), flush=True)
            if number == messages:
                return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address", help="WebSocket of a city: ws://HOST:PORT/feed/CITY")
    parser.add_argument("--messages", type=int, default=0, help="stop after so many; 0: never")
    given = parser.parse_args()
    follow(given.address, given.messages)
