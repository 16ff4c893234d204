"""Clips and sounds are decoded in processes of their own: whatever a file does there, the run goes on.

A file that is not decoded within `DEADLINE_S`, or takes more than `MEMORY` bytes, or brings its decoder down, is a
MediaError; the process is ended and the next file has a new one. The processes also work ahead of the model.
"""

from __future__ import annotations

import atexit
import os
import queue
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from affectbench.errors import AffectbenchError, MediaError
from affectbench.media import letters
from affectbench.types import Decoded, Media
from affectbench.views import View

DEADLINE_S = 18.0
START_S = 60.0
"""Importing decoders takes a second, on a busy machine many; the deadline of a file begins after that."""
MEMORY = 900_000_000
WATCH_S = 0.05
TAIL = 4096
"""So much of what a decoder printed last is looked at."""


def workers() -> int:
    """Return how many files are decoded at once: as many as there are cores, eight at most."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, allowed))


def surroundings() -> dict[str, str]:
    """Return the environment of a process of ours: it imports what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def prepare(media: Media, path: Path | None, view: View) -> Decoded:
    """Decode one medium in another process; blocks until one is free and done. Raises MediaError."""
    worker, shown = _POOL.take(), media.path or "cell"
    try:
        answer = worker.ask(letters.request(media, path, view))
        if answer is None:
            raise MediaError(worker.fault[0], f"{media.name}: {shown}: {worker.fault[1]}")
        return letters.read_answer(answer)
    except MediaError as error:
        if error.kind == "too_large":  # what it still holds would be counted against the next file
            worker.end()
        said = str(error)  # a decoder may have named the file as it lies on this machine
        raise MediaError(error.kind, said if path is None else said.replace(str(path), shown)) from None
    finally:
        _POOL.give(worker)


@dataclass
class Worker:
    """One process; it is started at its first file, and again after it was ended."""

    process: subprocess.Popen[bytes] | None = None
    errors: IO[bytes] | None = None
    fault: tuple[str, str] = ("crashed", "")

    def ask(self, request: bytes) -> bytes | None:
        """Return the answer to a request; None, with `fault` set, if there was none."""
        process = self._running()
        try:
            assert process.stdin is not None
            process.stdin.write(request)
            process.stdin.flush()
            return self._answer(process, DEADLINE_S)
        except (BrokenPipeError, EOFError):
            self.fault = self._died(process)
            self.end()
            return None
        except TimeoutError as late:
            self.fault = ("too_large" if "memory" in str(late) else "too_slow", str(late))
            self.end()
            return None
        except BaseException:  # an answer that is still to come would be taken for the next one's
            self.end()
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.process.poll() is None:
            return self.process
        self.end()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed by `end`
        self.process = subprocess.Popen(
            [sys.executable, "-m", "affectbench.media.worker", str(MEMORY)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env=surroundings(), start_new_session=True,
        )  # fmt: skip
        try:
            self._answer(self.process, START_S)
        except (EOFError, TimeoutError) as error:
            said = self._said()
            self.end()
            raise AffectbenchError(f"the process that decodes media did not start: {error} {said}") from None
        return self.process

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """Read one answer. Raises EOFError if the process died, TimeoutError if it is too slow or grows too large."""
        assert process.stdout is not None
        end, pipe = time.monotonic() + seconds, process.stdout.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            parts: list[bytes] = []
            need = letters.HEAD
            while need:
                coming = ready.select(WATCH_S)
                self._watch(process, end, seconds)
                if not coming:
                    continue
                part = os.read(pipe, min(need, 1 << 20))
                if not part:
                    raise EOFError
                parts.append(part)
                need -= len(part)
                if not need and len(whole := b"".join(parts)) == letters.HEAD:
                    need = letters.length(whole)
            return b"".join(parts)[letters.HEAD :]

    @staticmethod
    def _watch(process: subprocess.Popen[bytes], end: float, seconds: float) -> None:
        if time.monotonic() > end:
            raise TimeoutError(f"not decoded within {seconds:g} s")
        if (taken := resident(process.pid)) > MEMORY:
            raise TimeoutError(f"it takes more memory than {MEMORY // 1_000_000} MB ({taken // 1_000_000} MB)")

    def _died(self, process: subprocess.Popen[bytes]) -> tuple[str, str]:
        code = process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return ("crashed", f"the decoder died of it ({how}) {self._said()}".strip())

    def _said(self) -> str:
        if self.errors is None:
            return ""
        self.errors.seek(-min(TAIL, self.errors.seek(0, os.SEEK_END)), os.SEEK_END)
        lines = self.errors.read(TAIL).decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout, self.errors):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        continue  # what was not written to a process that died
        self.process = self.errors = None


def resident(pid: int) -> int:
    """Return how many bytes of memory a process holds; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


@dataclass
class Pool:
    """The processes of this one; who takes one waits until one is free."""

    free: queue.LifoQueue[Worker] = field(default_factory=queue.LifoQueue)
    all: list[Worker] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    left: list[Worker] = field(default_factory=list)

    def take(self) -> Worker:
        """Return a process that nobody else has."""
        with self.lock:
            if self.free.empty() and len(self.all) < workers():
                self.all.append(Worker())
                return self.all[-1]
        return self.free.get()

    def give(self, worker: Worker) -> None:
        """Give a process back."""
        self.free.put(worker)

    def end(self) -> None:
        """End all processes; the next file starts new ones."""
        for worker in self.all:
            worker.end()

    def forget(self) -> None:
        """Leave all processes to the one that started them: two that share a pipe would take each other's answers."""
        self.left = self.all
        self.free, self.all, self.lock = queue.LifoQueue(), [], threading.Lock()


_POOL = Pool()
atexit.register(_POOL.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)
