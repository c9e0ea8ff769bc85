"""Whether the words found say yes or no to a question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.models import Question
from assistant.words import key_terms, stem, words_of

_NEGATION = re.compile(
    r"\b(?:not|no|none|never|neither|nor|without|cannot|unable|few(?:er)?|rarely|seldom|hardly|"
    r"lack(?:s|ed|ing)?|absence|fail(?:s|ed|ing|ure)?|insufficient(?:ly)?|n't|yet to|too (?:few|many|long|slow|late|often))\b|n['\u2019]t\b",
    re.I,
)
_NEGATIVE = re.compile(
    r"\b(?:poor(?:ly)?|weak(?:ness(?:es)?)?|inadequate(?:ly)?|inconsistent(?:ly)?|variable|delay(?:s|ed)?|drift|"
    r"limited|ineffective|incomplete|missing|absent|worse(?:ned)?|declin\w+|deteriorat\w+|reduc\w+|low(?:er)?|slow(?:ly)?|"
    r"unsuitable|shortfalls?|shortages?|gaps?|difficult\w*|struggl\w+|concerns?|high turnover|some children|"
    r"does not|do not|is not|are not|not (?:all|always|every|yet|consistently|routinely|sufficiently))\b",
    re.I,
)
_UNIVERSAL = re.compile(
    r"\b(?:all|every|always|everyone|each|fully|entirely|completely|any)\b", re.I
)
_PARTIAL = re.compile(
    r"\b(?:most|some|many|majority|not all|not every|generally|usually|often|few|too many|small number|almost all|nearly all)\b",
    re.I,
)
_ASKED_NEGATIVE = re.compile(
    r"\b(?:problems?|poor|weak|delay\w*|fail\w*|worse|concerns?|lack\w*|shortages?|struggl\w*|too (?:many|few|long|slow|high|low)|"
    r"miss(?:ing|ed)|unsuitable|inadequate|decline\w*|drop\w*|fall\w*|not\b|n't|turnover|backlog|criticis\w*|wrong|risk|late|slow)\b",
    re.I,
)


def yes_or_no(question: Question, sentences: Sequence[str]) -> str:
    """``Yes.`` or ``No.``, from the polarity of the first sentence against the question's."""
    sentence = _clause_about(question, sentences[0])
    negated = bool(_NEGATION.search(sentence))
    negative = negated or bool(_NEGATIVE.search(sentence))
    asked_negative = bool(_ASKED_NEGATIVE.search(question.text))
    if _UNIVERSAL.search(question.text) and _PARTIAL.search(sentence) and not asked_negative:
        return "No."
    if asked_negative:
        return "No." if negated and not _shares_negative(question, sentence) else "Yes."
    return "No." if negative else "Yes."


def _shares_negative(question: Question, sentence: str) -> bool:
    asked = {stem(w) for w in words_of(" ".join(_ASKED_NEGATIVE.findall(question.text)))}
    return bool(asked & {stem(w) for w in words_of(sentence)})


def _clause_about(question: Question, sentence: str) -> str:
    """The part of the sentence that holds most of the question's terms."""
    clauses = re.split(
        r"(?:,?\s+(?:but|although|though|however|while|whilst|whereas)\b|;)", sentence
    )
    stems = {stem(t) for t in key_terms(question.bare)}
    if len(clauses) < 2:
        return sentence
    return max(clauses, key=lambda c: len(stems & {stem(w) for w in words_of(c)}))
