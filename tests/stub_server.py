"""A stub of an OpenAI-compatible server on loopback: a latency, faults by plan, and a count of everything asked.

In a test: `with StubServer(Plan(faults=0.3)) as server: …`. As a process: `python tests/stub_server.py --port 8099`.
Equal requests get equal answers; whether a try fails depends on the request, how often it was asked, and the seed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

PASSING = ("429", "500", "503", "reset", "torn", "garbage", "empty")
ERRORS = {
    "400": (400, "no such option"),
    "401": (401, "Incorrect API key provided: {key}"),
    "404": (404, "The model does not exist"),
    "413": (413, "request entity too large"),
    "429": (429, "slow down"),
    "500": (500, "upstream failed"),
    "503": (503, "overloaded"),
    "context": (400, "This model's maximum context length is 4096 tokens"),
    "echo": (400, "no such option; you sent the key {key}"),
    "echo-503": (503, "overloaded; you sent the key {key}"),
    "no model": (400, "gpt-9 is not a valid model ID"),
    "filter": (400, "The response was filtered due to the prompt triggering our content management policy"),
    "quota": (429, "You exceeded your current quota"),
    "redirect": (307, "moved"),
}
HEADERS = {"429": "retry-after: {retry_after}\r\n", "redirect": "location: http://203.0.113.1/v1/chat/completions\r\n"}


@dataclass(frozen=True)
class Plan:
    """How the server behaves: the share of tries that fail by one of `kinds`, or one fault `always`."""

    latency_s: float = 0.0
    replies: tuple[str, ...] = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "neutral")
    faults: float = 0.0
    kinds: tuple[str, ...] = PASSING
    always: str | None = None
    seed: int = 0
    retry_after: str = "0.01"
    message: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    usage: Callable[[dict[str, Any]], dict[str, int]] | None = None


@dataclass
class StubServer:
    """Serves in a thread of its own from `with` to the end of its block; `url` is its base address."""

    plan: Plan = field(default_factory=Plan)
    port: int = 0
    count: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    busy: int = 0
    most_busy: int = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(ready),), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def _main(self, ready: threading.Event) -> None:
        connections: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                await self._connection(reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                self.count["closed"] += 1
            finally:
                connections.discard(task)
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", self.port, limit=1 << 26)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
            line, *rest = head.split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (item.partition(":") for item in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = line.split(" ")
            self.keys.add(headers.get("authorization", ""))
            if path == "/stats":
                answer: bytes | None = _http(200, {**self.count, "distinct": len(self.asked), "most": self.most_busy})
            elif method == "POST" and path == "/v1/chat/completions":
                answer = await self._completion(body, headers.get("authorization", ""))
            else:
                answer = _http(404, {"error": {"message": f"no such path {path}"}})
            if answer is None:
                writer.transport.abort()
                return
            torn = answer.startswith(b"torn")
            writer.write(answer.removeprefix(b"torn"))
            await writer.drain()
            if torn:
                writer.transport.abort()
                return

    async def _completion(self, body: bytes, key: str) -> bytes | None:
        """Answer one request; None cuts the connection, a leading `torn` cuts it after what is sent."""
        request = json.loads(body)
        digest = hashlib.sha256(body).hexdigest()
        kind = self._kind(digest)
        self.count["requests"] += 1
        self.count[kind] += 1
        self.asked[digest] += 1
        self.requests = [*self.requests[-99:], request]
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await asyncio.sleep(self.plan.latency_s)
        self.busy -= 1
        good = _http(200, self._good(request, digest))
        if kind in ERRORS:
            status, message = ERRORS[kind]
            text = message.format(key=key.removeprefix("Bearer "))
            code = "insufficient_quota" if kind == "quota" else None
            extra = HEADERS.get(kind, "").format(retry_after=self.plan.retry_after)
            return _http(status, {"error": {"message": text, "code": code}}, extra)
        special = {"reset": None, "torn": b"torn" + good[:-20], "garbage": _http(200, "<html>bad gateway</html>")}
        return _http(200, {"object": "nothing"}) if kind == "empty" else special.get(kind, good)

    def _kind(self, digest: str) -> str:
        if self.plan.always:
            return self.plan.always
        draw = random.Random(f"{self.plan.seed}/{digest}/{self.asked[digest]}")
        return draw.choice(self.plan.kinds) if draw.random() < self.plan.faults else "ok"

    def _usage(self, request: dict[str, Any]) -> dict[str, int]:
        return {"prompt_tokens": len(json.dumps(request["messages"])) // 40 + 1, "completion_tokens": 2}

    def _good(self, request: dict[str, Any], digest: str) -> dict[str, Any]:
        text = self.plan.replies[int(digest[:8], 16) % len(self.plan.replies)]
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return {
            "id": digest[:12],
            "object": "chat.completion",
            "created": 0,
            "model": f"{request['model']}-2026-01-01",
            "choices": [choice | (self.plan.message(request) if self.plan.message else {})],
            "usage": self.plan.usage(request) if self.plan.usage else self._usage(request),
        }


def _http(status: int, body: Any, extra: str = "") -> bytes:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} stub\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{extra}\r\n"
    return head.encode() + data


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--always")
    given = parser.parse_args()
    with StubServer(Plan(latency_s=given.latency, faults=given.faults, always=given.always), given.port) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
