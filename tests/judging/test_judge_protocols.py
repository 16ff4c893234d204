"""Published judges: replies are read as by their authors, and strictly beside it, and become the figures they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.answers.published import judge_scores, strict_scores
from affectbench.catalogue import Catalogue
from affectbench.judging.published import PROTOCOLS, sentence
from affectbench.judging.reading import reader
from affectbench.specs.rubric import OWN_PARSER, STEPS
from tests.flow.flows import affectbench
from tests.judging.judged_runs import PROMPT, finished, ids, judging_server, replay, scores, texts

KNOWN = Catalogue()
FIGURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures/parser_fixtures.json").read_text())
TEN = {"score": (1.0, 10.0)}
SHARES = dict.fromkeys(STEPS, (0.0, 1.0))
BODY = "sees: [gold]\nuser: |\n  {{ gold }}\n  {{ answer }}\n  {{ verdict }}\n"
MME = "scale: {recognition: [0, 1], reasoning: [0, 1]}\naggregate: {chain: {recognition: 0.5, reasoning: 0.5}}\n" + BODY


def scale_of(parser: str) -> dict[str, tuple[float, float]]:
    return SHARES if parser.startswith("mme") else TEN


@pytest.mark.parametrize(("text", "value"), FIGURES["emer_score_regex"])
def test_emer_is_read_as_published(text: str, value: Any) -> None:
    found = reader(TEN, "emer")(text)
    assert found.value == ({"score": value} if isinstance(value, float) else None)


@pytest.mark.parametrize(("parser", "kind"), [("mme-emotion", "single_label"), ("mme-emotion-several", "multi_label")])
def test_mme_emotion_is_read_as_published(parser: Any, kind: str) -> None:
    for text, _, figures in FIGURES["mme_emotion"][kind]["rows[judge_string,parsed,[rec,rea,steps]]"]:
        found = reader(SHARES, parser)(text)
        if figures is None or figures[0] > 1 or figures[1] > 1:  # more right than there is: off the scale
            assert found.status == "unparsed", text
        else:
            assert found.value == pytest.approx(dict(zip(STEPS, figures, strict=False))), text


@pytest.mark.parametrize(
    ("parser", "text", "value"),
    [
        ("emer-strict", "range 1-10, score: 6\nBoth smile.", {"score": 6}),
        ("emer-strict", "score: 11", None),
        ("fea", '```json\n{"score": "7", "reason": "x"}\n```', {"score": 7}),
        ("fea", '{"score": 70}', None),
        ("fea-strict", '{"score": "7", "reason": "x"}', None),
        ("fea-strict", '{"score": 7, "reason": "x"}', {"score": 7}),
        ("mme-emotion", "<score>Step 1: 1/1, Step 2: 1/12</score>", {"recognition": 1, "reasoning": 1}),
        ("mme-emotion-strict", "<score>Step 1: 1/1, Step 2: 1/12</score>", None),
        ("mme-emotion-strict", "<score>Step 1: 1/1,\nStep 2: 0/1</score>", {"recognition": 0, "reasoning": 1}),
        ("mme-emotion-strict", "<score>Step 1: 1/1</score>", {"recognition": 1}),
        ("mme-emotion-several-strict", "<score>Step 1: 2/3</score>", {"recognition": 2 / 3}),
        ("mme-emotion-several-strict", "<score>Step 1: 0/1, Step 2: 0/0</score>", None),
        ("mme-emotion-several-strict", "<score>Step 1: 0/1, Step 2: 4/3</score>", None),
    ],
)  # fmt: skip
def test_quirks_of_the_published_readers_and_what_is_read_strictly(parser: Any, text: str, value: Any) -> None:
    assert reader(scale_of(parser), parser)(text).value == value


@pytest.mark.parametrize("parser", PROTOCOLS)
def test_the_form_that_is_asked_for_is_read(parser: Any) -> None:
    asked = sentence(scale_of(parser), parser)
    if parser.startswith("mme"):
        reply = "The steps fit.\n" + asked[asked.index("<score>") :]
        assert reader(SHARES, parser)(reply).value == {
            "recognition": 2 / 3 if "several" in parser else 0,
            "reasoning": 1,
        }
    else:
        assert "1 to 10" in asked
        reply = '{"score": 7, "reason": "2 of 3"}' if parser.startswith("fea") else "score: 7\n2 of 3 clues are shared."
        assert reader(TEN, parser)(reply).value == {"score": 7}


@given(st.text(alphabet='<score>Step 12:3/,{"}reason.0\n', max_size=80), st.sampled_from(sorted(PROTOCOLS)))
def test_any_reply_is_read_without_error_and_on_the_scale(text: str, parser: Any) -> None:
    scale = scale_of(parser)
    found = reader(scale, parser)(text)
    for name, score in (found.value or {}).items() if isinstance(found.value, dict) else ():
        assert scale[name][0] <= score <= scale[name][1]


def test_each_shipped_protocol_says_what_is_not_settled_and_whose_it_is() -> None:
    for name in KNOWN.ids("rubric"):
        rubric = KNOWN.load("rubric", name).spec
        assert name == "description" or (rubric.approximate and rubric.cite), name


@pytest.mark.parametrize("name", [name for name in KNOWN.ids("rubric") if name.endswith("-strict")])
def test_a_strict_rubric_asks_the_same_question(name: str) -> None:
    strict, published = (KNOWN.load("rubric", one).spec for one in (name, name.removesuffix("-strict")))
    assert (strict.parser, published.parser != OWN_PARSER) == (f"{published.parser}-strict", True)
    for spec in ("user", "system", "sees", "scale", "aggregate"):
        assert getattr(strict, spec) == getattr(published, spec)
    assert sentence(strict.scale, strict.parser) == sentence(published.scale, published.parser)


# -- runs ------------------------------------------------------------------------------------------------------------

STEP_REPLIES = [
    "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1</score>",
    "<score>Step 1: 0/1</score>",
    "Step 1: 1/1",
    "<score>Step 1: 0/1, Step 2: 1/1</score>",
    "<score>Step 1: 1/1,\nStep 2: 1/1</score>",
    "<score>Step 1: 1/1</score>",
    "<score>Step 1: 1/1, Step 2: 1/1</score>",
    "<score>Step 1: 0/1, Step 2: 0/1</score>",
]


def judged(plugin: Path, rubric: str, replies: list[str]) -> Path:
    """Judge the run of eight texts by a rubric of this text, the judge's replies from a list; returns the run."""
    (plugin / "prompts/judge/mine.yaml").write_text("title: Mine\n" + rubric)
    model = replay(plugin / "judge.jsonl", dict(zip(ids(8), replies, strict=True)))
    run = finished(plugin)
    code = affectbench("judge", run, "-m", model, "-r", "mine", "--plugin", plugin, "--max-bad", "1").code
    assert code == 0
    return run


def test_mme_emotion_becomes_its_published_figures(tmp_path: Path) -> None:
    run = judged(texts(tmp_path / "plugin"), "parser: mme-emotion\n" + MME, STEP_REPLIES)
    published = judge_scores.mme_emotion([judge_scores.mme_single(text) for text in STEP_REPLIES])
    assert published is not None
    found = scores(run, over="ok")
    assert found["recognition"]["n"] == published.counted == 6
    for name, figure in (("recognition", 0), ("reasoning", 1), ("chain", 2)):
        assert found[name]["value"] == pytest.approx(published[figure] / 100)
    assert found["chain"]["low"] < found["chain"]["value"] < found["chain"]["high"]
    assert scores(run)["chain"]["value"] is None


def test_mme_emotion_read_strictly_has_bounds_and_leaves_out_what_has_no_reasoning(tmp_path: Path) -> None:
    run = judged(texts(tmp_path / "plugin"), "parser: mme-emotion-strict\n" + MME, STEP_REPLIES)
    ours = strict_scores.mme_repaired([strict_scores.steps_strict(text) for text in STEP_REPLIES])
    assert ours is not None and ours.reasoning and ours.chain
    found = scores(run)
    for name, bounds in (("recognition", ours.recognition), ("reasoning", ours.reasoning), ("chain", ours.chain)):
        assert (found[name]["low"], found[name]["high"]) == pytest.approx(bounds)
    assert (found["recognition"]["n"], found["reasoning"]["n"]) == (8, 8 - ours.unreasoned)
    whole = [text for text in STEP_REPLIES if strict_scores.steps_strict(text)]
    again = strict_scores.mme_repaired([strict_scores.steps_strict(text) for text in whole])
    assert again is not None and again.chain
    assert scores(run, over="ok")["chain"]["value"] == pytest.approx(again.chain[0])


def test_steps_that_nobody_gave_have_no_reasoning(tmp_path: Path) -> None:
    run = judged(texts(tmp_path / "plugin"), "parser: mme-emotion-strict\n" + MME, ["<score>Step 1: 1/1</score>"] * 8)
    found = scores(run)
    assert (found["recognition"]["value"], found["reasoning"]["value"], found["chain"]["value"]) == (1.0, None, None)


def test_emobench_m_has_its_total_and_what_fails_is_its_lower_bound(tmp_path: Path) -> None:
    rubric = "scale: {logic: [0, 5], content: [0, 5]}\naggregate: {total: {logic: 1, content: 1}}\n" + BODY
    given = [(4, 3), (5, 2), (1, 1), None, (3, 3), (2, 4), (5, 5), (4, 4)]
    replies = [f"VERDICT: logic={one[0]}, content={one[1]}" if one else "Hm." for one in given]
    run = judged(texts(tmp_path / "plugin"), rubric, replies)
    sides = [[float(one[side]) if one else None for one in given] for side in (0, 1)]
    total = judge_scores.emobench_m_total(*sides)
    assert total is not None
    found = scores(run)
    assert [round(found[name]["low"], 2) for name in ("logic", "content", "total")] == list(total)
    assert found["total"]["value"] is None
    assert found["total"]["high"] == pytest.approx(found["total"]["low"] + 10 / 8)


def test_the_strict_reading_of_the_same_question_costs_nothing(tmp_path: Path) -> None:
    run = finished(plugin := texts(tmp_path / "plugin"))
    with judging_server(lambda prompt: "On the range 1-10, score: 6\nTwo clues are shared.") as server:
        model = f"openai:j@{server.url}"
        done = affectbench("judge", run, "-m", model, "-r", "emer-clues", "-r", "emer-clues-strict", "--plugin", plugin)
        assert (done.code, server.count["requests"]) == (0, 8), done.err
    assert [scores(run, judge)["clues"]["value"] for judge in (0, 1)] == [1.0, 6.0]
    assert done.out.count("approximate") == 2
    held = json.loads((run / "results.json").read_text())["judged"]
    assert all("our words" in one["approximate"] for one in held)


CHOICE = """\
title: Which side
dataset:
  title: Texts
  access: {kind: open, send: any, publish: {media: true, labels: true, text: true}}
  splits: {test: unknown}
  read:
    rows: {table: {file: rows.csv}}
    id: "{{ id }}"
    split: test
    options: "{{ ['left', 'right'] }}"
    text: {clip: "{{ clip }}"}
    targets: {side: {labels: options, label: "{{ side }}"}}
prompt: choice/clip
metrics: [accuracy]
protocol: texts/accuracy
"""


def test_of_a_choice_the_whole_reply_is_judged(tmp_path: Path) -> None:
    plugin = texts(tmp_path / "plugin")
    (plugin / "tasks/own/texts.yaml").write_text(CHOICE)
    (plugin / "prompts/choice").mkdir()
    (plugin / "prompts/choice/clip.yaml").write_text(PROMPT.replace("Describe it.", "{{ labels | join(', ') }}"))
    run = finished(plugin, dict.fromkeys(ids(8), "The brows are up on one side.\nLabel: left"))
    seen: list[str] = []
    with judging_server(lambda prompt: seen.append(prompt) or "VERDICT: clues=5, label=5") as server:
        assert affectbench("judge", run, "-m", f"openai:j@{server.url}", "-r", "mine", "--plugin", plugin).code == 0
    assert len(seen) == 8 and all("The brows are up on one side.\nLabel: left" in prompt for prompt in seen)
