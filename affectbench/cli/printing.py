"""Printing for people and for machines: tables on a terminal, one JSON document for `--json`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

MOMENT_S = 2.0
"""Nobody minds to wait so long without a word."""


def document(value: Any) -> None:
    """Print one JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def say(text: str = "", err: bool = False, bold: bool = False) -> None:
    """Print text, which may quote files, models and servers: nothing in it moves the cursor."""
    click.echo(click.style(plain(text), bold=True) if bold else plain(text), err=err)


def plain(text: str) -> str:
    """Return text with a dot for every control character, such as those that begin a terminal's commands."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


def columns(rows: Iterable[Sequence[str]], header: Sequence[str]) -> None:
    """Print rows in aligned columns; the last column is not padded. Works without any import of weight."""
    table = [list(header), *([plain(cell).replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())


def faults(found: Iterable[Any]) -> None:
    """Print located faults on standard error, one a line."""
    for fault in found:
        say(str(fault), err=True)


def track(label: str, quiet: bool = False) -> Callable[[Sequence[Any]], Iterator[Any]]:
    """Return a function that hands items on and shows on standard error how many were taken."""

    def shown(items: Sequence[Any]) -> Iterator[Any]:
        if quiet or not sys.stderr.isatty():
            return iter(items)
        from rich.console import Console
        from rich.progress import track as bar

        return iter(bar(items, label, len(items), console=Console(stderr=True), transient=True))

    return shown


@contextmanager
def patience(message: str, quiet: bool) -> Iterator[None]:
    """Say on standard error what goes on, if it takes longer than a moment."""
    late = threading.Timer(MOMENT_S, lambda: None if quiet else say(message, err=True))
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as a table shows it; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


LONGEST = 5_000  # letters of a reply


def indented(head: str, text: str) -> str:
    """Return text below a head, its lines aligned; the end of a very long one is left out."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text):,} letters; --json prints all)"
    return head + text.replace("\n", "\n" + " " * len(head))
