"""Free words and texts, against plain set arithmetic and a table of dynamic programming."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.metrics.text_overlap import longest_common_subsequence, tokens

words = st.lists(st.sampled_from(["happy", "Happy", "sad", "calm ", "", "angry"]), max_size=5)


def slow_lcs(a: list[str], b: list[str]) -> int:
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            rows[i + 1][j + 1] = rows[i][j] + 1 if x == y else max(rows[i][j + 1], rows[i + 1][j])
    return rows[-1][-1]


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=80), st.lists(st.sampled_from("abcd"), max_size=80))
def test_longest_common_subsequence(a: list[str], b: list[str]) -> None:
    assert longest_common_subsequence(a, b) == slow_lcs(a, b)


@settings(deadline=None)
@given(words, words)
def test_text_overlap(a: list[str], b: list[str]) -> None:
    gold, predicted = " ".join(a), ", ".join(b)
    wanted, said = gold.lower().split(), [word for word in predicted.lower().replace(",", " ").split() if word]
    shared = sum((Counter(wanted) & Counter(said)).values())
    expected = 2 * shared / (len(wanted) + len(said)) if wanted and said else 0
    assert metrics.token_f1([gold], [predicted]) == pytest.approx(expected, abs=1e-9)
    assert metrics.token_f1([gold], [None]) == 0


@settings(deadline=None)
@given(words.filter(any), words)
def test_open_words(gold: list[str], predicted: list[str]) -> None:
    truth = {word.strip().lower() for word in gold} - {""}
    said = {word.strip().lower() for word in predicted} - {""}
    both = truth & said
    assert metrics.hit([gold], [predicted]) == bool(both)
    assert metrics.set_recall([gold], [predicted]) == pytest.approx(len(both) / len(truth), abs=1e-9)
    assert metrics.set_precision([gold], [predicted]) == pytest.approx(len(both) / len(said) if said else 0, abs=1e-9)
    assert metrics.set_f1([gold], [predicted]) == pytest.approx(2 * len(both) / (len(truth) + len(said)), abs=1e-9)
    assert metrics.set_f1([gold], [None]) == 0


def test_tokens_of_several_scripts() -> None:
    assert tokens("Don't! 眉毛 raised, かな") == ["don", "t", "眉", "毛", "raised", "か", "な"]
