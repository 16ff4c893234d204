"""What `mini` is measured by was not in what it learnt from: no face, no scene, no wording."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pytest

from affectbench import faces
from affectbench.catalogue import Catalogue
from affectbench.datasets.demo import KINDS
from affectbench.mini import pictures
from affectbench.mini.pictures import Corpus, Seen
from affectbench.mini.questions import asked
from tests import golden

QUESTIONS = 20_000
LEAST_WORDS = 4


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Faces and films as in the corpus of seed 0, but for their pictures, which no question looks at."""
    blank = np.zeros((1, 1, 1, 3), np.uint8)
    return Corpus(
        [pictures._face(0, i, blank) for i in range(300)],
        [pictures._film(0, i, np.zeros((8, 1, 1, 3), np.uint8)) for i in range(60)],
    )


def sentences(text: str) -> set[str]:
    """Its sentences of a few words and more, in small letters, each list and number left out."""
    found = re.split(r"[.?!:\n;()\[\]]", text.lower())
    plain = (" ".join(re.findall(r"[a-z]+", re.sub(r"(\w+, )+\w+", "", part))) for part in found)
    return {part for part in plain if len(part.split()) >= LEAST_WORDS}


def evaluated() -> set[str]:
    """The sentences of every wording of the demo's tasks."""
    found: set[str] = set()
    for task in ("expression", "letters", "compound", "au", "affect", "clip", "open", "describe", "votes"):
        shown = (golden.FOLDER / f"demo-{task}.txt").read_text().partition("=== answers")[0]
        found |= sentences(re.sub(r"<image:\w+>|<video:\w+>|\[user\]|\[system\]|=== \w+", "\n", shown))
    return found


def test_no_evaluation_wording_is_in_the_training_questions(corpus: Corpus) -> None:
    chance, learnt, whole = Random(1), set(), set()
    looks: list[Seen] = [*corpus.faces, *corpus.films]
    for _ in range(QUESTIONS):
        question = asked(chance.choice(looks), chance)
        text = f"{question.system}\n{question.before}{question.after}"
        learnt |= sentences(text)
        whole.add(" ".join(text.lower().split()))
    assert len(evaluated()) > 40
    assert not evaluated() & learnt
    for task in Catalogue().choose("task", ["demo-*"]):
        shown = (golden.FOLDER / f"{task}.txt").read_text().partition("=== answers")[0]
        for wording in re.split(r"=== \w+\n", shown):
            assert " ".join(re.sub(r"<\w+:\w+>|\[\w+\]", "", wording).lower().split()) not in whole - {""}


def test_nobody_in_the_demo_is_in_the_corpus(corpus: Corpus) -> None:
    learnt = {seen.face.person for seen in (*corpus.faces, *corpus.films)}
    scenes = {seen.face.scene for seen in (*corpus.faces, *corpus.films)}
    for seed in (0, 1):
        for kind in range(len(KINDS)):
            for split in (0, 1):
                rng = faces.generator(seed, kind, split, 0)
                person = faces.identity(rng)
                assert person not in learnt and faces.face(person, "fear", rng).scene not in scenes
    assert pictures.KEPT_APART not in (0, 1, 2, 3)


def test_the_faces_that_learning_is_watched_by_are_others_too(corpus: Corpus) -> None:
    learnt = {seen.face.person for seen in corpus.faces}
    assert not learnt & {seen.face.person for seen in pictures.unseen(0, (5, 0)).faces}
