import json
from pathlib import Path

from eval.bench.quote import bench

TEXT = "江上有新桥。新桥长五百米，宽二十米。湖水清。湖水深三十米。"
ASKED = [
    ("新桥有多长？", "五百米", "新桥长五百米，宽二十米。"),
    ("湖水有多深？", "三十米", "湖水清。湖水深三十米。"),  # two sentences prove it
    ("新桥有多宽？", "二十米", "江上有新桥。"),  # not what is chosen
]


def test_what_people_marked_is_compared_with_the_chosen_sentence(
    tmp_path: Path, static_model: Path
) -> None:
    blocks = [
        {
            "context": TEXT,
            "qas": [
                {"question": q, "answers": [{"text": a}], "evidences": [proof, ""]}
                for q, a, proof in ASKED
            ],
        }
    ]
    for name in ("toy_evidence", "toy_plain"):
        content = json.dumps({"data": [{"paragraphs": blocks}]})
        (tmp_path / f"{name}.json").write_text(content, "utf-8")
    rows = {row["set"]: row for row in bench(tmp_path, str(static_model), None)}
    assert rows["toy_evidence"]["best sentence"] == 1.0
    assert rows["toy_evidence"]["marked"] == 2 / 3
    assert rows["toy_plain"]["marked"] is None
