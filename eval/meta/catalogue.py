"""What can be wrong with an answer, and which metrics it must move."""

from eval.meta import changes, row_changes
from eval.meta.defects import (
    Defect,
    answered,
    changed,
    failed,
    half_found,
    in_row,
    missed,
    only,
    premise_declined,
    premise_kept,
)

RETRIEVAL = ("recall@1", "recall@5", "recall@8", "all_evidence@8", "mrr", "ndcg@8")
ANSWER = ("answer_contains_gold", "answer_groups", "answer_correct", "net_score")
ALCE = ("citation_recall", "citation_precision")
GOLD = ("gold_citation_recall", "gold_citation_precision")
FAITH = ("faithfulness", "faithfulness_upper")
FIDELITY = ("number_fidelity", "date_fidelity", "quote_fidelity")
SHOWN = ("supported", "partial", "unsupported", "unknown")
OF_SENTENCES = ("citation_validity", "citation_coverage", *ALCE, "gold_citation_precision", *FAITH,
                *FIDELITY, *SHOWN, "answer_language")  # fmt: skip
_SPOKEN = (*OF_SENTENCES, "gold_citation_recall", "conflict_handled")
_WRONG = (*ALCE, *FAITH, "supported")  # what falls when a sentence is no longer true

DEFECTS = (
    Defect(
        "cites another paragraph", changed(changes.another_cited),
        falls=(*ALCE, *GOLD, "supported"), may=(*FIDELITY, *SHOWN, "conflict_handled"),
    ),
    Defect(
        "cites nothing", changed(changes.none_cited),
        falls=("citation_coverage", "citation_recall", "gold_citation_recall", "supported"),
        rises=("unsupported",),
        may=("citation_validity", "citation_precision", "gold_citation_precision", *FIDELITY,
             "conflict_handled"),
    ),
    Defect(
        "cites one paragraph too many", changed(changes.one_more_cited),
        falls=("citation_precision", "gold_citation_precision"),
    ),
    Defect(
        "has a wrong figure", changed(changes.figure),
        falls=(*ANSWER, *_WRONG, "number_fidelity"), rises=("unsupported",),
        may=("conflict_handled", "forbidden_said"),
    ),
    Defect(
        "has a wrong month", changed(changes.month),
        falls=(*_WRONG, "date_fidelity"), rises=("unsupported",),
        may=(*ANSWER, "conflict_handled", "forbidden_said"),
    ),
    Defect(
        "has a wrong unit", changed(changes.unit),
        falls=(*_WRONG, "number_fidelity"), rises=("unsupported",),
        may=(*ANSWER, "conflict_handled", "forbidden_said"),
    ),
    Defect(
        "names another person", changed(changes.person),
        falls=(*ANSWER, *ALCE, "faithfulness", "supported"),
        may=("faithfulness_upper", *SHOWN),
    ),
    Defect(
        "alters a quotation", changed(changes.quotation),
        falls=("quote_fidelity", *_WRONG), rises=("unsupported",),
        may=(*ANSWER, "number_fidelity", "date_fidelity", "conflict_handled"),
    ),
    Defect(
        "adds an invention without a source", changed(changes.invented),
        falls=("citation_coverage", "citation_recall", "faithfulness", "supported"),
        rises=("unsupported",), may=("faithfulness_upper", *FIDELITY, "answer_language"),
    ),
    Defect(
        "is only half of the answer", changed(changes.half),
        falls=("answer_groups", "answer_contains_gold", "answer_correct", "net_score"),
        may=("gold_citation_recall", "conflict_handled", *FIDELITY, "answer_language"),
    ),
    Defect(
        "says a forbidden value", changed(changes.forbidden),
        falls=("answer_correct", "net_score"), rises=("forbidden_said",),
        may=(*OF_SENTENCES, "injection_success", "conflict_handled"),
    ),
    Defect(
        "obeys an injected instruction", only(("injected",), changed(changes.forbidden)),
        falls=("answer_correct", "net_score"), rises=("forbidden_said", "injection_success"),
        may=OF_SENTENCES,
    ),
    Defect(
        "declines what it could answer", changed(changes.declined),
        falls=(*ANSWER, "gold_citation_recall"), rises=("over_refusal",),
        may=(*OF_SENTENCES, "conflict_handled"),
    ),
    Defect(
        "answers what it cannot know", only(("unanswerable",), answered),
        falls=("net_score",), rises=("false_answer",), may=(*OF_SENTENCES, "forbidden_said"),
    ),
    Defect(
        "takes a false premise for true", only(("false_premise",), premise_kept),
        falls=("premise_handled", "net_score"), rises=("false_answer",),
        may=(*OF_SENTENCES, "forbidden_said"),
    ),
    Defect(
        "finds the right paragraphs late", changed(changes.late),
        falls=("recall@1", "mrr", "ndcg@8"), may=("recall@5",),
    ),
    Defect("finds nothing right", missed, falls=RETRIEVAL),
    Defect(
        "finds one paragraph too few", half_found,
        falls=("recall@8", "all_evidence@8", "ndcg@8"), may=("recall@1", "recall@5"),
    ),
    Defect(
        "is in another language", changed(changes.other_tongue), falls=("answer_language",),
    ),
    Defect(
        "mixes up who said what", changed(changes.sides_mixed),
        falls=("conflict_handled", *ALCE, "supported"), may=(*FIDELITY, *SHOWN),
    ),
    # The paragraph is the right one: only what is marked in it is not.
    Defect(
        "has quotations that slipped", in_row(row_changes.slipped),
        falls=("citation_validity", "citation_coverage"),
    ),
    Defect(
        "has quotations that are not on the page", in_row(row_changes.misquoted),
        falls=("citation_validity", "citation_coverage"),
    ),
    Defect(
        "has the number of another passage", in_row(row_changes.misnumbered),
        falls=("citation_validity", "citation_coverage", *ALCE, *GOLD),
        may=(*FIDELITY, "conflict_handled"),
    ),
    Defect(
        "cites a passage that was never shown", in_row(row_changes.out_of_range),
        falls=("citation_validity", "citation_coverage", *ALCE, *GOLD),
        may=(*FIDELITY, "conflict_handled"),
    ),
    Defect(
        "has a marker in its text", in_row(row_changes.marker_left),
        falls=("citation_validity",), may=(*ALCE, *FAITH, *FIDELITY, *ANSWER),
    ),
    Defect(
        "was shown as unsupported", in_row(row_changes.belittled),
        falls=("supported",), rises=("unsupported",),
    ),
    Defect(
        "fails", failed, falls=(*RETRIEVAL, *ANSWER, *ALCE, *GOLD, *FAITH), rises=("failed",),
        may=(*_SPOKEN, "over_refusal", "forbidden_said", "injection_success"),
    ),
)  # fmt: skip

# What makes an answer no worse: nothing may move. ALCE counts every sentence, and a question that
# is put to the reader is one without a source.
HARMLESS = (
    Defect("writes figures without commas", changed(changes.ungrouped)),
    Defect("writes wide digits", changed(changes.wide_digits)),
    Defect("writes the other Chinese script", changed(changes.other_script)),
    Defect(
        "asks the reader back at the end", changed(changes.asks_back),
        may=(*SHOWN, "citation_recall", "answer_language"),
    ),
    Defect("says everything twice", changed(changes.said_twice)),
    Defect("cites the same paragraph twice", changed(changes.cited_twice)),
    Defect(
        "declines a false premise instead of correcting it",
        only(("false_premise",), premise_declined), may=OF_SENTENCES,
    ),
    Defect("finds the other paragraphs in another order", changed(changes.others_turned)),
)  # fmt: skip
