"""Free emotion words, and free text. Each row: reply, the value or the status, the rule."""

from __future__ import annotations

import pytest

from affectbench.answers import reader
from tests.answers.asked import OPEN, TEXT

NEITHER = "neither a list nor a sentence that names a feeling"
THOUGHT = "no answer after the thinking"

WORDS = [
    ("sad, lonely", "sad|lonely", "list"),
    ("Sad", "sad", "list"),
    ("Sad.", "sad", "list"),
    ("Sad. Lonely.", "sad|lonely", "list"),
    ("- sad\n- Lonely\n- sad", "sad|lonely", "list"),
    ("1. sad\n2. lonely", "sad|lonely", "list"),
    ("sad/lonely; **Joyful**", "sad|lonely|joyful", "list"),
    ("bitter-sweet and slightly amused", "bitter-sweet|amused", "list"),
    ("a mix of joy and fear", "joy|fear", "list"),
    ("'sad', “glad”", "sad|glad", "list"),
    ("sad, not angry", "sad", "list"),
    ("sad but not angry", "sad", "list"),
    ("高兴、悲伤", "高兴|悲伤", "list"),
    ("fâché", "fâché", "list"),
    ('["Sad", "lonely"]', "sad|lonely", "json"),
    ('```json\n{"emotions": ["Sad", "Lonely"], "reason": "he cries"}\n```', "sad|lonely", "json"),
    ('{"emotion": "sad and lonely"}', "sad|lonely", "json"),
    ("Emotions: sad, lonely", "sad|lonely", "declared answer"),
    ("He cries. The emotions are: sad and lonely.", "sad|lonely", "declared answer"),
    ("<answer>sad, lonely</answer>", "sad|lonely", "answer tag"),
    ("<think>angry</think>sad", "sad", "list"),
    ("He seems sad and lonely.", "sad|lonely", "sentence"),
    ("He seems sad. She looks happy at her dog.", "sad|happy", "sentence"),
    ("She's feeling overwhelmed, anxious and a bit tired because of work", "overwhelmed|anxious|tired", "sentence"),
    ("none", "", "none"),
    ("No emotion.", "", "none"),
    ("[]", "", "json"),
    ("", "unparsed", "empty"),
    ("<think>sad", "unparsed", THOUGHT),
    ("He is walking down the street with a dog.", "unparsed", NEITHER),
    ("The man does not look happy.", "unparsed", NEITHER),
    ("the person looks at the camera", "unparsed", NEITHER),
    ("42", "unparsed", NEITHER),
    ("I can't identify emotions", "refused", "refusal: unable"),
    ("Sorry, I can't", "refused", "refusal: sorry"),
]
TEXTS = [
    (" He smiles. ", "He smiles.", "text"),
    ("<think>x</think>\nHe smiles", "He smiles", "text"),
    ("<answer>He smiles</answer>", "He smiles", "answer tag"),
    ("half a pair: \ud83d", "half a pair: ?", "text"),
    ("  ", "unparsed", "empty"),
    ("<think>He smiles", "unparsed", THOUGHT),
    ("I can't help with that.", "refused", "refusal: unable"),
    ("I'm sorry, but I can't identify emotions. Please ask something else.", "refused", "refusal: sorry"),
]
LONG = (
    "I can't be sure who it is, I cannot tell. However, the brows are low, the lips tight, the jaw set and the eyes "
    "narrow."
)


@pytest.mark.parametrize(("text", "expected", "rule"), WORDS, ids=lambda value: repr(value)[:48])
def test_emotion_words_are_read_from_lists_and_plain_sentences(text: str, expected: str, rule: str) -> None:
    parsed = reader(OPEN)(text)
    if expected in ("unparsed", "refused"):
        assert (parsed.status, parsed.value, parsed.rule) == (expected, None, rule)
    else:
        words = tuple(expected.split("|")) if expected else ()
        assert (parsed.status, parsed.value, parsed.rule) == ("ok", words, rule)


@pytest.mark.parametrize(
    ("text", "expected", "rule"), [*TEXTS, (LONG, LONG, "text")], ids=lambda value: repr(value)[:48]
)
def test_a_text_is_kept_as_it_was_written(text: str, expected: str, rule: str) -> None:
    parsed = reader(TEXT)(text)
    got = parsed.value if parsed.status == "ok" else parsed.status
    assert (got, parsed.rule) == (expected, rule)
