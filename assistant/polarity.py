"""Whether the words found say yes or no to a question.

Reads the sentence against the question, not the sentence alone: "no permanent exclusions"
says no to "were any excluded?" and yes to "have they stopped excluding?". A rule reads the
clause that decides; a logistic model over that rule and the cues of both (assistant.cues)
has the last word, fitted by ``python -m eval.train_polarity``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.cues import ASKED, SAID
from assistant.models import Question
from assistant.words import key_terms, stem, words_of

_NEGATION = re.compile(
    r"\b(?:not|no|none|never|neither|nor|without|cannot|unable|nobody|nothing|rare(?:ly)?|seldom|hardly|"
    r"absen(?:ce|t)|fail(?:s|ed|ing|ures?)?|yet to|too (?:few|early|recent(?:ly)?|soon)|no longer|virtually (?:no|none)|"
    r"lack(?:s|ed|ing)?|few)\b|n['\u2019]t\b",
    re.I,
)
_NOT_NEGATION = re.compile(
    r"\b(?:no doubt|not only|nothing but|no more than|whether or not)\b", re.I
)
_NEGATIVE = re.compile(
    r"\b(?:poor(?:ly)?|weak(?:ness(?:es)?)?|inadequate(?:ly)?|inconsistent(?:ly)?|variable|delay(?:s|ed)?|drift|"
    r"limited|ineffective|incomplete|insufficient(?:ly)?|worse(?:ned)?|declin\w+|deteriorat\w+|too (?:many|long|slow|late|often|high|low)|"
    r"under-?developed|unsuitable|shortfalls?|shortages?|gaps?|struggl\w+|slow(?:ly)?|not (?:all|always|every|yet|consistently)|"
    r"still (?:being|needs?|need)|needs? (?:to|further|more)|require[sd]? improvement|underdeveloped|hampered|missed)\b",
    re.I,
)
_UNIVERSAL = re.compile(r"\b(?:all|every|always|everyone|each|fully|entirely|completely)\b", re.I)
_PARTIAL = re.compile(
    r"\b(?:most(?:ly)?|some|many|majority|generally|usually|often|few|several|number of|almost|nearly|vast|"
    r"a minority|\d{1,2}(?:\.\d)?(?:%| per ?cent)|half|third|quarter|not)\b",
    re.I,
)
_ASKED_BAD = re.compile(
    r"\b(?:problems?|poor|weak|delay\w*|fail\w*|worse|concerns?|lack\w*|shortages?|struggl\w*|short of|"
    r"unsuitable|inadequate|decline\w*|dropp?\w*|fall\w*|fell|backlog|criticis\w*|wrong|late|slow\w*|"
    r"breakdowns?|broken down|disrupt\w*|exclu\w*|losing|lost|unnecessar\w*|didn[\u2019']?t need|too (?:many|few|long|high|low)|"
    r"unregistered|unregulated|missing|at risk|ignor\w*|turn(?:ed)? away|left waiting|waiting)\b",
    re.I,
)
_STOPPED = re.compile(
    r"\b(?:stop(?:ped)?|cut(?: back)?|reduc\w+|end(?:ed)?|eliminat\w+|got rid|free of|avoid\w*|cleared?)\b",
    re.I,
)
_LESS = re.compile(
    r"\b(?:reduc\w+|eliminat\w+|fewer|decreas\w+|no longer|no|fallen|fell|declin\w+|lower|cleared)\b",
    re.I,
)
_SENTENCE_PATTERNS = (_NEGATION, _NEGATIVE, _UNIVERSAL, _PARTIAL, _LESS)
MODEL = Path(__file__).parent / "data" / "polarity.json"
_PLAINLY_NOT = re.compile(r"\b(?:rare(?:ly)?|seldom|no longer|none|no)\b", re.I)
_FEW_WORDS = 12
_ANY_GOOD = re.compile(r"\bany (good|better|use|help|closer|different|quicker)\b", re.I)
"""In which ``any`` asks for no example."""
_RULE = 0.2
"""Log odds that the rule, the first feature, adds to its own weight: on reports held out, 0.1 to
0.3 tell more right than none."""
_UNDECIDED = 0.08
"""Log odds, either way, under which a sentence is not said to mean yes or no."""
_OPPOSITES: tuple[tuple[str, str], ...] = (
    (r"above|over|exceed\w*|higher|more|high", r"below|under|lower|fewer|low|beneath"),
    (r"quick\w*|fast\w*|swift\w*|prompt\w*|sooner", r"slow\w*|longer|delay\w*|late"),
    (
        r"better|improv\w+|risen?|rose|up|increas\w+|grow\w*",
        r"worse|declin\w+|deteriorat\w+|fallen|fell|decreas\w+|reduc\w+",
    ),
    (
        r"often|common|regular\w*|frequent\w*|lots|many",
        r"rare\w*|seldom|infrequent\w*|occasional\w*|very few",
    ),
    (r"stable|permanent", r"unstable|temporary|interim"),
    (r"enough|sufficient", r"insufficient|shortage|not enough|lack\w*"),
    (r"good|strong|effective", r"poor|weak|ineffective|inadequate|variable|inconsistent"),
    (r"same|consistent\w*|match\w*|agree\w*", r"differ\w*|inconsistent\w*|vari\w+"),
)


class PolarityModel(BaseModel):
    """What is kept of a fitted model; weights are of the features as they are."""

    model_config = ConfigDict(extra="forbid")

    weights: list[float]
    bias: float
    pairs: int


@lru_cache(maxsize=1)
def load_polarity() -> PolarityModel | None:
    """The model that comes with the package; None if there is none."""
    if not MODEL.is_file():
        return None
    return PolarityModel.model_validate_json(MODEL.read_text(encoding="utf-8"))


def yes_or_no(question: Question, sentences: Sequence[str]) -> str:
    """``Yes.`` or ``No.``: what the first sentence says to the question; empty where its words
    do not carry either."""
    model = load_polarity()
    if model is None:
        return "Yes." if says_yes(question, sentences[0]) else "No."
    plain = _said_plainly(question, sentences[0])
    if plain:
        return plain
    features = polarity_features(question, sentences[0])
    score = float(np.array(model.weights) @ features) + model.bias + _RULE * features[0]
    if abs(score) < _UNDECIDED:
        return ""
    return "Yes." if score > 0 else "No."


def _said_plainly(question: Question, sentence: str) -> str:
    """Yes or no where few words leave no doubt: what was to stop has stopped, what is bad is rare,
    what was to be enough, even, better or much is said to be the contrary."""
    clause = _clause_about(question, sentence)
    negated = _NEGATION.search(question.text) or _ASKS_NOT.search(question.text)
    if not negated:
        bad = bool(ASKED["bad"].search(question.text))
        both = f"{question.text} {clause}"
        if _ENOUGH.search(question.text) and _NO_SHORTAGE.search(clause):
            return "Yes."
        for asked, said, of_bad_too in _CONTRARY:
            excepted = _EXCEPTED.search(clause) or (not of_bad_too and _LOW_IS_GOOD.search(both))
            if asked.search(question.text) and said.search(clause) and (of_bad_too or not bad):
                return "" if excepted else "No."
    if len(clause.split()) > _FEW_WORDS:
        return ""
    if _STOPPED.search(question.text) and _LESS.search(clause):
        return "Yes."
    if _ASKED_BAD.search(question.text) and _PLAINLY_NOT.search(clause) and not negated:
        return "No."
    return ""


_ASKS_NOT = re.compile(
    r"\b(?:are|is|was|were|do|does|did|has|have|had|ca|wo|could|would)nt\b|jury", re.I
)
_ENOUGH = re.compile(r"\b(?:enough|sufficient\w*)\b", re.I)
_NO_SHORTAGE = re.compile(r"\bno (?:\w+ )?short(?:age|fall)s?\b", re.I)
_EXCEPTED = re.compile(
    r"\b(?:no|without|addressed|resolved|ended|overcome|despite|although|national)\b.{0,40}\bshort(?:ages?|falls?)\b|"
    r"\bnot (?:in|low|small|few)\b",
    re.I,
)
_LOW_IS_GOOD = re.compile(
    r"offen[cd]|\b(?:times?|days|weeks|delays?|absen\w+|exclu\w+|re-?referr\w+|turnover|vacanc\w+|caseloads?|wait\w*|sickness|"
    r"incidents?|assaults?|violen\w+|error\w*|breakdowns?|moves)\b",
    re.I,
)
"""Measures of which less is better."""
_CONTRARY = tuple(
    (re.compile(asked, re.I), re.compile(said, re.I), of_bad_too)
    for asked, said, of_bad_too in (
        (
            r"\b(?:enough|sufficient\w*|as many\b.{0,40}\bas)\b",
            r"\b(?:too (?:low|few)|far too|shortfall|shortages?|not enough|insufficient\w*|not sufficient\w*|"
            r"(?:lower|fewer) than (?:it|they|there) should)\b",
            True,
        ),
        (
            r"\b(?:uniform\w*|equally|equal|consistent\w*|evenly|same (?:high )?(?:standard|quality)|across the board|"
            r"all|every\w*|always)\b",
            r"\b(?:mixed|variable|varies|varied|inconsistent\w*|uneven|patchy|not (?:all|every\w*|always))\b",
            False,
        ),
        (
            r"\b(?:better|higher|beat\w*|above|ahead of|outperform\w*|exceed\w*)\b",
            r"\b(?:(?:lower|worse|poorer|weaker) than|below|behind)\b.{0,40}"
            r"\b(?:nation\w*|averages?|similar|comparable|England|statistical|neighbours|other (?:council|local))",
            False,
        ),
        (
            r"\b(?:better|improv\w*|progress\w*|moved on)\b",
            r"\b(?:improved little|little (?:improvement|progress|change)|(?:has|have|had|did) not improved?|no improvement|"
            r"changed little)\b",
            False,
        ),
        (
            r"\b(?:lots|many|large numbers?|plenty|loads)\b",
            r"\b(?:is|are|was|were|remains?|remained) (?:very |still |relatively |quite )?(?:low|small|few|rare)\b",
            True,
        ),
        (
            r"\b(?:already|yet|making a difference|impact|paid off|proof|evidence)\b",
            r"\btoo (?:early|soon|recent\w*) to\b",
            True,
        ),
    )
)
"""What a question asks for, the contrary in so many words, and whether that settles a question after
something bad as well."""


def polarity_features(question: Question, sentence: str) -> NDArray[np.float64]:
    """What bears on yes and no in a question and a sentence, one row: the rule, the patterns of
    this module and the cues of both, by themselves and two by two."""
    question = replace(question, text=_ANY_GOOD.sub(r"\1", question.text))
    text = question.text
    clause = _clause_about(question, sentence)
    plain = _without_shared(text, clause)
    opposite = _opposed(text, sentence)
    asks = [
        bool(p.search(text))
        for p in (_ASKED_BAD, _UNIVERSAL, _STOPPED, _LESS, _NEGATION, ASKED["any"])
    ]
    of_clause = [bool(p.search(plain)) for p in _SENTENCE_PATTERNS]
    of_whole = [bool(p.search(sentence)) for p in _SENTENCE_PATTERNS]
    signs = np.array(
        [says_yes(question, sentence), opposite is True, opposite is False, *asks, *of_clause, *of_whole]
    )  # fmt: skip
    signed = np.where(signs, 1.0, -1.0)
    asked = np.array([bool(p.search(text)) for p in ASKED.values()], dtype=float)
    said = np.array(
        [bool(p.search(t)) for t in (plain, sentence) for p in SAID.values()], dtype=float
    )
    tone = float(bool(SAID["good"].search(plain))) - float(bool(SAID["bad"].search(plain)))
    tone -= 2.0 * bool(SAID["not"].search(plain))
    crossed = np.outer(signed[3 : 3 + len(asks)], signed[3 + len(asks) :]).ravel()
    return np.concatenate(
        [
            signed,
            crossed,
            asked,
            said,
            np.outer(asked, said).ravel(),
            [-tone if ASKED["bad"].search(text) else tone],
        ]
    )


def says_yes(question: Question, text: str) -> bool:
    """By rule: whether the clause that decides says yes."""
    sentence = _clause_about(question, text)
    plain = _without_shared(question.text, _NOT_NEGATION.sub(" ", sentence))
    negated = bool(_NEGATION.search(plain))
    opposite = _opposed(question.text, sentence)
    if opposite is not None:
        return opposite == negated
    if _STOPPED.search(question.text) and _LESS.search(sentence):
        return True
    if (
        _UNIVERSAL.search(question.text)
        and not _UNIVERSAL.search(sentence)
        and _PARTIAL.search(sentence)
    ):
        return False
    if _ASKED_BAD.search(question.text):
        return not negated or _bad_itself(question, sentence)
    return not (negated or _NEGATIVE.search(plain))


def _without_shared(question: str, sentence: str) -> str:
    """The sentence without negations that the question makes as well: ``pupils not in full-time
    education`` is a name there and says no to nothing."""
    asked = " ".join(words_of(question.replace("-", " ")))
    shared = [
        match.group(0)
        for match in re.finditer(r"\b(?:not|no|without|never) [\w-]+(?: [\w-]+)?", sentence, re.I)
        if " ".join(words_of(match.group(0).replace("-", " "))) in asked
    ]
    for words in shared:
        sentence = sentence.replace(words, " ")
    return sentence


def _opposed(question: str, sentence: str) -> bool | None:
    """True if the sentence uses the opposite of the question's word, False if the same one,
    None if neither pair of opposites is in play."""
    for one, other in _OPPOSITES:
        asked_one = re.search(rf"\b(?:{one})\b", question, re.I)
        asked_other = re.search(rf"\b(?:{other})\b", question, re.I)
        if bool(asked_one) == bool(asked_other):
            continue
        same, against = (one, other) if asked_one else (other, one)
        says_same = re.search(rf"\b(?:{same})\b", sentence, re.I)
        says_against = re.search(rf"\b(?:{against})\b", sentence, re.I)
        if says_against and not says_same:
            return True
        if says_same and not says_against and same is not one:
            return False
    return None


def _bad_itself(question: Question, sentence: str) -> bool:
    """Whether the negation is itself the bad thing asked about (``lack of``, ``failed to``)."""
    asked = {stem(w) for w in words_of(" ".join(_ASKED_BAD.findall(question.text)))}
    negations = {stem(w) for w in words_of(" ".join(_NEGATION.findall(sentence)))}
    return bool(asked & negations)


def _clause_about(question: Question, sentence: str) -> str:
    """The clause that decides: what follows a ``but``, else the one nearest the question."""
    stems = {stem(t) for t in key_terms(question.bare)}
    turned = re.split(r",?\s+(?:but|however)\b", sentence)
    if len(turned) > 1:
        told = [stems & {stem(w) for w in words_of(clause)} for clause in turned]
        only_first = len(told[0]) > max(map(len, told[1:])) and told[-1] <= told[0]
        return turned[0] if only_first else turned[-1]
    clauses = re.split(
        r"(?:,?\s+(?:although|though|while|whilst|whereas|and)\b|;)(?=(?:\s+\S+){3})", sentence
    )
    return max(clauses, key=lambda c: len(stems & {stem(w) for w in words_of(c)}))
