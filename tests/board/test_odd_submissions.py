"""Documents of a submission with values of the wrong kind anywhere: refused in words, never with a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affectbench import manifest
from affectbench.board import parcel, receive
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError
from tests.board.submissions import changed, finished, packed
from tests.board.test_tampered import members

ODD: tuple[Any, ...] = (None, [], {}, "x", 7, -1.5, True, [[]], "../x")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(finished(tmp_path_factory.mktemp("theirs") / "plugin", n=6))


def places(value: Any, depth: int = 3) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value down to a depth; of a list its first item stands for all."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, inner in items:
        yield (key,)
        if depth > 1:
            yield from ((key, *below) for below in places(inner, depth - 1))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    found = copy.deepcopy(value)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return found


def odd(document: Any) -> Iterator[Any]:
    """Yield the document with each of its values replaced by a few others, in turn."""
    for number, path in enumerate(places(document)):
        for new in (ODD[number % len(ODD)], ODD[(number + 4) % len(ODD)]):
            yield put(document, path, new)


def refused_or_added(file: Path, name: str, document: Any, out: Path) -> None:
    def change(held: dict[str, bytes]) -> None:
        held[name] = json.dumps(document).encode()

    try:
        receive.add(changed(file, change), out, receive.How(known=Catalogue()))
    except AffectbenchError as error:
        assert str(error)


@pytest.mark.parametrize("name", ["manifest.json", "results.json"])
def test_odd_values_are_refused_in_words(file: Path, tmp_path: Path, name: str) -> None:
    document = json.loads(members(file)[name])
    for number, other in enumerate(odd(document)):
        if name == "manifest.json":
            try:
                other["run"] = manifest.run_id(other)
            except (KeyError, TypeError, AttributeError):
                continue
        refused_or_added(file, name, other, tmp_path / str(number))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=9), at_end=st.booleans())
def test_bytes_that_changed_on_the_way_are_refused_or_do_not_matter(
    file: Path, tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, int]], at_end: bool
) -> None:
    data = bytearray(file.read_bytes())
    first = len(data) - 400 if at_end else 0
    for share, byte in places:
        data[first + int(share * (len(data) - 1 - first))] = byte
    folder = tmp_path_factory.mktemp("unpacked")
    (folder / "x.zip").write_bytes(data)
    (folder / "run").mkdir()
    try:
        index = parcel.unpack(folder / "x.zip", folder / "run", parcel.Limits())
    except AffectbenchError:
        return
    for name in index.files:
        assert (folder / "run" / name).read_bytes() == members(file)[name]
