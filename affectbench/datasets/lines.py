"""Text files as rows: a row a line by a pattern, or a row a file with its lines, or all of it, as columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from affectbench.datasets.table import not_text, text_encoding
from affectbench.errors import DataError
from affectbench.specs.patterns import pattern
from affectbench.specs.rows import Lines

Cells = Iterator[tuple[int, dict[str, str]]]


def line_cells(file: Path, lines: Lines, shown: str) -> Cells:
    """Yield (line, column → text). Raises DataError for a line that follows no pattern.

    Empty lines are passed over, but for a file that is one column as it stands.
    """
    try:
        with file.open(encoding=text_encoding(lines.encoding)) as text:
            if lines.text is not None:
                yield 0, {lines.text: "".join(islice(text, lines.skip, None))}
                return
            numbered = ((number, line.rstrip("\n")) for number, line in enumerate(text, 1) if number > lines.skip)
            filled = ((number, line) for number, line in numbered if line.strip())
            yield from _one_row(filled, lines, shown) if lines.columns else _row_a_line(filled, lines, shown)
    except UnicodeError as error:
        raise DataError(not_text(shown, lines.encoding, error)) from None
    except OSError as error:
        raise DataError(f"{shown}: cannot be read: {error.strerror}") from None


def _row_a_line(numbered: Iterator[tuple[int, str]], lines: Lines, shown: str) -> Cells:
    form = pattern(lines.pattern or "")
    for number, line in numbered:
        captures = form.match(line)
        if captures is not None:
            yield number, captures
        elif lines.unmatched == "error":
            raise DataError(f"{shown}:{number}: {line[:80]!r} does not follow the pattern {form.text!r}")


def _one_row(numbered: Iterator[tuple[int, str]], lines: Lines, shown: str) -> Cells:
    found = [line for _, line in numbered]
    if len(found) != len(lines.columns):
        raise DataError(
            f"{shown}: {len(found)} lines, where there are {len(lines.columns)} columns: {', '.join(lines.columns)}"
        )
    yield 0, dict(zip(lines.columns, found, strict=True))
