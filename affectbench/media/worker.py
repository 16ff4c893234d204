"""The process that decodes: reads requests on its standard input, answers on its standard output, until that closes."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import threading
from typing import BinaryIO

LOOK_MS = 1000
LONGEST_S = 60
"""After so long at one file the system ends this process: nobody waits for it any more, or it would have been ended."""


def main(memory: int) -> None:
    """Answer requests until there are no more, with at most `memory` bytes of data where the system sees to that."""
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a decoder prints is no answer
    from affectbench.errors import MediaError, UsageError
    from affectbench.media import decoders, letters
    from affectbench.media.decoding import decode

    decoders.load()
    _limit(memory)
    gc.freeze()
    out.write((1).to_bytes(letters.HEAD, "big") + b"\0")  # ready
    out.flush()
    while body := _request(sys.stdin.buffer, letters.HEAD):
        signal.alarm(LONGEST_S)
        try:
            answer = letters.answer(decode(*letters.read_request(body)))
        except (MediaError, UsageError) as error:
            answer = letters.refusal(error)
        except Exception as error:  # noqa: BLE001  decoders raise anything on a broken file; it is told as such
            answer = letters.refusal(MediaError("unreadable", f"{type(error).__name__}: {str(error)[:200]}"))
        signal.alarm(0)
        out.write(answer)
        out.flush()
        gc.collect()  # files and frames that hold each other


def _leave_with(parent: int) -> None:
    """End this process as soon as there is nobody to answer, even in the middle of a file.

    The parent's end of the pipe closes as it dies; if a process that it forked holds that open, its number changes.
    """
    pipe = select.poll()
    pipe.register(sys.stdin.fileno(), 0)  # a hang-up is always told
    while not pipe.poll(LOOK_MS) and os.getppid() == parent:
        pass
    os._exit(0)


def _request(pipe: BinaryIO, head: int) -> bytes:
    found = pipe.read(head)
    return pipe.read(int.from_bytes(found, "big")) if len(found) == head else b""


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))


if __name__ == "__main__":
    main(int(sys.argv[1]))
