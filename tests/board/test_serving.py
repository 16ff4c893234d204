"""A site is shown on this machine alone, and nothing beside it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from affectbench.board import serving
from affectbench.board.swap import MADE_BY
from affectbench.errors import UsageError


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "data").mkdir(parents=True)
    (folder / "board.json").write_text(f'{{"made_by": "{MADE_BY}",\n"schema": 1}}\n')
    (folder / "index.html").write_text("<p>here</p>")
    (folder / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("a secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def port(site: Path) -> Iterator[int]:
    with serving.server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_pages_are_given_out(port: int) -> None:
    assert get(port, "/") == (200, b"<p>here</p>")
    assert get(port, "/index.html?task=x")[0] == 200
    assert get(port, "/board.json", "localhost")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//../secret.txt", "/link.txt", "/.hidden", "/data/",
     "/data", "/none.html", "/%00", "/" + "a" * 5000],
)  # fmt: skip
def test_nothing_else_is(path: str, port: int) -> None:
    status, body = get(port, path)
    assert status >= 300
    assert b"a secret" not in body


def test_a_name_from_elsewhere_is_refused(port: int) -> None:
    assert get(port, "/", "evil.example")[0] == 403


def test_only_this_machine_is_listened_to(site: Path) -> None:
    with serving.server(site, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_what_cannot_be_shown_is_said(site: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no site"):
        serving.server(tmp_path, 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="choose another"):
            serving.server(site, taken.getsockname()[1])
