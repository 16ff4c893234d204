"""What it costs to show a model eight frames of a clip, beside bare decoding; and whether a slow model waits for it.

python benchmarks/media.py [N] [--rounds R] [--slow M]

N clips (200) of 720p, five seconds at 25 frames each, made here. The bare loops take the same eight frames as arrays,
by PyAV and by decord (where it is installed), in as many processes as the pipeline has. The pipeline also reads the
packets' times, scales down, encodes, digests, renders prompts, writes the durable record and scores; its model answers
at once. Then a model that answers one sample at a time, in 0.3 s, is asked about M of them (100): what takes longer,
the model or decoding alone, should be nearly all the time there is. Each figure is the best of some rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

import affectbench as ab
from affectbench.media import aside
from affectbench.specs.model import ModelSpec
from affectbench.types import Prompt, Response

FRAMES, RATE, SECONDS = 8, 25, 5
ANSWER_S = 0.3
MOST_BESIDE_BARE, MOST_BESIDE_LARGER = 1.1, 1.1
MADE = 8

TASK = """\
title: Many clips
dataset:
  title: Many clips
  access: {kind: open, send: any}
  splits: {test: unknown}
  read:
    rows: {filenames: {files: "{name}.mp4"}}
    id: "{{ name }}"
    split: test
    media: {clip: {kind: video, path: "{{ path }}"}}
    targets: {emotion: {labels: ekman-6, label: happiness}}
media: {clip: {frames: 8}}
answer: {form: choice}
metrics: [accuracy]
protocol: clips/accuracy
"""


def make(folder: Path, n: int) -> None:
    """Write clips that move and have the noise of a camera; every `MADE`-th is a copy."""
    import av

    rng = np.random.default_rng(1)
    for clip in range(min(n, MADE)):
        scene = np.kron(rng.integers(0, 200, (60, 100, 3), np.uint8), np.ones((16, 16, 1), np.uint8))
        with av.open(str(folder / f"c{clip:04}.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "medium"})
            stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
            for place in range(RATE * SECONDS):
                part = scene[place : place + 720, 2 * place : 2 * place + 1280]
                picture = (part + rng.integers(0, 7, (720, 1280, 1), np.uint8)).astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = place, Fraction(1, RATE)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    for clip in range(MADE, n):
        shutil.copy(folder / f"c{clip % MADE:04}.mp4", folder / f"c{clip:04}.mp4")


def wanted() -> list[int]:
    """Return the places of the frames that the task shows."""
    return [int(RATE * SECONDS * (part + 0.5) / FRAMES) for part in range(FRAMES)]


def with_pyav(path: str) -> int:
    """Decode a clip through to its last wanted frame, as a plain loop does."""
    import av

    places, found = wanted(), []
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for place, frame in enumerate(container.decode(stream)):
            if place in places:
                found.append(frame.to_ndarray(format="rgb24"))
            if place == places[-1]:
                break
    return len(found)


def with_decord(path: str) -> int:
    """Decode the wanted frames of a clip as decord's readers are used."""
    import decord

    return len(decord.VideoReader(path, num_threads=1).get_batch(wanted()).asnumpy())


@dataclass
class Answering:
    """A model that says the same after `seconds`, to one sample at a time."""

    seconds: float
    in_flight: int
    card: ModelSpec = field(
        default_factory=lambda: ModelSpec(
            name="fixed", backend="fixed", id="fixed", accepts=("image", "video"), trusted=True
        )
    )
    observes: bool = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def generate(self, prompt: Prompt) -> Response:
        await asyncio.sleep(self.seconds)
        return Response(text="happiness")


def timed(work: Callable[[], Any], rounds: int) -> float:
    """Return the seconds of the best round."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def bare(decode: Callable[[str], int], files: list[str]) -> None:
    """Decode all clips in as many processes as the pipeline has."""
    with ProcessPoolExecutor(aside.workers(), get_context("spawn")) as pool:
        assert set(pool.map(decode, files)) == {FRAMES}


def run(place: Path, model: Answering, limit: int | None = None) -> None:
    """Run the task with a model."""
    done = ab.run(
        "clips", model, data={"clips": place / "data"}, plugins=[place / "plugin"], out=place / "runs", fresh=True,
        cached=False, limit=limit,
    )  # fmt: skip
    assert set(done.results["status"]) and done.results["status"]["ok"] == sum(done.results["status"].values())


def main() -> int:
    """Print the ratios; 1 if one of them is over its limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int, nargs="?", default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow", type=int, default=100, help="clips for the slow model")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        (place / "plugin/tasks/own").mkdir(parents=True)
        (place / "plugin/tasks/own/clips.yaml").write_text(TASK)
        print(f"making {asked.n} clips")
        make(place / "data", asked.n)
        files = [str(file) for file in sorted((place / "data").iterdir())]
        run(place, Answering(0.0, 4), 4)  # the processes that decode are started
        plain = {"PyAV": with_pyav} | ({"decord": with_decord} if importlib.util.find_spec("decord") else {})
        took = {name: float("inf") for name in [*plain, "affectbench"]}
        for _ in range(asked.rounds):  # in turn, so that a busy moment meets all alike
            for name, decode in plain.items():
                took[name] = min(took[name], timed(lambda decode=decode: bare(decode, files), 1))  # type: ignore[misc]
            took["affectbench"] = min(took["affectbench"], timed(lambda: run(place, Answering(0.0, 4)), 1))
        for name, seconds in took.items():
            print(f"{name:12} {seconds:7.2f} s  {asked.n / seconds:6.1f} clips/s")
        beside = took["affectbench"] / min(took[name] for name in plain)
        print(f"affectbench beside the faster bare loop: {beside:.2f} (at most {MOST_BESIDE_BARE})")
        decoding = took["affectbench"] * asked.slow / asked.n
        larger = max(decoding, ANSWER_S * asked.slow)
        slow = timed(lambda: run(place, Answering(ANSWER_S, 1), asked.slow), asked.rounds)
        hidden = slow / larger
        print(f"a model of {ANSWER_S} s a sample: {asked.slow} clips in {slow:.2f} s; decoding alone {decoding:.2f} s")
        print(f"beside the larger of the two: {hidden:.2f} (at most {MOST_BESIDE_LARGER})")
    return int(beside > MOST_BESIDE_BARE or hidden > MOST_BESIDE_LARGER)


if __name__ == "__main__":
    raise SystemExit(main())
