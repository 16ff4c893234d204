"""The pattern language of paths, file names and lines."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.specs.patterns import path_pattern, pattern


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (
            "{actor:4}_{sentence}_{emotion}_{level}",
            "1001_IEO_HAP_LO",
            {"actor": "1001", "sentence": "IEO", "emotion": "HAP", "level": "LO"},
        ),
        ("SN{:3}_au{au}.txt", "SN001_au12.txt", {"au": "12"}),
        (
            "{path},{label},{transcript:*}",
            "a/b.mp4,1,well, yes, no",
            {"path": "a/b.mp4", "label": "1", "transcript": "well, yes, no"},
        ),
        ("{frame},{intensity}", "7,", {"frame": "7", "intensity": ""}),
        ("{name}_{n:4}.png", "a_b_0012.png", {"name": "a_b", "n": "0012"}),
        ("{x}.png", "a.b.png", {"x": "a.b"}),
        ("{x}{n:2}", "abc12", {"x": "abc", "n": "12"}),
        ("{a}-{a}", "x-x", {"a": "x"}),
        ("{a}-{a}", "x-y", None),
        ("{code:2}{k}.{n}.tiff", "AN1.39.tiff", {"code": "AN", "k": "1", "n": "39"}),
        ("lit", "lit", {}),
        ("lit", "literal", None),
        ("{x:4}", "abc", None),
        ("{x:4}", "abcde", None),
        ("{}_{b}", "no-bar", None),
        ("a{x}b", "ab", {"x": ""}),
        ("a{x}b", "a", None),
    ],
)
def test_a_pattern_takes(form: str, text: str, expected: dict[str, str] | None) -> None:
    assert pattern(form).match(text) == expected


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("{a}{b}", "nothing says where {a} ends"),
        ("{a:*}x", "takes the rest"),
        ("{a", "a pattern knows"),
        ("a}", "a pattern knows"),
        ("{a b}", "a pattern knows"),
        ("{a:x}", "a pattern knows"),
        ("{a:9999}", "a pattern knows"),
        ("{{ a }}", "a pattern knows"),
    ],
)
def test_a_pattern_is_refused(form: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        pattern(form)


def test_only_the_last_step_of_a_path_takes_the_rest() -> None:
    assert [step.text for step in path_pattern("a/{b}/{c:*}")] == ["a", "{b}", "{c:*}"]
    with pytest.raises(ValueError, match="last step"):
        path_pattern("{a:*}/b")


parts = st.text(alphabet="abcXYZ09", min_size=1, max_size=6)


@given(st.lists(parts, min_size=1, max_size=5), st.sampled_from(["_", "-", "."]))
def test_what_is_filled_in_is_taken_out(texts: list[str], joint: str) -> None:
    names = [f"c{place}" for place in range(len(texts))]
    form = pattern(joint.join(f"{{{name}}}" for name in names))
    values = dict(zip(names, texts, strict=True))
    assert form.match(form.fill(values)) == values


def test_exact_widths_are_filled_with_zeros_or_cut() -> None:
    assert pattern("{a:3}-{b:2}-{:2}").fill({"a": "7", "b": "anger"}) == "007-an-00"
    assert pattern("{a:2}").fill({"a": "123"}) == "23"


def test_matching_goes_through_the_text_once() -> None:
    form = pattern("_".join(f"{{c{place}}}" for place in range(50)))
    began = time.perf_counter()
    assert form.match("_" * 48 + "x" * 200_000) is None
    assert form.match("_" * 200_000) is not None
    assert time.perf_counter() - began < 0.5
