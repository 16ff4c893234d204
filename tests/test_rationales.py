"""What a rationale is worth: its clues, its action units, its label and what follows from what it claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench import lexicons, metrics
from affectbench.catalogue import Catalogue
from affectbench.clues.explain import explain
from affectbench.clues.prototypes import following
from affectbench.clues.rationale import Circumstances, Rationales, hidden
from affectbench.errors import DataError
from affectbench.faces import expressions, generator
from affectbench.faces.units import active
from affectbench.finished import rationales
from affectbench.scoring import Answer, Question, score
from affectbench.types import Gold, Sample
from tests.flow.flows import affectbench
from tests.scored import find

SPEC = Catalogue().load("lexicon", "clues").spec
LABELS = ("neutral", "happiness", "anger")
READ = Rationales(SPEC, Circumstances(labels=LABELS, units=("AU4", "AU6", "AU12"), hidden=("voice",)))
GOLD = Gold(text="The cheeks are raised.", labels=("AU6", "AU12"), label="happiness")
NAMES = tuple(entry.name for entry in metrics.ENTRIES if entry.forms == ("text",) and entry.lexicon)


def scored(said: list[str | None], gold: Gold = GOLD, read: Rationales = READ) -> dict[str, float | None]:
    samples = [Sample(id=f"s{i}", gold=gold) for i in range(len(said))]
    answers = [Answer(f"s{i}", 0, "ok" if one is not None else "refused", one) for i, one in enumerate(said)]
    question = Question(form="text", metrics=NAMES, main="clue_f1", labels=LABELS, lexicon=read, resamples=20)
    results = score(question, samples, answers)
    return {name: find(results, name).value for name in NAMES}


def test_a_rationale_that_says_what_is_there_has_all() -> None:
    found = scored(["She smiles and her cheeks are raised.\nLabel: happiness"])
    assert {name: found[name] for name in NAMES if "invent" not in name and "contra" not in name} == {
        name: 1.0 for name in NAMES if "invent" not in name and "contra" not in name
    }
    assert (found["invented_au"], found["invented_modality"], found["clue_contradiction"]) == (0, 0, 0)


def test_what_is_missed_invented_and_denied_is_counted() -> None:
    found = scored(["The brows are lowered, no smile. She sighs, cheeks raised.\nLabel: anger"])
    assert found["clue_precision"] == pytest.approx(1 / 3)  # AU6 of AU4, AU6 and a sigh
    assert found["clue_recall"] == 0.5
    assert found["clue_contradiction"] == 0.5
    assert found["claimed_au_precision"] == 0.5
    assert (found["invented_au"], found["invented_modality"], found["label_accuracy"]) == (1, 1, 0)


def test_units_that_nobody_coded_are_not_judged() -> None:
    assert scored(["AU6, AU12 and AU20. Label: happiness"])["claimed_au_precision"] == 1.0
    unknown = Gold(text="AU6.", labels=("AU6",), unlabelled=("AU12",), label="happiness")
    assert scored(["AU6 and AU12"], unknown)["invented_au"] == 0


def test_no_answer_is_the_worst_one() -> None:
    found = scored([None])
    assert all(found[name] == (1.0 if metrics.find(name, "text").better == "low" else 0.0) for name in NAMES
               if "precision_by_channel" not in name)  # fmt: skip


def test_where_everything_was_shown_nothing_of_it_is_invented() -> None:
    read = Rationales(SPEC, Circumstances(labels=LABELS))
    assert scored(["She sighs."], read=read)["invented_modality"] is None


def test_gold_that_lacks_units_or_a_label_is_named() -> None:
    with pytest.raises(DataError, match="the action units of each face"):
        scored(["x"], Gold(text="A smile."))


@pytest.mark.parametrize("expression", expressions.BASIC)
def test_what_is_drawn_follows_from_its_units(expression: str) -> None:
    rng = generator(7, 1)
    found = [following(active(expressions.intensities(expression, rng))) for _ in range(50)]
    assert sum(one == (expression,) for one in found) >= 45


def test_a_channel_is_hidden_if_nothing_of_it_is_shown() -> None:
    assert hidden(["image", "audio", "text"]) == ()
    assert hidden(["audio"]) == ("face", "gaze", "posture")
    assert hidden(["video", "text"]) == ("voice",)


@pytest.mark.parametrize(
    ("ablate", "gone"), [(None, ()), ("a", ("voice",)), ("va", ("face", "gaze", "posture", "voice")), ("t", ())]
)
def test_a_run_without_its_sound_hides_the_voice(ablate: str | None, gone: tuple[str, ...]) -> None:
    asked = {"labels": [], "synonyms": [], "lexicon": lexicons.recorded(SPEC)}
    asked["rationale"] = {"units": ["AU12"], "shown": ["audio", "text", "video"]}
    facts = {"question": asked, "variant": {"prompt": "base", **({"ablate": ablate} if ablate else {})}}
    assert rationales(facts).known.hidden == gone


def test_each_clue_is_explained_once() -> None:
    text = "The brows are lowered, no smile, no tears, cheeks raised."
    lines = {line.clue: (line.verdict, line.said) for line in explain(READ.gold(GOLD), READ.read(text), text)}
    assert lines == {
        "face/AU6": ("matched", "cheeks raised"),
        "no face/AU12": ("contradicted", "smile"),
        "face/AU4": ("invented", "brows are lowered"),
        "no face/tears": ("denied", "tears"),
    }


def test_the_demo_reasons_offline_and_show_says_why(tmp_path: Path) -> None:
    out = ("--limit", "14", "--out", str(tmp_path / "runs"))
    done = affectbench("run", "-m", "baseline:majority", "-t", "demo-reason", *out, "--json")
    assert done.code == 0, done.err
    run = done.json["runs"][0]
    main = next(one for one in run["scores"] if one["metric"] == "clue_f1" and one["over"] == "all")
    assert main["n"] == 14
    assert 0 < main["value"] < 1
    shown = affectbench("show", run["path"], "--status", "ok", "--first", "0")
    assert "missed       face/AU12 (lip corner puller)" in shown.out
    assert "emfacs/best-fit@1" in shown.out
    again = affectbench("score", run["path"], "--json")
    assert again.json["runs"][0]["scores"] == run["scores"]
