"""Exchanging the model that answers, with real threads."""

import threading
import time

import pytest

from rag import Assistant
from rag.errors import ModelError
from rag.gguf_names import READER
from rag.judge import InferenceJudge, ModelJudge, load_judge
from tests.conftest import ScriptedReader
from ui.models.choice import BESIDE
from ui.models.opened import Status


def until_quoting(choice) -> None:
    end = time.monotonic() + 10
    while choice.status().current != "quote":
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_model_answers_once_it_is_loaded(bench, settle) -> None:
    big, choice = bench.file("big"), bench.choice()
    choice.choose(big)
    bench.loader.tell("big", 0.25)
    assert choice.status() == Status("quote", big, 0.25)
    assert choice.assistant is bench.assistant  # which answers meanwhile
    bench.loader.let("big")
    settle(choice)
    assert choice.status() == Status(big)
    assert choice.assistant.llm is bench.loader.models[0]
    assert bench.assistant.llm is None  # nothing is changed under an answer
    assert choice.assistant.retriever is bench.assistant.retriever


def test_policy_and_style_are_kept(bench, settle) -> None:
    assistant = Assistant(
        bench.assistant.retriever, answer_style="quote", unsupported="drop", judge=None
    )
    choice = bench.choice(assistant)
    choice.choose(bench.file("big"))
    bench.loader.let("big")
    settle(choice)
    assert choice.assistant.unsupported == "drop"
    assert choice.assistant.answer_style == "quote"  # though prose suits the model


def test_quotation_answers_at_once_and_the_model_is_closed(bench) -> None:
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant)
    choice.choose("quote")
    assert choice.status() == Status("quote")
    assert choice.assistant.llm is None
    assert not model.open


def test_a_model_is_closed_when_its_last_answer_has_ended(bench, settle) -> None:
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant)
    answering, go_on = threading.Barrier(3), threading.Event()

    def answer() -> None:
        with choice.answering() as own:
            answering.wait(10)
            assert go_on.wait(10)
            assert own.llm is model and model.open

    threads = [threading.Thread(target=answer) for _ in range(2)]
    for thread in threads:
        thread.start()
    answering.wait(10)
    choice.choose(bench.file("new"))
    bench.loader.let("new")
    settle(choice)
    with choice.answering() as own:
        assert own.llm is bench.loader.models[0]
    assert model.open
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert not model.open
    assert bench.loader.models[0].open


def test_an_answer_that_fails_does_not_keep_its_model_open(bench) -> None:
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant)
    with pytest.raises(ZeroDivisionError), choice.answering():
        choice.choose("quote")
        assert model.open
        raise ZeroDivisionError
    assert not model.open


def test_a_model_that_does_not_load_leaves_the_one_before(bench, settle) -> None:
    assistant, model = bench.with_model("old")
    choice, bad = bench.choice(assistant), bench.file("bad")
    choice.choose(bad)
    bench.loader.let("bad", ModelError("bad.gguf does not load; download it again"))
    settle(choice)
    why = "bad.gguf does not load; download it again"
    assert choice.status() == Status("old", error=why, failed=bad)
    assert choice.assistant is assistant and model.open
    choice.choose("quote")
    assert choice.status() == Status("quote")  # what went wrong is forgotten


def test_no_memory_is_told_with_a_remedy(bench, settle, monkeypatch) -> None:
    def load(name: str, *, progress: object) -> None:
        raise MemoryError

    bench.loader = load
    choice, big = bench.choice(), bench.file("big")
    choice.choose(big)
    settle(choice)
    why = "there is no memory for it; choose a smaller model"
    assert choice.status() == Status("quote", error=why, failed=big)


def test_wrong_names_are_told_at_once(bench) -> None:
    choice = bench.choice()
    (bench.folder / "text.gguf").write_text("no model")
    for name in ("nothing", str(bench.folder / "gone.gguf"), str(bench.folder / "text.gguf")):
        with pytest.raises(ModelError):
            choice.choose(name)
    assert choice.status() == Status("quote")
    assert bench.loader.begun == []


def test_what_is_cancelled_does_not_answer(bench, settle) -> None:
    choice = bench.choice()
    choice.choose(bench.file("big"))
    bench.loader.until_begun("big")
    choice.cancel()
    assert choice.status() == Status("quote")
    bench.loader.let("big")
    settle(choice)
    assert bench.loader.models == []  # its progress ended it
    assert choice.assistant is bench.assistant


def test_a_model_that_comes_though_it_was_cancelled_is_closed(bench, settle) -> None:
    load, done = bench.loader, threading.Event()

    def silent(name: str, *, progress: object) -> object:
        model = load(name, progress=lambda share: None)
        assert done.wait(10)
        return model

    bench.loader = silent
    choice = bench.choice()
    choice.choose(bench.file("big"))
    load.let("big")
    choice.cancel()
    done.set()
    settle(choice)
    assert not load.models[0].open
    assert choice.status() == Status("quote")


def test_the_last_choice_counts_and_two_are_never_loaded_at_once(bench, settle) -> None:
    choice = bench.choice()
    first, second = bench.file("first"), bench.file("second")
    choice.choose(first)
    bench.loader.until_begun("first")
    choice.choose(second)
    assert choice.status() == Status("quote", second)
    assert bench.loader.begun == ["first"]
    bench.loader.let("first")
    bench.loader.let("second")
    settle(choice)
    assert bench.loader.begun == ["first", "second"]
    assert choice.status() == Status(second)
    assert [model.name for model in bench.loader.models] == ["second"]


def test_choosing_what_answers_changes_nothing_but_what_is_loaded(bench, settle) -> None:
    old, new = bench.file("old"), bench.file("new")
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    choice.choose(new)
    bench.loader.until_begun("new")
    choice.choose(old)
    assert choice.status() == Status(old)
    bench.loader.let("new")
    settle(choice)
    assert choice.assistant is assistant and model.open
    assert bench.loader.begun == ["new"]


# --- where memory does not hold two ---


def test_the_model_before_makes_room(bench, settle) -> None:
    old, new = bench.file("old"), bench.file("new")
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = BESIDE + 7  # one byte short
    choice.choose(new)
    bench.loader.until_begun("new")
    assert not model.open
    assert choice.status() == Status("quote", new)
    assert choice.assistant.llm is None  # the articles are quoted meanwhile
    bench.loader.let("new")
    settle(choice)
    assert choice.status() == Status(new)
    assert bench.loader.begun == ["new"]


def test_it_stays_where_memory_holds_both(bench, settle) -> None:
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant)
    bench.free = BESIDE + 8
    choice.choose(bench.file("new"))
    bench.loader.until_begun("new")
    assert model.open and choice.assistant is assistant
    bench.loader.let("new")
    settle(choice)
    assert not model.open


def test_room_is_made_only_after_the_last_answer(bench, settle) -> None:
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant)
    bench.free = 0
    with choice.answering():
        choice.choose(bench.file("new"))
        until_quoting(choice)
        assert model.open and bench.loader.begun == []
    assert model.ended.wait(10)
    bench.loader.let("new")
    settle(choice)
    assert choice.assistant.llm is bench.loader.models[0]


def test_the_model_that_made_room_is_loaded_again(bench, settle) -> None:
    old, new = bench.file("old"), bench.file("new")
    assistant, _ = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = 0
    choice.choose(new)
    bench.loader.let("new", ModelError("no memory; choose a smaller model"))
    bench.loader.until_begun("old")
    why = "no memory; choose a smaller model"
    assert choice.status() == Status("quote", old, error=why, failed=new)
    bench.loader.let("old")
    settle(choice)
    assert choice.status() == Status(old, error=why, failed=new)
    assert choice.assistant.llm is bench.loader.models[0]


def test_after_cancelling_the_model_comes_back_that_made_room(bench, settle) -> None:
    old, new = bench.file("old"), bench.file("new")
    assistant, _ = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = 0
    choice.choose(new)
    bench.loader.until_begun("new")
    choice.cancel()
    assert choice.status() == Status("quote", old)  # it is on its way from now on
    bench.loader.let("new")
    bench.loader.let("old")
    settle(choice)
    assert choice.status() == Status(old)
    assert bench.loader.begun == ["new", "old"]


def test_whoever_wants_quotation_is_not_given_the_model_back(bench, settle) -> None:
    old = bench.file("old")
    assistant, _ = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = 0
    choice.choose(bench.file("new"))
    bench.loader.until_begun("new")
    choice.choose("quote")
    bench.loader.let("new")
    settle(choice)
    assert bench.loader.begun == ["new"]
    assert choice.status() == Status("quote")


def test_a_model_that_was_to_make_room_and_still_answers_stays(bench, settle) -> None:
    old = bench.file("old")
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = 0
    with choice.answering():
        choice.choose(bench.file("new"))
        until_quoting(choice)
        choice.cancel()
        settle(choice)
        assert choice.status() == Status(old)
    assert model.open and choice.assistant is assistant
    assert bench.loader.begun == []


def test_another_choice_waits_for_room_too_and_the_first_comes_back(bench, settle) -> None:
    old, second = bench.file("old"), bench.file("second")
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    bench.free = 0
    with choice.answering():
        choice.choose(bench.file("first"))
        until_quoting(choice)
        choice.choose(second)
        assert choice.status() == Status("quote", second)
        assert model.open and bench.loader.begun == []
    bench.loader.let("second", ModelError("no; choose another"))
    bench.loader.let("old")
    settle(choice)
    assert bench.loader.begun == ["second", "old"]
    assert choice.status() == Status(old, error="no; choose another", failed=second)


# --- the judge ---


def test_a_model_that_judges_itself_is_followed_by_the_next(bench, settle) -> None:
    assistant, model = bench.with_model("old")
    assistant.judge = ModelJudge(model)
    choice = bench.choice(assistant)
    choice.choose("quote")
    assert choice.assistant.judge is None
    choice.choose(bench.file("new"))
    bench.loader.let("new")
    settle(choice)
    judge = choice.assistant.judge
    assert isinstance(judge, ModelJudge) and judge.name == "new"


def test_another_judge_stays(bench, settle) -> None:
    judge = InferenceJudge.__new__(InferenceJudge)
    assistant = Assistant(bench.assistant.retriever, judge=judge)
    choice = bench.choice(assistant)
    choice.choose(bench.file("new"))
    bench.loader.let("new")
    settle(choice)
    assert choice.assistant.judge is judge


# --- what can be chosen ---


def test_quotation_comes_first_then_what_is_found(bench) -> None:
    bench.file("a"), bench.file("b")
    bench.faults["b"] = "it is broken; download it again"
    found = bench.choice().found()
    assert [(one.title, one.size, one.fault, one.current) for one in found] == [
        ("quote", None, None, True),
        ("reader", READER.stat().st_size, None, False),
        ("a", 8, None, False),
        ("b", 8, "it is broken; download it again", False),
    ]


def test_the_first_model_can_be_chosen_again_wherever_it_lies(bench, tmp_path) -> None:
    bench.file("a")
    away = tmp_path / "away.gguf"
    away.write_bytes(b"GGUF\x03\x00\x00\x00")
    assistant, _ = bench.with_model("away")
    choice = bench.choice(assistant, name=str(away))
    assert [(one.title, one.current) for one in choice.found()] == [
        ("quote", False),
        ("reader", False),
        ("away", True),
        ("a", False),
    ]
    choice.choose("quote")
    assert [(one.title, one.current) for one in choice.found()] == [
        ("quote", True),
        ("reader", False),
        ("away", False),
        ("a", False),
    ]


def test_the_bundled_reader_is_called_by_its_name(bench) -> None:
    assistant = Assistant(bench.choice().assistant.retriever, ScriptedReader())
    choice = bench.choice(assistant, name="reader")
    assert choice.status().current == "reader"
    assert [(one.title, one.current) for one in choice.found()] == [
        ("quote", False),
        ("reader", True),
    ]


def test_without_what_it_runs_on_the_reader_is_not_offered(bench, monkeypatch) -> None:
    monkeypatch.setattr("rag.gguf_names.find_spec", lambda name: None)
    assert [one.title for one in bench.choice().found()] == ["quote"]


def test_a_reader_judges_nothing(bench, settle) -> None:
    assistant, _ = bench.with_model("writer")
    assistant.judge = load_judge("llm", assistant.llm)
    bench.loader = lambda name, progress: ScriptedReader()
    choice = bench.choice(assistant)
    choice.choose("reader")
    settle(choice)
    assert choice.assistant.llm_name == "reader"
    assert choice.assistant.judge is None


def test_a_model_whose_file_is_not_known_is_listed_while_it_answers(bench) -> None:
    assistant, _ = bench.with_model("scripted")
    choice = bench.choice(assistant)
    assert [(one.title, one.current) for one in choice.found()] == [
        ("quote", False),
        ("scripted", True),
        ("reader", False),
    ]
    choice.choose("quote")
    assert [one.title for one in choice.found()] == ["quote", "reader"]
