"""The market feed at the door: a snapshot over HTTP, and a WebSocket that goes on with every change.

    GET /feed/US-MSP         the book as it is: {"city", "sequence", "bids", "asks", "last", "traded", "state"}
    WebSocket /feed/US-MSP   messages {"snapshot": ... or null, "increments": [...]}, the first with a snapshot

A receiver that finds a gap between two numbers sends the text "snapshot" and gets a new one. One that reads too slowly
gets a new one by itself.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
from fastapi import APIRouter, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from nicegui import app, background_tasks

from carbonpolis.errors import Unknown
from carbonpolis.platform.market.feed import MarketFeed, Subscription

SECONDS = 0.04  # between two looks into the journal
SECONDS_AFTER_FAULT = 2.0
RENEW = "snapshot"
NO_SUCH_CITY = 4404  # of a WebSocket's own codes, after HTTP's 404
_log = logging.getLogger(__name__)


class Wire:
    """Reads the feed on for all receivers, and wakes each when something came."""

    def __init__(self, feed: MarketFeed) -> None:
        self._feed = feed
        self._news: set[asyncio.Event] = set()

    async def run(self) -> None:
        """Until it is cancelled. A fault of the journal is logged, and tried again."""
        while True:
            try:
                told = await asyncio.to_thread(self._feed.advance)
            except Exception:
                _log.exception("the market feed could not be read on; it is tried again")
                await asyncio.sleep(SECONDS_AFTER_FAULT)
                continue
            if told:
                for news in self._news:
                    news.set()
            await asyncio.sleep(SECONDS)

    async def serve(self, socket: WebSocket, city: str) -> None:
        """One receiver, until it goes. A city that is not there closes with 4404 and the reason."""
        await socket.accept()
        try:
            subscription = self._feed.subscribe(city)
        except Unknown as problem:
            await socket.close(NO_SUCH_CITY, str(problem)[:120])
            return
        news = asyncio.Event()
        news.set()
        self._news.add(news)
        asking = asyncio.create_task(_asked(socket, subscription, news))
        try:
            await _told(socket, subscription, news, asking)
        except WebSocketDisconnect:
            pass
        finally:
            asking.cancel()
            self._news.discard(news)
            subscription.close()


async def _told(socket: WebSocket, subscription: Subscription, news: asyncio.Event, asking: asyncio.Task[None]) -> None:
    """Send what comes, until the receiver goes."""
    waiting = asyncio.create_task(news.wait())
    while not asking.done():
        await asyncio.wait({waiting, asking}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            news.clear()
            message = subscription.take()
            if message is not None:
                await socket.send_text(msgspec.json.encode(message).decode())
            waiting = asyncio.create_task(news.wait())
    waiting.cancel()


async def _asked(socket: WebSocket, subscription: Subscription, news: asyncio.Event) -> None:
    """Hear what a receiver asks for, until it goes."""
    try:
        while True:
            if (await socket.receive_text()).strip() == RENEW:
                subscription.renew()
                news.set()
    except (WebSocketDisconnect, RuntimeError):
        return


def mount(feed: MarketFeed) -> None:
    """Put the feed on the site's port, and read it on as long as the site runs."""
    wire, router = Wire(feed), APIRouter()

    @router.get("/feed/{city}")
    def snapshot(city: str) -> Response:
        if city not in feed.cities():
            raise HTTPException(404, f"no city {city!r}")
        return Response(msgspec.json.encode(feed.snapshot(city)), media_type="application/json")

    @router.websocket("/feed/{city}")
    async def follow(socket: WebSocket, city: str) -> None:
        await wire.serve(socket, city)

    app.include_router(router)
    app.on_startup(lambda: background_tasks.create(wire.run(), name="market feed"))
