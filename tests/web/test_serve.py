"""Ports in use, and a server that ends cleanly and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest
from serving import SECONDS_TO_END, free_port, start

from carbonpolis.errors import CarbonpolisError, PortInUse
from carbonpolis.serve import check_port


def test_a_port_in_use_says_so_and_names_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} on 127.0.0.1 is in use") as refused:
            check_port("127.0.0.1", port)
        assert refused.value.free is not None
        assert refused.value.free > port
        check_port("127.0.0.1", refused.value.free)
        assert f"--port {refused.value.free}" in str(refused.value)


def test_a_host_that_is_not_here_is_no_port_in_use() -> None:
    with pytest.raises(CarbonpolisError, match=r"can't listen on 192\.0\.2\.1") as refused:
        check_port("192.0.2.1", 8080)
    assert not isinstance(refused.value, PortInUse)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/city/Atlantis", "The report has no city Atlantis."),
        ("/registry/CP-NIX", "The registry has no batch CP-NIX."),
        ("/retirement/%E6%B7%B1%3Cb%3E", "The registry has no retirement"),
        ("/nowhere", "The site has no page /nowhere."),
    ],
)
def test_a_page_that_is_not_there_answers_404_with_where_to_look(site: str, path: str, told: str) -> None:
    here = build_opener(ProxyHandler({}))
    with pytest.raises(HTTPError) as refused:
        here.open(site + path, timeout=10)
    body = refused.value.read().decode()
    assert refused.value.code == 404
    assert told in body
    assert "No such page" in body and "/city/US-MSP" in body
    assert "<b>" not in body


def test_an_interrupt_ends_the_site_cleanly_and_nothing_was_written(tmp_path: Path) -> None:
    port = free_port()
    process, address = start(tmp_path, port)
    here = build_opener(ProxyHandler({}))  # never through a proxy: the site is on this machine
    try:
        assert address == f"http://127.0.0.1:{port}/"
        with here.open(address + "report.json", timeout=10) as answer:
            assert answer.status == 200
        with here.open(address, timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_TO_END) == 0
    finally:
        process.kill()
        process.wait()
    assert process.stdout is not None
    assert "Traceback" not in process.stdout.read()
    assert list(tmp_path.iterdir()) == []
