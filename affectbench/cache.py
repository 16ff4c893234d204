"""Replies that were already paid for: a digest of the request → the response, in one SQLite file.

Only good, final, repeatable replies belong here (`worth_keeping`). Several processes may share the file. One that is
torn or foreign is set aside and a new one begun; one that cannot be written is done without. Neither stops a run.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from affectbench.paths import cache_folder
from affectbench.types import Prompt, Response

_OURS = 0x41666642
"""Marks the file as ours (`PRAGMA application_id`)."""
_LAYOUT = 1
_BATCH = 64
_BUSY_S = 5.0


def key(identity: str, prompt: Prompt) -> str:
    """Return the key of a request: `identity` says which model, revision and adapter answers, the prompt's digest what.

    The prompt's digest covers the rendered messages, the media's bytes and the sampling settings.
    """
    return hashlib.sha256(f"{identity}\n{prompt.digest}".encode()).hexdigest()


def worth_keeping(prompt: Prompt, response: Response) -> bool:
    """Whether the same request may be given this reply again: no error, no content filter, no sampled answer."""
    good = response.error is None and response.text is not None and response.finish != "content_filter"
    return good and prompt.settings.temperature == 0


class Cache:
    """Get with `open(path)`; `open(None)` gives a cache that keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._new: dict[str, str] = {}
        self._file: sqlite3.Connection | None = None
        self._begin()

    def get(self, key: str) -> Response | None:
        """Return the reply that is kept under a key, or None."""
        if self._file is None:
            return None
        text = self._new.get(key)
        if text is None:
            try:
                row = self._file.execute("SELECT response FROM responses WHERE key = ?", (key,)).fetchone()
            except sqlite3.DatabaseError as error:
                self._failed(error)
                return None
            if row is None:
                return None
            text = row[0]
        try:
            return Response.model_validate_json(text)
        except ValidationError:
            return None

    def put(self, key: str, response: Response) -> None:
        """Keep a reply; written with others, at the latest by `close`."""
        if self._file is not None:
            self._new[key] = response.model_dump_json(exclude_none=True)
            if len(self._new) >= _BATCH:
                self._write()

    def close(self) -> None:
        """Write what is left and close the file."""
        self._write()
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _write(self) -> None:
        if self._file is None or not self._new:
            return
        try:
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO responses VALUES (?, ?)", self._new.items())
        except sqlite3.DatabaseError as error:
            self._failed(error)
        self._new.clear()

    def _failed(self, error: sqlite3.DatabaseError) -> None:
        """Begin again after a broken file; go on without a cache after any other fault."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if _is_broken(error):
            self._begin(suspect=True)
        else:
            _warn(f"goes on without the cache {self._path}: {error}")

    def _begin(self, suspect: bool = False) -> None:
        if self._path is None:
            return
        try:
            with _alone(self._path):
                self._file = _sound(self._path, suspect)
        except (OSError, sqlite3.Error) as error:
            _warn(f"goes on without the cache {self._path}: {error}")


open = Cache


def paid_for(wanted: bool) -> Cache:
    """Open the replies that were paid for on this machine, by whatever command; an empty one where none is wanted."""
    return Cache(cache_folder() / "responses.sqlite" if wanted else None)


class Held(Cache):
    """A cache whose new replies are not kept before `keep`: until then it may turn out that they must not be."""

    def __init__(self, behind: Cache) -> None:
        super().__init__(None)
        self._behind = behind
        self.met = False  # whether a reply came from the cache behind

    def get(self, key: str) -> Response | None:
        """Return the reply that the cache behind this one keeps, or None."""
        found = self._behind.get(key)
        self.met |= found is not None
        return found

    def put(self, key: str, response: Response) -> None:
        """Hold a reply."""
        self._new[key] = response.model_dump_json(exclude_none=True)

    def keep(self) -> None:
        """Hand all that is held to the cache behind this one."""
        for key, text in self._new.items():
            self._behind.put(key, Response.model_validate_json(text))
        self._new.clear()


def _sound(path: Path, suspect: bool) -> sqlite3.Connection:
    """Open the file, or set it aside and begin a new one if it is torn or foreign; a suspect is read through first."""
    try:
        return _connect(path, suspect)
    except sqlite3.DatabaseError as error:
        if not _is_broken(error):
            raise
        aside = next(p for n in range(10_000) if not (p := path.with_name(f"{path.name}.broken-{n}")).exists())
        path.rename(aside)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        _warn(f"the cache {path} could not be read ({error}): set aside as {aside.name}, a new one begins")
        return _connect(path, suspect=False)


def _connect(path: Path, suspect: bool) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_BUSY_S)
    try:
        mark = file.execute("PRAGMA application_id").fetchone()[0], file.execute("PRAGMA user_version").fetchone()[0]
        if file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute(f"PRAGMA application_id = {_OURS}")
            file.execute(f"PRAGMA user_version = {_LAYOUT}")
            file.execute("CREATE TABLE responses (key TEXT PRIMARY KEY, response TEXT NOT NULL) WITHOUT ROWID")
            file.commit()
        elif mark != (_OURS, _LAYOUT):
            raise sqlite3.DatabaseError("not a cache of this version of affectbench")
        elif suspect and (fault := file.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(fault)
        file.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        file.close()
        raise
    return file


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, and not a lock, a full disk or a missing right."""
    return not isinstance(error, sqlite3.OperationalError)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time open the file, so that only one finds it broken and only the broken file is renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _warn(message: str) -> None:
    warnings.warn(f"affectbench {message}", stacklevel=2)
