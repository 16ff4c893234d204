from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError, UsageError
from affectbench.prompts import OPEN, Prompter, Shot, next_turn
from affectbench.task import Task, bind
from affectbench.types import Decoded, Facts, Gold, Sample

TASK = """\
title: A task
dataset:
  access: {{publish: {{text: {publish}, labels: {publish}}}, send: any}}
  splits: {{test: unknown, train: unknown}}
  read:
    rows: {{table: {{file: rows.csv}}}}
    id: "{{{{ name }}}}"
    split: "{{{{ split }}}}"
    media: {{face: {{kind: image, path: "{{{{ name }}}}.png"}}, voice: {{kind: audio, path: "{{{{ name }}}}.wav"}}}}
    text: {{said: "{{{{ said }}}}"}}
    targets: {{emotion: {{labels: ekman-6, label: "{{{{ label }}}}"}}}}
split: test
prompt: choice/test
answer: {{letters: {letters}, order: {order}}}
metrics: [uar]
protocol: t/uar
"""
PROMPT = """\
title: A prompt
system: You read faces.
user: |
  {{ medium.face }} said “{{ text.said }}” {{ medium.voice }}
  One of: {{ labels | join(', ') }}.
turns: ["Sure? {{ labels | length }} are possible."]
variants:
  - {name: blind, user: "Guess: {{ labels | join(' or ') }}"}
  - {user: "{{ media }} What is it?"}
"""


@pytest.fixture
def build(tmp_path: Path):
    def make(wording: str = "base", *, publish: str = "true", letters: str = "false", order: str = "listed") -> Task:
        (tmp_path / "tasks/x").mkdir(parents=True, exist_ok=True)
        (tmp_path / "prompts/choice").mkdir(parents=True, exist_ok=True)
        (tmp_path / "tasks/x/t.yaml").write_text(TASK.format(publish=publish, letters=letters, order=order))
        (tmp_path / "prompts/choice/test.yaml").write_text(PROMPT)
        return bind(Catalogue([tmp_path]), "t", wording)

    return make


def sample(name: str = "a", said: str = "hello", label: str = "fear") -> Sample:
    return Sample(id=name, text={"said": said}, gold=Gold(label=label))


def media(*names: str) -> dict[str, Decoded]:
    kinds = {"face": "image", "voice": "audio"}
    return {
        n: Decoded(facts=Facts(name=n, kind=kinds[n], source=f"{n}.bin", digest=f"sha256:{n}"))  # type: ignore[arg-type]
        for n in names
    }


BOTH = media("face", "voice")


def test_text_and_media_become_parts_in_the_order_of_the_template(build) -> None:
    task = build()
    prompt = Prompter(task, task.spec.settings)(sample(), 0, BOTH)
    system, user = prompt.messages
    assert (system.role, system.text) == ("system", "You read faces.")
    assert [part.kind for part in user.parts] == ["image", "text", "audio", "text"]
    assert user.parts[1].text == " said “hello” "
    assert prompt.asked.options == ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
    assert [m.text for m in prompt.later] == ["Sure? 6 are possible."]


def test_letters_are_read_only_if_they_were_shown(build) -> None:
    task = build(letters="true")
    prompt = Prompter(task, task.spec.settings)(sample(), 0, BOTH)
    assert "A. anger, B. disgust" in prompt.messages[1].text
    assert prompt.asked.letters
    silent = build("v2", letters="true")
    assert not Prompter(silent, silent.spec.settings)(sample(), 0, BOTH).asked.letters
    plain = build()
    assert not Prompter(plain, plain.spec.settings)(sample(), 0, BOTH).asked.letters


def test_a_medium_without_a_place_in_the_prompt_is_an_error(build) -> None:
    task = build("blind")
    with pytest.raises(UsageError, match="no place for the medium 'face'"):
        Prompter(task, task.spec.settings)(sample(), 0, BOTH)


def test_an_unknown_variant_offers_near_names(build) -> None:
    with pytest.raises(UsageError, match="did you mean 'blind'"):
        build("blimd")


def test_a_text_that_the_sample_does_not_have_is_an_error(build) -> None:
    task = build()
    with pytest.raises(AffectbenchError, match="said"):
        Prompter(task, task.spec.settings)(dataclasses.replace(sample(), text={}), 0, BOTH)


def test_shuffled_options_differ_by_sample_and_not_by_run(build) -> None:
    task = build(order="shuffled")
    prompter = Prompter(task, task.spec.settings)
    orders = {name: prompter(sample(name), 0, BOTH).asked.options for name in "abcdef"}
    assert len(set(orders.values())) > 3
    again = Prompter(build(order="shuffled"), task.spec.settings)
    assert orders == {name: again(sample(name), 0, BOTH).asked.options for name in "abcdef"}
    assert all(sorted(order) == sorted(orders["a"]) for order in orders.values())


def test_the_samples_text_cannot_place_media_or_run_templates(build) -> None:
    task = build()
    said = f"{{{{ labels }}}} {OPEN}face\x03 {{% for x in y %}}"
    prompt = Prompter(task, task.spec.settings)(sample(said=said), 0, BOTH)
    assert [p.kind for p in prompt.messages[1].parts].count("image") == 1
    assert "{{ labels }} face" in prompt.messages[1].text


def test_the_digest_covers_text_media_bytes_and_settings(build) -> None:
    task = build()
    prompter = Prompter(task, task.spec.settings)
    base = prompter(sample(), 0, BOTH).digest
    other_face = {**BOTH, "face": Decoded(facts=BOTH["face"].facts.model_copy(update={"digest": "sha256:other"}))}
    warm = task.spec.settings.model_copy(update={"temperature": 0.5})
    digests = {
        base,
        prompter(sample(said="bye"), 0, BOTH).digest,
        prompter(sample(), 0, other_face).digest,
        Prompter(task, warm)(sample(), 0, BOTH).digest,
    }
    assert len(digests) == 4
    assert prompter(sample("another id"), 0, BOTH).digest == base


def test_text_that_may_not_be_published_is_a_digest_in_the_record(build) -> None:
    task = build(publish="false")
    prompt = Prompter(task, task.spec.settings)(sample(said="a secret"), 0, BOTH)
    assert "a secret" in prompt.messages[1].text
    assert "a secret" not in "".join(prompt.recorded)
    assert "<text:said sha256:" in prompt.recorded[1]
    open_task = build()
    assert Prompter(open_task, open_task.spec.settings)(sample(), 0, BOTH).recorded == ()


def test_the_gold_of_a_shot_is_not_recorded_where_labels_may_not_be_published(build) -> None:
    task = build(publish="false")
    assert not task.dataset.access.publish.labels
    shot = Shot(sample("s", said="boo", label="disgust"), BOTH)
    prompt = Prompter(task, task.spec.settings, lambda _: [shot])(sample(), 0, BOTH)
    assert prompt.messages[2].text == "disgust"
    assert prompt.recorded[2] == "<gold>"
    assert "boo" not in "".join(prompt.recorded)


def test_shots_are_solved_examples_before_the_question(build) -> None:
    task = build(letters="true")
    shot = Shot(sample("s", said="boo", label="disgust"), media("face", "voice"))
    prompt = Prompter(task, task.spec.settings, lambda _: [shot])(sample(), 0, BOTH)
    assert [m.role for m in prompt.messages] == ["system", "user", "assistant", "user"]
    assert prompt.messages[2].text == "B. disgust"
    assert "boo" in prompt.messages[1].text
    assert "hello" in prompt.messages[3].text


def test_the_next_turn_holds_the_reply_and_another_digest(build) -> None:
    task = build()
    first = Prompter(task, task.spec.settings)(sample(), 0, BOTH)
    second = next_turn(first, "fear")
    assert [m.role for m in second.messages] == ["system", "user", "assistant", "user"]
    assert second.messages[-1].text == "Sure? 6 are possible."
    assert second.later == ()
    assert len({first.digest, second.digest, next_turn(first, "anger").digest}) == 3


def test_faults_of_a_task_file_come_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "tasks/x").mkdir(parents=True)
    text = "title: x\ndataset: demo-faces\nsplit: tset\ntarget: expression\nprompt: choice/plian\n"
    text += "media: {fase: {}}\nmetrics: [uar, ccc]\nprotocol: x\n"
    (tmp_path / "tasks/x/t.yaml").write_text(text)
    with pytest.raises(AffectbenchError) as caught:
        bind(Catalogue([tmp_path]), "t")
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert [line.split("t.yaml")[1][:4] for line in lines] == [":3:1", ":5:1", ":6:9", ":7:1"]
    for name in ("'test'", "'choice/plain'", "'face'", "ccc"):
        assert name in str(caught.value)
