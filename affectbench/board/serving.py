"""Shows a site on this machine alone: files below its folder, nothing beside it, nothing to list."""

from __future__ import annotations

import os
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from affectbench.board.swap import is_site
from affectbench.errors import UsageError

LOCAL = "127.0.0.1"


class Handler(SimpleHTTPRequestHandler):
    """Gives out the files of one folder; a link that leaves it is not there, nor is a folder without a page."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        """Return the file that was asked for, opened, or None after saying that it is not there."""
        if self.headers.get("Host", "").partition(":")[0] not in (LOCAL, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN)  # a page of somewhere else, whose name was made to point here
            return None
        if not self._is_ours():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _is_ours(self) -> bool:
        """Whether what was asked for lies in the folder, through no link that leaves it, and is not hidden."""
        try:
            root, wanted = (Path(os.path.realpath(one)) for one in (self.directory, self.translate_path(self.path)))
        except (OSError, ValueError):  # no path at all
            return False
        return wanted.is_relative_to(root) and not any(part.startswith(".") for part in wanted.relative_to(root).parts)

    def list_directory(self, path: Any) -> Any:
        """Say that a folder is not there."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Have pages ask anew, for a site is rebuilt in its place, and take files for what they are."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


def server(site: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a site on this machine; `port` 0 takes a free one. Its `serve_forever` shows it.

    Raises UsageError for a folder that is no site, and for a port that is taken.
    """
    if not is_site(site):
        raise UsageError(f"{site} is no site: `affectbench board build RUNS -o {site}` makes one")
    try:
        return ThreadingHTTPServer((LOCAL, port), partial(Handler, directory=str(site)))
    except OSError as error:
        raise UsageError(f"port {port}: {error.strerror}: choose another with --port") from None
