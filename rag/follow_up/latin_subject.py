"""English, Spanish and French: what a question is about, and the people that a text names."""

import re

_THINGS = (
    "bridge museum line hospital river cup final club team board company school station "
    "university airport stadium festival market library ship boat tunnel tower factory plant "
    "court party government council police ministry church road street railway dam lake island "
    "prize award act law bill treaty war marathon race match game comet robot robots ferry park "
    "strike storm flood fire earthquake election project plan programme program scheme centre "
    "center building house hotel ticket tickets report inquiry outbreak virus vaccine disease"
)
_THING = re.compile(rf"\b(?:{'|'.join(_THINGS.split())})\b")
_DETERMINED = r"(?:the|this|that|an?)\s+"
_NAME = (
    r"[A-ZÀ-Þ][\w'’-]*(?:\s+(?:of the|of|de la|de|del|du|von|van|&|and the)?\s*[A-ZÀ-Þ][\w'’-]*)*"
)
# A second question in the same breath: …, and when was it built
_MORE = r"(?:,? (?:and|but) (?:how|when|where|who|why|what|which)\b.*|, .*)?"
_COPULA = re.compile(rf"^how \w+ (?:is|are|was|were) (?P<np>.+?){_MORE}$", re.I)
_WHAT = re.compile(
    rf"^(?:who|what|where|which \w+) (?:is|are|was|were) (?P<np>[^,]+?){_MORE}$", re.I
)
_NAMED = re.compile(
    rf"(?P<np>(?:\b[Tt]he\s+(?:[a-z-]+\s+){{0,3}})?{_NAME}(?:\s+(?:{'|'.join(_THINGS.split())})\b)?)"
)
_AUXILIARY = re.compile(
    rf"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should)\s+"
    rf"(?P<np>{_DETERMINED}(?:[\w'’-]+\s+){{0,3}}?(?:{'|'.join(_THINGS.split())})\b|{_DETERMINED}[\w'’-]+)",
    re.I,
)
_BEHIND_VERB = re.compile(rf"(?P<np>{_DETERMINED}[\w'’ -]+)$", re.I)
_ROMANCE = re.compile(
    r"\b(?P<np>(?:el|la|los|las|un|una|le|les|l['’]|une)\s*[\w-]+"
    r"(?:\s+(?:de la|de los|del|de|du|des|d['’])\s*[\w-]+)*)",
    re.I,
)
_ASKING = (
    "how when where why who whom whose what which is are was were do does did has have had will "
    "would can could should and but so in on at for after before since if the it they he she "
    "there then yes no"
)
_ASKS = frozenset(_ASKING.split())
_PEOPLE = re.compile(
    r"(?:\b(?:said|says|Mr|Mrs|Ms|Dr|Sir|manager|captain|director|mayor|president|minister|"
    r"engineer|striker|goalkeeper|defender|winger|substitute|referee|judge|chief|professor|"
    r"directora?|alcaldesa?|arqueólogo(?: naval)?)\.?\s+(?:is\s+|es\s+)?"
    r"|(?<=\bes )|(?<=\bis ))(?P<name>[A-ZÀ-Þ][\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+)+)"
    r"|(?P<full>[A-ZÀ-Þ][\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+)+)"
)
_NO_PERSON = re.compile(
    r"\b(?:Board|Park|Bridge|Ferry|Harbour|Harbor|Athletic|Cup|Street|Hospital|River|County|"
    r"University|Museum|Museo|Club|United|City|Town|Lock|Company|Council|Court|House|North|South|"
    r"East|West|New|Northern|Southern|Shield|Times|Post|Street|Road|Line|Party|State|States|Port)\b"
)


def latin_subject(question: str, code: str) -> str:
    """The thing that a question is about, as it stands there; nothing if that cannot be told."""
    if code in ("es", "fr", "pt", "it"):
        match = _ROMANCE.search(question) or re.search(rf"(?P<np>{_NAME})", question)
        return match["np"] if match else ""
    for pattern in (_COPULA, _WHAT):
        match = pattern.match(question)
        if match:
            return match["np"]
    names = [m["np"] for m in _NAMED.finditer(question)]
    names = [cleaned for cleaned in map(_cleaned, names) if cleaned]
    if names:
        return max(names, key=len)
    match = _AUXILIARY.search(question) or _BEHIND_VERB.search(question)
    return match["np"].strip() if match else ""


def _cleaned(name: str) -> str:
    """A name without the word that asks before it."""
    words = name.split()
    while words and words[0].lower() in _ASKS - {"the"}:
        words = words[1:]
    told = [word for word in words if word[:1].isupper() and word.lower() not in _ASKS]
    return " ".join(words) if told else ""


def named(text: str) -> bool:
    """Whether a text names something or speaks of "the …"."""
    if any(_cleaned(m["np"]) for m in _NAMED.finditer(text)):
        return True
    return bool(
        re.search(r"\b(?:the|an?)\s+[\w-]+|\b(?:el|la|los|las|le|les)\s+[\w-]+", text, re.I)
    )


def person(text: str) -> str:
    """The first person of a text: two names in a row that are no place or body."""
    for match in _PEOPLE.finditer(text):
        name = match["name"] or match["full"]
        words = name.split()
        while words and words[0].lower() in _ASKS:
            words = words[1:]
        name = " ".join(words)
        if len(words) > 1 and not _NO_PERSON.search(name):
            return name
    return ""
