"""Small word lists of English and of the field, each readable in one look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from index.facts.quantities import WORD_VALUES

STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "down",
        "during",
        "each",
        "either",
        "else",
        "ever",
        "every",
        "everything",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "getting",
        "give",
        "given",
        "gives",
        "go",
        "goes",
        "going",
        "got",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "like",
        "list",
        "make",
        "makes",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "others",
        "our",
        "out",
        "over",
        "own",
        "per",
        "please",
        "report",
        "reports",
        "said",
        "same",
        "say",
        "says",
        "see",
        "should",
        "so",
        "some",
        "something",
        "such",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "upon",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "ofsted",
        "inspector",
        "inspectors",
        "inspection",
        "inspected",
        "council",
        "authority",
        "local",
        "area",
        "name",
        "named",
        "describe",
        "described",
        "mention",
        "mentioned",
        "according",
        "find",
        "found",
        "finding",
        "findings",
        "show",
        "shows",
        "exactly",
        "actually",
        "really",
        "roughly",
        "currently",
        "kind",
        "sort",
    ]
)

SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("looked after children", "children looked after", "children in care", "lac", "cla", "cic"),
    ("looked after", "in care"),
    ("care leavers", "leaving care", "left care", "care-experienced"),
    ("not in education, employment or training", "neet"),
    ("public law outline", "plo", "pre-proceedings"),
    ("designated officer", "lado"),
    ("personal education plan", "pep", "peps"),
    ("independent reviewing officer", "iro", "iros"),
    ("multi-agency safeguarding hub", "mash", "front door"),
    ("director of children's services", "dcs"),
    ("safeguarding children board", "lscb"),
    ("child sexual exploitation", "cse", "sexual exploitation"),
    ("child and adolescent mental health", "camhs"),
    ("emergency duty team", "edt", "out of hours", "out-of-hours"),
    ("family group conference", "fgc"),
    ("unaccompanied asylum-seeking children", "unaccompanied asylum seeking", "uasc"),
    ("female genital mutilation", "fgm"),
    ("special educational needs", "send", "sen"),
    ("strengths and difficulties questionnaire", "sdq"),
    ("personal adviser", "pa", "pas"),
    ("special guardianship", "sgo"),
    ("return home interview", "return interview", "rhi"),
    ("virtual school", "virtual head"),
    ("social worker", "caseworker"),
    ("bed and breakfast", "b&b", "bed and breakfasts"),
    ("staff turnover", "turnover", "churn"),
    ("caseload", "workload"),
    ("foster carer", "foster parent", "fostering household"),
    ("housing", "accommodation"),
    ("job", "employment"),
    ("school", "education"),
    ("brothers and sisters", "siblings", "sibling"),
    ("domestic abuse", "domestic violence"),
    ("mental health", "emotional well-being", "emotional wellbeing"),
    ("drugs", "substance misuse"),
    ("elected members", "councillors", "politicians"),
)
"""Words of the field that stand for one another. Abbreviations as Ofsted's own frameworks
and the Children Act statutory guidance use them; the everyday words are common usage."""

GROUPS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "care leavers": r"care leavers?|leaving care|care[- ]experienced",
        "in care": r"looked[- ]after|in care|\blac\b|\bcla\b",
        "child protection": r"protection plans?|child protection",
        "in need": r"in need",
        "disabled": r"disab",
        "fostering": r"foster",
        "adoption": r"adopt",
        "asylum seeking": r"asylum|unaccompanied|\buascs?\b",
        "missing": r"missing",
        "youngest": r"under[- ](?:five|5)|babies|infants",
        "oldest": r"1[67]|teenage|adolescen",
        "boys": r"\bboys?\b",
        "girls": r"\bgirls?\b",
        "home educated": r"home[- ](?:educat|school)|(?:educated|taught|schooled) at home",
        "young carers": r"young carers?",
        "homeless": r"homeless",
        "social workers": r"social workers?",
        "agency staff": r"agency",
        "newly qualified": r"newly qualified|nqsw|asye",
        "reviewing officers": r"reviewing officer|\biros?\b",
        "parents": r"parents?|mothers?|fathers?",
        "board": r"lscb|board",
        "councillors": r"councillors?|members",
    }.items()
}
"""Groups of people that reports tell apart: a sentence about one does not answer for another."""

NUMBER_WORDS = WORD_VALUES | {"hundred": 100, "thousand": 1000}

POINTS_BACK = re.compile(
    r"^(?:(?:(?:for|in|at) [\w ]{1,25}, |often,? |sometimes,? |without |because of |despite )?(?:this|these)\b|(?:this|these|those (?:are|were)|they|their|it(?! (?:is|was) (?:clear|too|not|evident|important))|its|he|she|such|both)\b|of (?:these|those|them|whom)\b|"
    r"in (?:these|those|such|this) |as a (?:result|consequence)\b|for this reason\b|"
    r"(?:consequently|therefore|however)\b|at (?:just |only |over |nearly |around )?\d[\d.]*(?:%| per ?cent)|others?\b|"
    r"(?:for|an) example\b|the (?:rest|others?|remainder|remaining)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that is not understood without the one before it."""
HAS_NUMBER = re.compile(
    r"\d|\b(?:"
    + "|".join(w for w in NUMBER_WORDS if w not in ("zero",))
    + r"|half|third|quarter|dozen|"
    r"none|no|single|twice|double|majority)\b",
    re.IGNORECASE,
)
HAS_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october|"
    r"november|december|weeks?|months?|days?|years?|immediately)\b",
    re.IGNORECASE,
)
HAS_CAUSE = re.compile(
    r"\b(?:because|due to|as a result|result(?:s|ed|ing)? (?:in|from)|owing to|caused?|leads? to|led to|"
    r"means? that|therefore|reflects?|since|so that|attributable|contribut\w+|lack of|following|"
    r"this is|stems? from|consequently|hampered|impact)\b",
    re.IGNORECASE,
)


def words_of(text: str) -> list[str]:
    """Lower-case words, possessives cut."""
    folded = text.lower().replace("\u2019", "'")
    return [re.sub(r"'s$|'$", "", w) for w in re.findall(r"[a-z0-9][a-z0-9'&-]*", folded)]


def key_terms(text: str) -> tuple[str, ...]:
    """The words of a text that carry its subject, in order, once each."""
    return tuple(dict.fromkeys(w for w in words_of(text) if w not in STOP_WORDS and len(w) > 1))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A crude stem, enough to match inflections of one word."""
    for ending in (
        "ations",
        "ation",
        "ments",
        "ment",
        "ings",
        "ing",
        "ies",
        "ied",
        "edly",
        "ed",
        "es",
        "ly",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def synonyms_in(text: str) -> list[str]:
    """Phrases that stand for words or phrases in ``text``."""
    found: list[str] = []
    for group, present in _groups_in(text):
        found += [p for p in group if p not in present]
    return found


def _groups_in(text: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Groups of synonyms of which ``text`` holds some, and those it holds."""
    folded = f" {_fold(text)} "
    for group, phrases in _folded_synonyms():
        present = [
            phrase
            for phrase, alone in zip(group, phrases, strict=True)
            if f" {alone} " in folded or f" {alone}s " in folded
        ]
        if present:
            yield group, present


@cache
def _folded_synonyms() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple((group, tuple(_fold(phrase) for phrase in group)) for group in SYNONYMS)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Stems of a phrase in a question, and the phrases that may stand for it in a report."""

    asked: frozenset[str]
    instead: tuple[frozenset[str], ...]


def alternatives_in(text: str) -> tuple[Alternatives, ...]:
    """What may stand for phrases of ``text``, as stems."""
    found = []
    for group, present in _groups_in(text):
        for phrase in present:
            others = tuple(stems_of(p) for p in group if p != phrase)
            found.append(Alternatives(stems_of(phrase), others))
    return tuple(found)


@lru_cache(maxsize=20_000)
def stems_of(text: str) -> frozenset[str]:
    """Stems of all words of a text."""
    return frozenset(stem(word) for word in words_of(text))


def coverage(
    wanted: frozenset[str], alternatives: tuple[Alternatives, ...], present: frozenset[str]
) -> float:
    """Share of the stems ``wanted`` that are ``present``, themselves or as an alternative."""
    if not wanted:
        return 0.0
    covered = wanted & present
    for alternative in alternatives:
        if any(other <= present for other in alternative.instead):
            covered |= wanted & alternative.asked
    return len(covered) / len(wanted)


def _fold(phrase: str) -> str:
    return " ".join(words_of(phrase))
