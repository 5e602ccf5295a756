import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from index.__main__ import main as index_main
from index.embedder import load_embedder
from rag import Assistant, Retriever, Turn
from rag.__main__ import main
from rag.terminal import print_stream
from tests.conftest import ScriptedLLM
from tests.tiny_gguf import write_tiny_gguf

ROOT = Path(__file__).parents[2]
NOTHING = (
    "这些文章里找不到这个问题的答案：“{}”。最接近的段落列在来源中。它们提到了新桥，但没有答案。"
)


@pytest.fixture
def store(tmp_path: Path, static_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_EMBEDDER", str(static_model))
    row = {"id": "n1", "title": "桥", "date": "2031-05-18", "text": "新桥长五百米，宽二十米。"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), "utf-8")
    assert index_main(["build", str(tmp_path / "a.jsonl"), "--store", str(tmp_path / "s")]) == 0
    return tmp_path / "s"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_json_of_one_answer(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("新桥长五百米，宽多少？", "--store", str(store), "--json", capsys=capsys)
    answer = json.loads(out)
    assert code == 0
    assert answer["answer"] == "新桥长五百米，宽二十米。[1]"
    assert answer["sentences"][0]["citations"][0]["article"] == "n1"
    assert answer["llm"] == "quote"


def test_a_person_reads_the_answer_and_its_sources(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run("新桥长五百米，宽多少？", "--store", str(store), capsys=capsys)
    assert code == 0
    assert out == (
        "新桥长五百米，宽二十米。[1]\n[1] 桥 · 2031-05-18 · a.jsonl\n"
        "    “新桥长五百米，宽二十米。”\n"
    )


def test_search(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        "新桥", "--search", "-k", "5", "--store", str(store), "--json", capsys=capsys
    )
    found = json.loads(out)
    assert code == 0
    assert [hit["article"] for hit in found["hits"]] == ["n1"]
    assert (
        run("新桥", "--search", "--since", "2032", "--store", str(store), capsys=capsys)[1] == "\n"
    )


def test_sources_limit_search_and_answers(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.txt").write_text("# 桥\n\n新桥长五百米，宽三十米。", "utf-8")
    assert index_main(["add", str(tmp_path / "b.txt"), "--store", str(store)]) == 0
    question, how = "新桥长五百米，宽多少？", ["--store", str(store), "--json"]
    for name, sources in (("b.txt", {"b.txt"}), ("*.jsonl", {"a.jsonl"})):
        code, out, _ = run(question, *how, "--source", name, capsys=capsys)
        assert code == 0
        assert {hit["source"] for hit in json.loads(out)["hits"]} == sources
    both = ["--search", "--source", "a.jsonl", "--source", "b.*"]
    _, out, _ = run(question, *how, *both, capsys=capsys)
    assert {hit["source"] for hit in json.loads(out)["hits"]} == {"a.jsonl", "b.txt"}
    (tmp_path / "q.jsonl").write_text(json.dumps({"question": question, "since": "2031"}), "utf-8")
    batch = ["--batch", str(tmp_path / "q.jsonl"), "--store", str(store), "--source", "b.txt"]
    code, out, _ = run(*batch, capsys=capsys)
    answer = json.loads(out)  # b.txt has no date
    assert (code, answer["abstained"], answer["hits"]) == (0, True, [])
    assert answer["answer"] == "没有文章符合这些条件：since 2031, source b.txt。请放宽条件再问。"


def test_a_repeated_report_is_listed_under_its_hit(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.txt").write_text("# 晚报\n\n新桥长五百米，宽二十米。", "utf-8")
    assert index_main(["add", str(tmp_path / "b.txt"), "--store", str(store)]) == 0
    question, how = "新桥长五百米，宽多少？", ["--store", str(store)]
    first, second = "桥 · 2031-05-18 · a.jsonl", "晚报 · — · b.txt"
    for arguments in ([question, "--search"], [question]):
        out = run(*arguments, *how, capsys=capsys)[1]
        assert f"    also in: {first}\n" in out or f"    also in: {second}\n" in out
        assert out.count(first) == out.count(second) == 1


def test_a_batch_keeps_order_and_ids_and_one_bad_row_stops_nothing(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        json.dumps({"id": 7, "question": "新桥长五百米，宽多少？"}),
        "{broken",
        json.dumps({"id": "x", "question": ""}),
        json.dumps(
            {"id": "h", "question": "新桥", "history": [["早先？", "是。"]], "since": "2030"}
        ),
        json.dumps({"id": "d", "question": "新桥", "since": 5}),
        json.dumps({"id": "t", "question": "新桥", "history": ["x"]}),
        '{"id": "\\udc80", "question": "新\\ud800桥"}',
        '{"id": "0", "question": "新桥\\u0000"}',
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(rows), "utf-8")
    code, out, err = run("--batch", str(file), "--store", str(store), capsys=capsys)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [a["id"] for a in answers] == [7, None, "x", "h", "d", "t", "?", "0"]
    failed = [False, True, True, False, True, True, False, True]
    assert ["error" in a for a in answers] == failed
    assert "line 2: not a JSON object" in err
    assert err.endswith('5 of 8 questions failed: see their "error"\n')
    code, out, _ = run("--batch", str(file), "--search", "--store", str(store), capsys=capsys)
    assert ["error" in json.loads(line) for line in out.splitlines()] == failed
    assert ["hits" not in json.loads(line) for line in out.splitlines()] == failed


def test_a_follow_up_of_a_batch_is_asked_as_it_is_understood(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"question": "它宽多少？", "history": [["新桥什么时候通车？", "不知道。"]]}
    alone = {"question": "新桥宽多少？"}
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in (row, alone)), "utf-8")
    for arguments in ([], ["--search"]):
        code, out, _ = run("--batch", str(file), "--store", str(store), *arguments, capsys=capsys)
        follow_up, same = map(json.loads, out.splitlines())
        assert code == 0
        assert (follow_up["question"], follow_up["asked"]) == ("它宽多少？", "新桥宽多少？")
        assert follow_up["hits"] == same["hits"] != []
        assert "asked" not in same


def test_a_person_is_told_how_a_question_was_understood(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = Assistant(Retriever(store, embedder=load_embedder()))
    capsys.readouterr()
    turn = Turn("新桥什么时候通车？", "不知道。")
    print_stream(assistant.stream("它宽多少？", history=[turn]))
    assert capsys.readouterr().err == "understood as: 新桥宽多少？\n"
    print_stream(assistant.stream("新桥宽多少？", history=[turn]))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["新桥", "--llm", "missing.gguf"], "missing.gguf"),
        (["新桥", "--store", "nowhere"], "python -m index build"),
        (["新桥", "--since", "May"], "YYYY-MM-DD"),
        (["新桥", "--reranker", "./nowhere"], "--reranker"),
        (["新桥", "--search", "-k", "0"], "at least one"),
        (["长" * 100_000, "--search"], "100,000 characters"),
        ([" "], "empty"),
        (["--batch", "missing.jsonl"], "cannot be read"),
    ],
)
def test_errors_are_one_line_and_exit_code_1(
    store: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAG_STORE", str(store))
    code, out, err = run(*arguments, capsys=capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and message in err


def test_a_wrong_answer_style_in_the_environment_is_told(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_ANSWER_STYLE", "verse")
    code, out, err = run("新桥", "--store", str(store), capsys=capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error: there is no answer style 'verse'; give ")
    assert "RAG_ANSWER_STYLE" in err and err.count("\n") == 1
    how = ["--store", str(store), "--answer-style", "prose"]  # the flag beats it
    assert run("新桥长五百米，宽多少？", *how, capsys=capsys)[0] == 0


@pytest.mark.parametrize("style", ["prose", "quote", "auto"])
def test_the_answer_style_reaches_the_model(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    llm = ScriptedLLM("[1] 宽二十米。")
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    how = ["--store", str(store), "--answer-style", style, "--json"]
    code, out, err = run("新桥长五百米，宽多少？", *how, capsys=capsys)
    assert (code, err) == (0, "")
    quoted = json.loads(out)["answer"] == "新桥长五百米，宽二十米。[1]"
    assert quoted == (style == "quote") == (llm.asked[0].pointers == 1)


def test_an_abstention_names_what_was_looked_for_and_lists_the_nearest(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run("谁赢得了国际象棋决赛？", "--store", str(store), capsys=capsys)
    assert code == 0
    said, nearest, text = out.splitlines()
    assert said == (
        "这些文章里找不到这个问题的答案：“谁赢得了国际象棋决赛？”。最接近的段落列在来源中。"
        "它们没有提到国际、象棋、决赛。"
    )
    assert nearest.endswith("桥 · 2031-05-18 · a.jsonl") and text.strip().startswith("新桥长五百米")


REPLY = "宽三十米。[1] 新桥长五百米。[1]"


@pytest.mark.parametrize(
    ("policy", "lines"),
    [
        ("flag", [REPLY, "! unsupported: 宽三十米。"]),
        ("drop", ["新桥长五百米。[1]", "! left out: 宽三十米。"]),
        ("quote", ["新桥长五百米，宽二十米。[1] 新桥长五百米。[1]", "! left out: 宽三十米。"]),
    ],
)
def test_unsupported_sentences_are_marked_left_out_or_quoted(
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    lines: list[str],
) -> None:
    llm = ScriptedLLM(REPLY, REPLY)
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    how = ["新桥长五百米，宽多少？", "--store", str(store), "--unsupported", policy]
    code, out, _ = run(*how, capsys=capsys)
    assert code == 0
    first, second, *_ = out.splitlines()
    assert first == lines[0] and second.startswith(lines[1] + " (number not in the source: ")
    answer = json.loads(run(*how, "--json", capsys=capsys)[1])
    assert answer["answer"] == lines[0]
    assert ("withdrawn" in answer) == (policy != "flag")


def test_a_refusal_that_was_shown_is_followed_by_the_message(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rag.assistant.load", lambda name, **_: ScriptedLLM("造价在文章中没有提到。")
    )
    code, out, _ = run("新桥长五百米，宽多少？", "--store", str(store), capsys=capsys)
    assert code == 0
    refused, said, *_ = out.splitlines()
    assert "造价在文章中没有提到。".startswith(refused) and said.startswith("这些文章里找不到")


def test_the_language_model_can_be_its_own_judge(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = ScriptedLLM("A short bridge it is.[1]", "[1]")
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: llm)
    how = ["新桥长五百米，宽多少？", "--store", str(store), "--json", "--judge", "llm"]
    code, out, _ = run(*how, capsys=capsys)
    (sentence,) = json.loads(out)["sentences"]
    assert (code, sentence["support"]) == (0, "supported")
    assert "scripted" in sentence["reasons"][0]
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: None)
    code, out, err = run(*how, capsys=capsys)
    assert (code, out) == (1, "") and err.startswith("error: the judge llm is")


def test_a_wrong_policy_in_the_environment_is_told(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_UNSUPPORTED", "hide")
    code, out, err = run("新桥", "--store", str(store), capsys=capsys)
    assert (code, out) == (1, "")
    assert "'hide'; give flag, drop or quote" in err and err.count("\n") == 1


def test_passages_that_did_not_fit_are_talked_of(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    question, how = "新桥长五百米，宽多少？", ["--store", str(store), "--llm", "quote"]
    row = {"id": "n2", "title": "桥", "text": "新桥长五百米，桥下有船。" + "桥上有人。" * 9}
    (store.parent / "b.jsonl").write_text(json.dumps(row), "utf-8")
    assert index_main(["add", str(store.parent / "b.jsonl"), "--store", str(store)]) == 0
    whole, cut = ScriptedLLM("宽二十米。[1]"), ScriptedLLM("宽二十米。[1]", "宽二十米。[1]")
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: whole)
    run(question, *how, capsys=capsys)
    words = "\n\n".join(m.content for m in whole.asked[0].messages)
    cut.context_size = len(words) + 400 + 96 + 2 * 12 - 20
    monkeypatch.setattr("rag.assistant.load", lambda name, **_: cut)
    for form in ([], ["--json"]):
        code, out, err = run(question, *how, *form, capsys=capsys)
        assert code == 0
        assert err.endswith(
            "1 of 2 passages did not fit the model's context: 1 shortened, 0 left out; ask for "
            "fewer with -k, or use a model with a larger context\n"
        )
        assert '"dropped"' in out if form else "did not fit" not in out


@pytest.mark.parametrize(
    "arguments",
    [[], ["q", "--batch", "f"], ["q", "--answer-style", "verse"], ["q", "--unsupported", "hide"]],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_the_public_names() -> None:
    assert sorted(rag.__all__) == rag.__all__
    assert all(getattr(rag, name) is not None for name in rag.__all__)
    with pytest.raises(AttributeError):
        rag.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("word", "extra", "library"), [("serve", "serve", "fastapi"), ("mcp", "mcp", "mcp")]
)
def test_a_command_whose_library_is_missing_names_its_extra(
    word: str, extra: str, library: str
) -> None:
    script = (
        f"import sys; sys.modules[{library!r}] = None\n"
        f"from rag.__main__ import main; sys.exit(main([{word!r}, '--store', 'nowhere']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and f'pip install "yinzheng[{extra}]"' in done.stderr


@pytest.mark.parametrize("word", ["models", "serve", "mcp"])
def test_a_word_that_is_a_command_is_asked_behind_two_dashes(
    store: Path, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as helped:
        main([word, "--help"])
    assert helped.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m rag {word} ")
    code, out, _ = run("--store", str(store), "--json", "--", word, capsys=capsys)
    assert (code, json.loads(out)["question"]) == (0, word)


def test_help_and_import_load_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['rag', '--help']; import runpy, rag\n"
        "try: runpy.run_module('rag', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'faiss', 'numpy', 'gradio', 'llama_cpp', 'sentence_transformers'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("set()"), done.stderr


def test_a_gguf_answers_with_valid_markers_only(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
        pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")
    # It would go on for ever, much like this: 见[1,9]。见[1,9]。…
    steps = ["<0x0A>", "见", "[", "1", ",", "9", "]", "。", "见"]
    follows = list(zip(steps, steps[1:], strict=False))
    model = write_tiny_gguf(tmp_path / "tiny.gguf", follows=follows, strength=20)
    question = "新桥长五百米，宽多少？"
    how = ["--store", str(store), "--llm", str(model), "--answer-style", "prose"]
    code, out, _ = run(question, *how, "--json", capsys=capsys)
    answer = json.loads(out)
    assert code == 0
    assert answer["llm"] == "tiny"
    assert not answer["abstained"]
    numbers = [c["number"] for s in answer["sentences"] for c in s["citations"]]
    assert set(numbers) == {1}  # one passage was shown
    assert set(re.findall(r"\[([\d,]+)\]", answer["answer"])) == {"1"}
    code, text, _ = run(question, *how, capsys=capsys)
    assert code == 0
    assert text.startswith("见")
    assert set(re.findall(r"\[([\d,]+)\]", text)) == {"1"}
    how[-1] = "quote"  # nothing but numbers of sentences can be said, and there is one
    code, out, _ = run(question, *how, "--json", capsys=capsys)
    assert code == 0
    assert json.loads(out)["answer"] in ("新桥长五百米，宽二十米。[1]", NOTHING.format(question))


def test_a_model_that_is_none(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"no model at all")
    code, out, err = run("新桥", "--store", str(store), "--llm", str(fake), capsys=capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and "fake.gguf" in err
