"""Everything on one port: the site over one report, until it's interrupted."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from carbonpolis.errors import CarbonpolisError, PortInUse
from carbonpolis.platform.market.feed import MarketFeed
from carbonpolis.report.year.shape import YearReport

PORTS_TRIED = 100
HIGHEST_PORT = 65_535
SECONDS_TO_CLOSE = 1
SECONDS_BETWEEN_TRIES = 0.02


def _problem(host: str, port: int) -> OSError | None:
    """Why nothing can listen there, or None when it's free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            if os.name == "posix":
                # A port that was closed a moment ago is free, as it will be for the server.
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as problem:
        return problem
    return None


def check_port(host: str, port: int) -> None:
    """Make sure that the site can listen at `host` and `port`.

    Raises PortInUse, naming the next free port, when another program listens there; CarbonpolisError when the system
    refuses for another reason (a name that isn't this machine's, a port that only the administrator may open).
    """
    problem = _problem(host, port)
    if problem is None:
        return
    if problem.errno != errno.EADDRINUSE:
        raise CarbonpolisError(f"can't listen on {host}, port {port}: {problem.strerror}. Choose another host or port.")
    later = range(port + 1, min(port + PORTS_TRIED, HIGHEST_PORT) + 1)
    raise PortInUse(host, port, next((free for free in later if _problem(host, free) is None), None))


async def _answers(host: str, port: int) -> None:
    """Wait until something listens there: the start-up runs before the server opens its port."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        else:
            writer.close()
            return


def serve(
    report: Callable[[], YearReport],
    *,
    host: str,
    port: int,
    open_browser: bool,
    announce: Callable[[str], None],
    feed: MarketFeed | None = None,
) -> None:
    """Serve the site until it's interrupted (Ctrl-C ends it cleanly and returns).

    `announce` is called with the address once the site answers. `feed`, if there is one, is served with it. Raises as
    `check_port` does. Writes nothing to disk: what a visitor chooses (the theme) stays in the visitor's browser.
    """
    # The libraries of the site take a good part of a second: a command that serves nothing doesn't wait for them.
    from nicegui import app, ui

    from carbonpolis.web.site import mount
    from carbonpolis.web.words import say

    check_port(host, port)
    nowhere = mount(report, feed)
    shown = "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host
    address = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"

    async def tell() -> None:
        await _answers(shown, port)
        announce(address)

    app.on_startup(tell)
    with suppress(KeyboardInterrupt):
        ui.run(
            nowhere,
            host=host,
            port=port,
            title=say("site"),
            favicon="🏙️",
            dark=None,
            language="en-US",
            tailwind=False,
            reload=False,
            show=open_browser,
            show_welcome_message=False,
            binding_refresh_interval=None,
            timeout_graceful_shutdown=SECONDS_TO_CLOSE,
        )
