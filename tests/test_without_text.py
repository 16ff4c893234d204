"""Prompts of tasks with text still make sense where there is none: `--ablate t`, or a clip in which nobody speaks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from affectbench.catalogue import Catalogue
from affectbench.prompts import Prompter
from affectbench.task import bind
from tests import golden

KNOWN = Catalogue()
SPOKEN = ("bah", "cmu-mosi", "cmu-mosei", "ch-sims", "ch-sims-words", "ch-sims-v2", "ch-sims-v2-words")
CASES = [(name, wording) for name in SPOKEN for wording in bind(KNOWN, name).prompt.wordings()]
DANGLING = re.compile(r'""|“”|[:,][ \t]*$|\b(says|said|words)[ \t]*$|\n\n', re.MULTILINE)


@pytest.mark.parametrize(("name", "wording"), CASES)
def test_no_word_points_at_a_text_that_is_not_there(name: str, wording: str) -> None:
    task = bind(KNOWN, name, wording)
    given = golden.sample(task)
    assert given.text
    asked = Prompter(task, task.spec.settings)
    whole, less = (
        "\n".join(message.text for message in asked(sample, 0, golden.media(task)).messages)
        for sample in (given, replace(given, text=dict.fromkeys(given.text, "")))
    )
    assert all(f"({text})" in whole for text in given.text), "the text is shown where there is one"
    assert "(" + next(iter(given.text)) not in less and not DANGLING.search(less), less
    assert whole.splitlines()[-1] == less.splitlines()[-1], "what is asked stays the same"


@pytest.mark.parametrize("name", SPOKEN)
def test_the_record_says_that_there_was_no_text(name: str) -> None:
    task = bind(KNOWN, name)
    assert not task.dataset.access.publish.text
    given = golden.sample(task)
    asked = Prompter(task, task.spec.settings)
    for text, digests in (("(hello)", True), ("", False)):
        prompt = asked(replace(given, text=dict.fromkeys(given.text, text)), 0, golden.media(task))
        said = "\n".join(prompt.recorded)
        assert said and ("sha256:" in said) == digests
        assert "hello" not in said
