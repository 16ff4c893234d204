"""Every shipped prompt without the dataset's text (`--ablate t`): a question still, with no words left dangling."""

from __future__ import annotations

import dataclasses
import re

import pytest

from affectbench.catalogue import Catalogue
from affectbench.prompts import Prompt, Prompter
from affectbench.task import Task, bind
from tests import golden

KNOWN = Catalogue()
DANGLING = re.compile(r"\"\"|\S  +\S|^ *[:.,?]| [:.,?](\s|$)|:$", re.MULTILINE)


def with_text() -> list[tuple[str, str]]:
    """Return the tasks that show text, each in all its wordings."""
    found = []
    for name in KNOWN.ids("task"):
        task = bind(KNOWN, name)
        if task.sees_text and task.dataset.text_names():
            found += [(name, wording) for wording in task.prompt.wordings()]
    return found


def asked(task: Task, text: str | None) -> Prompt:
    """Return the prompt of a made-up sample, with `text` in place of all its texts."""
    sample = golden.sample(task)
    if text is not None:
        sample = dataclasses.replace(sample, text=dict.fromkeys(sample.text, text))
    return Prompter(task, task.spec.settings, golden.shots(task))(sample, 0, golden.media(task))


def words(prompt: Prompt) -> str:
    return "\n".join(message.text for message in (*prompt.messages, *prompt.later))


def test_dangling_words_are_found() -> None:
    for left in (
        'She says: ""',
        "Now  says",
        ": \nWhich?",
        "She expresses . Do you agree?",
        "What is said: \nRate it.",
    ):
        assert DANGLING.search(re.sub(r" +$", "", left, flags=re.MULTILINE)), left
    assert not DANGLING.search("Answer with one of: yes, no.\nsentiment: a number.")


def test_tasks_of_conversations_and_of_sentiment_show_text() -> None:
    assert {"meld", "meld-sentiment", "iemocap-4", "iemocap-6", "emotiontalk", "cmu-mosi", "ch-sims", "bah"} <= {
        name for name, _ in with_text()
    }


@pytest.mark.parametrize(("name", "wording"), with_text())
def test_without_text_no_words_dangle(name: str, wording: str) -> None:
    task = bind(KNOWN, name, wording)
    left = re.sub(r" +$", "", words(asked(task, "")), flags=re.MULTILINE)
    assert not (found := DANGLING.search(left)), f"{found!r} in:\n{left}"
    assert all(label in left for label in (task.labels.names if task.labels else ()))
    assert all(f"({text})" not in left for text in task.dataset.text_names())


@pytest.mark.parametrize("name", ["meld", "iemocap-4"])
def test_a_record_has_the_words_that_were_sent(name: str) -> None:
    """Where a text may not be published its digest is recorded, and of an empty one nothing."""
    task = bind(KNOWN, name)
    assert not task.dataset.access.publish.text
    prompt = asked(task, "")
    assert "\n".join(prompt.recorded) == words(prompt)
    assert "<text:utterance sha256:" in "\n".join(asked(task, None).recorded)
