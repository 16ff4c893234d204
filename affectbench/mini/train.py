"""Train `mini` from scratch: `python -m affectbench.mini.train FOLDER [--seed N]`."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import click

from affectbench.mini.learning import Plan, learn
from affectbench.mini.network import processor, save
from affectbench.mini.pictures import corpus

SAID_EVERY_S = 2.0


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Learn so much less, to try it.")
def main(folder: Path, seed: int, share: float) -> None:
    """Draw faces, learn to see, learn to answer; the model lies in FOLDER/model at the end.

    Run it again after an interruption: what was drawn and learnt is in FOLDER/work. Equal seeds give equal weights on
    machines with as many cores and the same versions of torch and transformers.
    """
    torch_ready()
    plan = Plan()
    plan = replace(plan, **{f.name: max(1, round(getattr(plan, f.name) * share)) for f in fields(plan)})
    work, say = folder / "work", Progress()
    drawn = corpus(work / "drawn", seed, (plan.faces, plan.films), say)
    work.mkdir(parents=True, exist_ok=True)
    model, words = learn(drawn, plan, seed, work, say)
    save(model, processor(words), folder / "model")
    say.end(f"{folder / 'model'}: {sum(p.numel() for p in model.parameters()):,} parameters")


def torch_ready() -> None:
    """Have the same sums in every run."""
    import torch

    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(len(os.sched_getaffinity(0)))


class Progress:
    """Says on standard error how far it is: a line that changes on a terminal, else one now and then."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()
        self.what, self.from_, self.since = "", 0, 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        """Say that so much is done."""
        now, name = time.monotonic(), what.partition(" (")[0]
        if name != self.what:
            self.what, self.from_, self.since = name, done, now
        every = SAID_EVERY_S if sys.stderr.isatty() else 15 * SAID_EVERY_S
        if now - self.said < every and done < of:
            return
        self.said = now
        each = (now - self.since) / max(1, done - self.from_)
        left = "" if done >= of or done == self.from_ else f", {each * (of - done):,.0f} s left"
        self._write(f"{now - self.began:6,.0f} s  {what}: {min(done, of):,} of {of:,}{left}", done >= of)

    def end(self, text: str) -> None:
        """Say the last word."""
        self._write(f"{time.monotonic() - self.began:6,.0f} s  {text}", True)

    def _write(self, text: str, last: bool) -> None:
        live = sys.stderr.isatty()
        print(f"\r{text}\x1b[K" if live else text, end="\n" if last or not live else "", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
