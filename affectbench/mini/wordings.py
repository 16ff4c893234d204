"""How questions are worded for `mini`: a small grammar, with much around the question that means nothing.

The prompts of the tasks are not in it. A model this small does not understand a sentence that it has not met, so it
learns to find what matters (a list, a few words) among sentences that nobody would write.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

FEELING = (
    "emotion", "feeling", "expression", "facial expression", "mood", "affect", "emotional state", "affective state",
    "emotion category", "look",
)  # fmt: skip
SUBJECT = (
    "this person", "the person in the picture", "the person shown", "somebody like this", "the portrayed person",
    "the man or woman in the image", "this portrait", "the subject", "the individual", "this drawn face",
    "the face in the photo", "the character", "the one you see", "the image",
)  # fmt: skip
FILM = (
    "this video", "the clip above", "the sequence", "these frames", "the film", "this recording", "the short movie",
    "the series of pictures", "the moving face",
)  # fmt: skip
SHOW = ("show", "express", "display", "convey", "have", "present", "communicate", "wear", "reveal", "give away")
JUDGE = (
    "classify", "label", "categorise", "judge", "assess", "recognise", "identify", "determine", "find", "detect",
    "work out", "say", "state", "guess", "estimate", "select", "tell me", "report", "pick out",
)  # fmt: skip

CHOICE = (
    "what {feeling} does {subject} {show}?", "{judge} the {feeling} of {subject}.", "{judge} {subject}'s {feeling}.",
    "what is the {feeling} of {subject}?", "how does {subject} feel?", "how does {subject} look?",
    "{judge} which {feeling} is seen in {subject}.", "which one of the options matches {subject}?",
    "what would you call the {feeling} of {subject}?", "the {feeling} of {subject} is", "{feeling}?",
    "which label describes {subject}?", "{judge} the best option for {subject}.", "what is going on in {subject}?",
    "which {feeling} can be seen?", "{feeling} recognition.", "which of the {feeling}s is it?",
    "decide on a {feeling} for {subject}.", "what do you see in {subject}?",
)  # fmt: skip
MIXED = (
    "{subject} has a compound {feeling}; {judge} it.", "two {feeling}s are blended in {subject}; which ones?",
    "{judge} the mixture of {feeling}s.", "which combined {feeling} does {subject} {show}?",
    "what blend of two {feeling}s is this?", "{judge} the pair of {feeling}s that {subject} {show}s together.",
    "a double {feeling} is seen here, what is it?", "which compound category is right?",
)  # fmt: skip
ONLY = (
    "answer with the option alone.", "reply with a single option.", "only output the label.", "one answer, please.",
    "no explanation.", "do not write anything more.", "give exactly one.", "respond with the name of the option.",
    "say just the word.", "keep it short.", "copy your choice from the list.", "your answer has to be in the list.",
    "return one item.", "output:", "answer:", "choose one.", "you may choose only one.", "the best single match.",
)  # fmt: skip
BY_LETTER = (
    "answer with the letter.", "reply with the letter of your choice.", "letter only.", "which letter is right?",
    "give the option's letter.",
)  # fmt: skip
LISTED = (
    "options: {list}", "choices: {list}", "labels: {list}", "categories: {list}", "the options are {list}.",
    "it is one of these: {list}.", "possible answers: {list}", "select from {list}.", "candidates: {list}.",
    "use this list: {list}.", "list: {list}", "({list})", "[{list}]", "is it {list}?", "your options are: {list}.",
    "among {list}, which?", "allowed words: {list}", "the answer is in: {list}.", "here is the list: {list}.",
    "possible {feeling}s: {list}.", "{feeling}s: {list}", "out of {list}, take one.", "available: {list}",
    "take one from: {list}.", "your choice between {list}.", "decide among: {list}.", "{list}",
)  # fmt: skip
UNITS = (
    "which action units are active?", "{judge} the active action units of {subject}.", "which facial muscles move?",
    "do a FACS coding of {subject}.", "facial action coding.", "{judge} the AUs.", "what AUs are present in {subject}?",
    "name each AU that is on.", "code {subject} with the Facial Action Coding System.", "AU detection for {subject}.",
    "which of the action units does {subject} {show}?", "mark the action units that occur.",
)  # fmt: skip
UNITS_LISTED = (
    "units: {list}", "the AUs are {list}.", "AUs to code: {list}", "consider only {list}.", "choose from {list}.",
    "candidates: {list}", "possible units: {list}.", "look for {list}.", "(from {list})", "list of units: {list}",
    "restrict yourself to {list}.", "{list}",
)  # fmt: skip
UNITS_HOW = (
    "comma-separated list.", "write the codes with commas.", "write none if there are none.", "codes only.",
    "output like AU1, AU2.", "answer with codes.", "the answer may be none.", "all that apply.", "in one line.",
    "no units at all: none.",
)  # fmt: skip
RATE = (
    "{judge} {names} of {subject}.", "rate {names}.", "how high are {names} of {subject}?", "{names}?",
    "what are {names} in {subject}?", "{judge} {names} from {subject}.", "affect rating: {names}.",
    "place {subject} in the circumplex by {names}.", "regress {names}.", "give me {names}.", "predict {names}.",
)  # fmt: skip
SCALE = (
    "the range is -1 to 1.", "use numbers between -1 and 1.", "from -1 (lowest) to 1 (highest).", "scale: [-1, 1].",
    "-1 means low, 1 means high.", "both lie within -1 and 1.", "each from -1.0 to 1.0.", "minimum -1, maximum 1",
    "valence is negative for unpleasant feelings.", "arousal is negative for calm ones.",
    "valence says how pleasant it is, arousal how active.", "{name}: scale of -1 to 1", "- {name} (between -1 and 1)",
    "{name}: value from -1 to 1", "a number for {name}, lowest -1, highest 1",
)  # fmt: skip
RATE_HOW = (
    "format: name: number.", "write name and number.", "numbers only after the names.", "like this: {like}",
    "one decimal is enough.", "give decimals.", "output format: {like}", "a line with each name and its value.",
    "write each of them with a colon and the value.", "answer: {like}",
)  # fmt: skip
OPEN = (
    "which {feeling} words fit {subject}?", "list {feeling}s of {subject} in your own words.",
    "what {feeling}s do you notice?", "free labels for {subject}'s {feeling}.", "give some adjectives for {subject}.",
    "what words describe the {feeling}?", "open vocabulary {feeling} recognition.",
    "how might {subject} feel, in words?",
    "which words would you use for {subject}?", "write {feeling} words.", "name several {feeling}s.",
)  # fmt: skip
OPEN_HOW = (
    "separate them by commas.", "three words.", "a few words.", "comma-separated words.", "use your own words.",
    "no list is given.", "any words you like.", "at most five.", "two to four words.", "words, not sentences.",
    "the strongest first.", "in one line, with commas.",
)  # fmt: skip
DESCRIBE = (
    "describe {subject}.", "write a sentence about {subject}.", "what is {subject} doing with the face?",
    "caption the {feeling}.", "explain in a sentence how {subject} looks.", "describe the {feeling} with its cues.",
    "a full sentence on the {feeling} of {subject}.", "verbalise {subject}'s facial movements.",
    "what can be seen in {subject}? Write it as a sentence.", "describe what brows, eyes and mouth do.",
    "put into words what moved in {subject}.", "write down the features that moved and the {feeling} in a sentence.",
)  # fmt: skip
DESCRIBE_HOW = (
    "one full sentence.", "a single sentence, please.", "mention brows, eyes and mouth.", "start with the cues.",
    "finish with the {feeling}.", "describe, do not list.", "use a complete sentence.", "no list, a sentence.",
    "from brow to chin.", "mention muscles, then the {feeling}.",
)  # fmt: skip
AS_JSON = (
    'answer in JSON: {like}', 'return JSON with the key "{key}".', 'output a JSON object, key "{key}".',
    'JSON only, like {like}', 'respond as JSON ({like}).', 'use the JSON format {like}',
)  # fmt: skip
ASKED = ("is {subject} {what}?", "does {subject} look {what}?", "would you say that {subject} is {what}?", "{what}?",
         "is this {what}?", "do you see somebody who is {what}?")  # fmt: skip
SYSTEM = (
    "you are a helpful assistant.", "you are an expert in emotions.", "you code faces.", "you answer briefly.",
    "you are a careful annotator.", "you are a vision model.", "follow the instructions.", "you see pictures of faces.",
    "you are a psychologist.", "act as a rater.",
)  # fmt: skip
OPENING = (
    "look at the picture.", "consider this portrait.", "an image is given.", "below you see a person.",
    "see the picture.",
    "this is a picture of someone.", "study the image first.", "the following shows a person.", "picture:", "image:",
    "a drawing of a face follows.", "here somebody is shown.", "look closely.", "this is what you have:",
)  # fmt: skip

COMMON = """a about above after again all also always an and any are as ask at back be because before behind below best
between both bring but by call can case change clear close code colour come consider corner could course day
deep detail do does done down draw each early easy either end entry every example eye eyes fact few first
fit follow for form from front full give go good great group hand have he head hear help her here high him
his hold how human if image in into is it item its judge just keep kind know known large last later least
left less let level light like line list little long look made main make many mark matter may mean memory
might mind more most move much must name near need new next no not note nothing now number of off often old
on once one only open or order other our out over own page paper part people person picture place plain
point possible present question quick quite rather read ready rest result right room round said same say
scene see seem seen sentence set several shape she short should side sign simple since single small so some
someone something soon sort stand start step still strong such sure table take task tell text than that the
their them then there these they thing think this those though three through time to together too top toward
turn two under until up us use very view voice wait want was watch way we well were what when where whether
which while who whole why will with within without word words work world would write yes yet you your brows
mouth chin nose cheeks lips jaw lids features muscles visible movement cue moved decide whatever somebody
anybody describe term nearest answer reply choose pick whole"""
PIECES = "ba ke lo mi nu ra se ti vo wu fle gra plo stri cha sho dre pli no ta en ar ol im us er ing ly ed ness"
WORDS, SYLLABLES = COMMON.split(), PIECES.split()


def worded(choices: Sequence[str], chance: Random, **given: str) -> str:
    """Return one of the wordings with all its places filled, at times damaged a little."""
    filled = {
        "feeling": chance.choice(FEELING), "subject": chance.choice(SUBJECT), "show": chance.choice(SHOW),
        "judge": chance.choice(JUDGE),
    }  # fmt: skip
    wording = chance.choice(choices)
    text = _filled(wording, filled | given)
    return _damaged(text, chance) if chance.random() < 0.2 and not given else text


def sentence(chance: Random) -> str:
    """Return a sentence that means nothing."""
    words = [chance.choice(WORDS) if chance.random() < 0.85 else _no_word(chance) for _ in range(chance.randint(3, 12))]
    return " ".join(words) + chance.choice((".", ".", ".", "?", ":", "!", ""))


def laid_out(parts: Sequence[str], chance: Random) -> str:
    """Join sentences as people do, on lines or not, each beginning large as a rule."""
    large, glue = chance.random() < 0.85, chance.choice((" ", " ", "\n", "\n", "\n\n"))
    parts = [part[:1].upper() + part[1:] if large else part for part in parts if part]
    return glue.join(parts)


def _filled(wording: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        wording = wording.replace(f"{{{name}}}", value)
    return wording


def _damaged(text: str, chance: Random) -> str:
    """Leave words out, or put others in."""
    kept = []
    for word in text.split(" "):
        luck = chance.random()
        if luck < 0.12:
            continue
        kept.append(_no_word(chance) if luck > 0.93 else word)
        if luck > 0.86 and luck < 0.93:
            kept.append(chance.choice(WORDS))
    return " ".join(kept)


def _no_word(chance: Random) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 3)))
