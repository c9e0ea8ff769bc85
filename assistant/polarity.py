"""Whether the words found say yes or no to a question.

Reads the sentence against the question, not the sentence alone: "no permanent exclusions"
says no to "were any excluded?" and yes to "have they stopped excluding?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def yes_or_no(question: Question, sentences: Sequence[str]) -> str:
    """``Yes.`` or ``No.``: what the first sentence says to the question."""
    sentence = _clause_about(question, sentences[0])
    plain = _without_shared(question.text, _NOT_NEGATION.sub(" ", sentence))
    negated = bool(_NEGATION.search(plain))
    opposite = _opposed(question.text, sentence)
    if opposite is not None:
        return "No." if opposite != negated else "Yes."
    if _STOPPED.search(question.text) and _LESS.search(sentence):
        return "Yes."
    if (
        _UNIVERSAL.search(question.text)
        and not _UNIVERSAL.search(sentence)
        and _PARTIAL.search(sentence)
    ):
        return "No."
    if _ASKED_BAD.search(question.text):
        return "No." if negated and not _bad_itself(question, sentence) else "Yes."
    return "No." if negated or _NEGATIVE.search(plain) else "Yes."


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
        told = [len(stems & {stem(w) for w in words_of(clause)}) for clause in turned]
        return turned[0] if told[0] > max(told[1:]) else turned[-1]
    clauses = re.split(
        r"(?:,?\s+(?:although|though|while|whilst|whereas|and)\b|;)(?=(?:\s+\S+){3})", sentence
    )
    return max(clauses, key=lambda c: len(stems & {stem(w) for w in words_of(c)}))
