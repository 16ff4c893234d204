"""Clues in rationales: which are named, in which channel, and whether they are said to be there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import clues
from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors
from affectbench.faces import units
from affectbench.specs.base import read_text
from affectbench.specs.lexicon import LexiconSpec

READ = clues.Reader(Catalogue().load("lexicon", "clues").spec)

RATIONALES: dict[str, str] = {
    # present
    "The lip corners are pulled up and the cheeks are raised.": "AU6 AU12",
    "Raised brows and parted lips with wide eyes.": "AU1 AU2 AU5 AU25",
    "The inner brows are raised and drawn together.": "AU1 AU4",
    "She raises her left eyebrow.": "AU1 AU2",
    "A wrinkling of the nose, a raised upper lip.": "AU9 AU10",
    "The brows and cheeks are raised.": "AU1 AU2 AU6",
    "Her lips are tightly pressed together": "AU24 no:AU25",
    "The corners of his mouth turn slightly down, chin pushed up.": "AU15 AU17",
    "The jaw is dropped and the mouth hangs open, brows shot up.": "AU1 AU2 AU25 AU26",
    "AU6+12 with AU25": "AU6 AU12 AU25",
    "Action units 1, 2 and 5 are active.": "AU1 AU2 AU5",
    "Brow lowerer, lid tightener and lip pressor.": "AU4 AU7 AU24",
    "A Duchenne smile with crow's feet": "AU6 AU12",
    "The eyes are narrowed, the brow deeply furrowed.": "AU4 AU7",
    "His voice trembles and he avoids eye contact.": "voice/trembling gaze/averted",
    "She speaks quickly in a harsh tone.": "voice/fast voice/harsh",
    "Shoulders slumped, head bowed, he sighs.": "posture/slumped posture/head-down voice/sigh",
    "He thanks her at the birthday party.": "words/thanks context/celebration",
    "He smiled, kept smiling, and his smiles grew.": "AU12",
    "**Brows**: raised.": "AU1 AU2",
    "嘴角上扬，脸颊上抬。": "AU6 AU12",
    "他微微上扬的眉毛": "AU1 AU2",
    "声音颤抖，低着头，眼含泪水。": "voice/trembling posture/head-down tears",
    "她皱着眉，双唇紧闭": "AU4 AU24 no:AU25",
    # denied
    "No sign of a smile; the brows are not raised.": "no:AU1 no:AU2 no:AU12",
    "There is no smile, frown or tears.": "no:AU4 no:AU12 no:tears",
    "Neither the brows nor the cheeks are raised.": "no:AU1 no:AU2 no:AU6",
    "AU6 and AU12 are absent. AU4 is active.": "AU4 no:AU6 no:AU12",
    "AU1: no. AU25 (not present)": "no:AU1 no:AU25",
    "Without a smile, she stares.": "no:AU12 gaze/direct",
    "A smile cannot be seen.": "no:AU12",
    "Her lips are closed.": "no:AU25",
    "The nose isn't wrinkled": "no:AU9",
    "He is frowning rather than smiling.": "AU4 no:AU12",
    "没有微笑、皱眉。": "no:AU4 no:AU12",
    "没有微笑，眉毛上扬。": "no:AU12 AU1 AU2",
    # hedged
    "She seems to smile.": "maybe:AU12",
    "Perhaps a slight smile; the left brow might be raised.": "maybe:AU1 maybe:AU2 maybe:AU12",
    "Is she smiling?": "maybe:AU12",
    "The brows are possibly lowered.": "maybe:AU4",
    "似乎在哭。": "maybe:tears",
    "It is unclear whether the lips are parted.": "maybe:AU25",
    # tricky
    "She does not smile, but her eyebrows are furrowed.": "AU4 no:AU12",
    "No smile, raised brows.": "no:AU12 AU1 AU2",
    "He is not only smiling but also crying.": "AU12 tears",
    "She is not without a smile.": "AU12",
    "He cannot help but smile.": "AU12",
    "No doubt: a frown.": "AU4",
    "No, she smiles.": "AU12",
    "He does not look at the camera and his brows are raised.": "AU1 AU2",
    "No tension in the forehead, and the corners of the mouth are slightly upturned.": "AU12",
    "The brows, cheeks, and upper lip are raised.": "AU1 AU2 AU6 AU10",
    "The person is not showing any AUs related to joy, such as AU6 or AU12.": "no:AU6 no:AU12",
    "If she were happy she would smile, but her lip corners are pulled down.": "maybe:AU12 AU15",
    "At first there is no smile. Then she smiles.": "AU12",
    "He seems angry, with lowered brows.": "AU4",
    "The brows are not raised but lowered.": "no:AU1 no:AU2 AU4",
    "Raised brows, pressed lips": "AU1 AU2 AU24 no:AU25",
    "Not a hint of tension, and the mouth is open.": "AU25",
    "他不仅微笑，而且流泪。": "AU12 tears",
    "他不禁微笑。": "AU12",
    # denied and hedged, harder
    "There isn't even the faintest trace of a smile on his face.": "no:AU12",
    "Far from smiling, she frowns.": "no:AU12 AU4",
    "The absence of a smile and the lowered brows point to anger.": "no:AU12 AU4",
    "She shows neither tears nor a trembling lip.": "no:tears no:lip-tremble",
    "Nothing suggests that he is crying; his lips are merely parted.": "no:tears AU25",
    "The mouth is closed and shows no smile at all.": "no:AU25 no:AU12",
    "He doesn't raise his voice, nor does he speak quickly.": "no:voice/loud no:voice/fast",
    "Her brows never rise.": "no:AU1 no:AU2",
    "Her lips are unparted.": "no:AU25",
    "AU4, AU7 and AU23 are active, while AU12 is not.": "AU4 AU7 AU23 no:AU12",
    "No AU12, but AU15 and AU17 are present.": "no:AU12 AU15 AU17",
    "The voice is not loud; if anything, the voice is quiet.": "no:voice/loud voice/quiet",
    "His gaze is neither averted nor lowered.": "no:gaze/averted no:gaze/down",
    "There is nothing of a smile in her face, only pressed lips.": "no:AU12 AU24 no:AU25",
    "It is not that she smiles; her lips are stretched sideways.": "no:AU12 AU20",
    "She couldn't stop laughing.": "AU12",
    "He can hardly hold back his tears.": "tears",
    "The smile is gone.": "no:AU12",
    "The smile fades and the corners of the mouth turn down.": "AU12 AU15",
    "It looks as if the lips were slightly parted.": "maybe:AU25",
    "What might be a smile is rather a tightening of the lips.": "maybe:AU12 AU23",
    "I cannot tell whether her voice trembles.": "maybe:voice/trembling",
    "There could be a hint of a smile, but the brows are clearly raised.": "maybe:AU12 AU1 AU2",
    "The brows are lowered, possibly with a slight squint.": "AU4 maybe:AU7",
    "Perhaps she sighs; she does not laugh.": "maybe:voice/sigh no:AU12",
    "It is unlikely that he is smiling.": "maybe:AU12",
    "A smile is hardly visible.": "maybe:AU12",
    "The supposed smile is in fact a raised upper lip.": "maybe:AU12 AU10",
    "There is no smile and the brows are raised.": "no:AU12 AU1 AU2",
    "There is no smile and no frown.": "no:AU12 no:AU4",
    "Without a smile and a frown, she sighs.": "no:AU12 no:AU4 voice/sigh",
    "A barely perceptible smile; AU6 is not active.": "maybe:AU12 no:AU6",
    "He fails to hide a smile.": "AU12",
    "The brows are lowered, perhaps.": "maybe:AU4",
    "Her mouth is open, but her eyes are not.": "AU25",
    "The frown has gone; in its place there is a grin.": "no:AU4 AU12",
    "I see no reason to speak of tears, though her voice might tremble.": "no:tears maybe:voice/trembling",
    "AU1: present, AU2: absent, AU5: possibly present.": "AU1 no:AU2 maybe:AU5",
    "Smiling? No. He sneers.": "maybe:AU12 AU10",
    "他的脸上看不到一丝笑容，眉毛也没有抬起。": "no:AU12 no:AU1 no:AU2",
    "她并没有哭，只是皱着眉头。": "no:tears AU4",
    "嘴角没有上扬，反而向下撇。": "no:AU12 AU15",
    "他似乎有些皱眉，但没有流泪。": "maybe:AU4 no:tears",
    "她的声音不大，但有些颤抖。": "no:voice/loud voice/trembling",
    "说话的人既没有大声喊叫，也没有叹气。": "no:voice/scream no:voice/sigh",
    "看不出她是否在微笑。": "maybe:AU12",
    "他的嘴唇可能微微张开。": "maybe:AU25",
    "她忍不住笑了，眼里却含着泪水。": "AU12 tears",
    "他不是在笑，而是在哭。": "no:AU12 tears",
    "目光没有躲闪，一直直视着对方。": "no:gaze/averted gaze/direct",
    "毫无笑意，眉头紧锁，双唇紧闭。": "no:AU12 AU4 AU24 no:AU25",
    "眉毛没有抬起，而是皱在一起。": "no:AU1 no:AU2 AU4",
    "她不但没有哭，反而笑了。": "no:tears AU12",
    "既看不到微笑，也听不到笑声。": "no:AU12 no:voice/laugh",
    "如果他在笑，嘴角应该上扬。": "maybe:AU12",
    "他没有低头，声音却在发抖。": "no:posture/head-down voice/trembling",
    "他未必在哭。": "maybe:tears",
    "The meeting was open and the prices were raised.": "",
    "The person looks happy.": "",
    "": "",
}


def expected(text: str) -> dict[str, str]:
    found = {}
    for item in text.split():
        sign, _, name = item.rpartition(":")
        found[name if "/" in name else f"face/{name}"] = {"": "present", "no": "denied", "maybe": "hedged"}[sign]
    return found


@pytest.mark.parametrize("text", RATIONALES)
def test_a_rationale_is_read_as_a_person_reads_it(text: str) -> None:
    held = clues.claims(READ(text))
    assert {name: clue.polarity for name, clue in held.items()} == expected(RATIONALES[text])


def test_at_least_a_hundred_rationales_are_read() -> None:
    assert len(RATIONALES) >= 100


@pytest.mark.parametrize("unit", units.NAMES)
def test_the_names_and_the_cues_of_drawn_units_are_read(unit: int) -> None:
    for text in (units.NAMES[unit], units.CUES[unit], f"AU{unit}", f"Action Unit {unit:02d}"):
        present = {clue.id for clue in READ(text) if clue.polarity == "present"}
        assert f"AU{unit}" in present, text
        assert len(present) <= 2, text


def test_a_span_is_the_place_in_the_text_as_it_was_given() -> None:
    text = "Ｎote: the ‘brows’ are\u200b slightly raised; 她在微笑。"
    found = READ(text)
    assert [text[clue.start : clue.end] for clue in found if clue.id in ("AU1", "AU12")] == [
        "brows’ are\u200b slightly raised",
        "微笑",
    ]


def test_several_mentions_are_one_claim_and_the_surest_counts() -> None:
    found = READ("Maybe a smile. She smiles. No smile at the end.")
    assert [clue.polarity for clue in found] == ["hedged", "present", "denied"]
    assert clues.written(found) == ("face/AU12",)


HOSTILE = [
    "not ", "no smile or ", "smile, ", "brow and ", "raised ", "AU12, ", "AU1-AU99 ", "(", "a", "没有", "眉毛、",
    "smile absent and ", "corner of the the the ", "the brows are raised and lowered, not the lips or ", "\u0301",
    "\ud800", "smile if ", "?",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hundred_kilobytes_of_anything_are_read_at_once(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    start = time.process_time()
    found = READ(text)
    assert time.process_time() - start < 10
    assert all(0 <= clue.start < clue.end <= len(text) for clue in found)


PIECES = (
    "the",
    "brows",
    "lips",
    "not",
    "no",
    "raised",
    "smile",
    ",",
    ".",
    "or",
    "and",
    "but",
    "AU4",
    "?",
    "没有",
    "、",
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_is_read_the_same_twice(words: list[str]) -> None:
    text = " ".join(words)
    found = READ(text)
    assert found == READ(text)
    assert all(0 <= clue.start < clue.end <= len(text) for clue in found)


LEXICON = """
id: own
groups: {part: [tail], move: [wag]}
clues: {posture: {wagging: {when: [[part, move]], words: [waggy]}}}
"""


def test_a_lexicon_of_ones_own_is_read() -> None:
    read = clues.Reader(read_text(LEXICON, LexiconSpec, "own").spec)
    assert clues.written(read("Its tail wags; the wagging tail.")) == ("posture/wagging",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("clues: {posture: {wagging: {when: [[part, other]]}}}", "no group is called 'other'"),
        ("clues: {posture: {wagging: {title: x}}}", "`words` or `when`"),
        (
            "clues: {posture: {a: {when: [[part, move]]}, b: {when: [[move, part]]}}}",
            "a part here and a movement there",
        ),
        ("clues: {smell: {a: {words: [x]}}}", "smell"),
        ("wheels: {w: {joy: {glee: [merry]}}}", "`groups` go with `clues`"),
    ],
)
def test_a_lexicon_that_cannot_be_read_says_why(line: str, message: str) -> None:
    text = LEXICON.rsplit("clues:", 1)[0] + line
    with pytest.raises(FileErrors, match=message):
        read_text(text, LexiconSpec, "own")
