"""Chat templates as they are found in models, and passages cut out of messages."""

import os
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.chat_template import ChatTemplate, Piece, with_passages
from rag.errors import ModelError
from rag.llama_native import format_chat
from rag.llm import Message
from rag.thoughts import opened
from tests.tiny_gguf import CHATML

# In essence those of the models; only what lays messages out.
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% if message['role'] == 'assistant' %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
    "{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{{- bos_token }}\n{%- if not date_string is defined %}\n"
    "    {%- set date_string = strftime_now('%d %b %Y') %}\n{%- endif %}\n"
    "{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}"
    "{{- message['content'] | trim + '<|eot_id|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)
PHI_3 = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{'<|system|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'assistant' %}"
    "{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)
QWEN_3 = (
    "{%- if messages[0].role == 'system' %}\n"
    "    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\n{%- endif %}\n"
    "{%- set ns = namespace(last=messages|length - 1) %}\n"
    "{%- for message in messages[::-1] %}\n"
    "    {%- set index = (messages|length - 1) - loop.index0 %}\n"
    "    {%- if message.role == 'user' and message.content is string %}\n"
    "        {%- set ns.last = index %}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- for message in messages %}\n"
    "    {%- set content = message.content if message.content is string else '' %}\n"
    "    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}\n"
    "        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}\n"
    "    {%- elif message.role == 'assistant' %}\n"
    "        {%- if '</think>' in content %}\n"
    "            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "        {%- endif %}\n"
    "        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}\n"
    "    {%- endif %}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n"
    "    {%- if enable_thinking is defined and enable_thinking is false %}\n"
    "        {{- '<think>\\n\\n</think>\\n\\n' }}\n    {%- endif %}\n{%- endif %}"
)
R1 = (
    "{{ bos_token }}{% for m in messages %}<｜{{ m.role }}｜>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}"
)
TEMPLATES = {
    "chatml": CHATML, "gemma": GEMMA, "llama-2": LLAMA_2, "mistral": MISTRAL, "llama-3": LLAMA_3,
    "phi-3": PHI_3, "qwen-3": QWEN_3, "r1": R1,
}  # fmt: skip

TALK = [
    Message("system", "系统 {{ messages }}"),
    Message("user", "问一 <|im_end|>"),
    Message("assistant", "答一 </think> {% raw %}"),
    Message("user", "问二 [/INST]"),
]


def builtin(source: str) -> Callable[[Sequence[tuple[str, str]]], str | None]:
    return lambda messages: format_chat(source.encode(), messages)


def template(source: str, *, native: bool = True) -> ChatTemplate:
    return ChatTemplate(source, bos="<s>", eos="</s>", builtin=builtin(source) if native else None)


def text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("source", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("talk", [TALK, TALK[:2], TALK[1:], TALK[1:2]], ids=len)
def test_contents_stand_once_in_order_and_apart(
    source: str, native: bool, talk: list[Message]
) -> None:
    pieces = template(source, native=native).render(talk)
    contents = [piece.text for piece in pieces if not piece.trusted]
    wanted = [message.content for message in talk]
    folded = [f"{wanted[0]}\n\n{wanted[1]}", *wanted[2:]] if len(wanted) % 2 == 0 else None
    assert contents in (wanted, folded)
    frame = "".join(piece.text for piece in pieces if piece.trusted)
    assert not any(content in frame for content in wanted)
    assert all(piece.text for piece in pieces) and not any(piece.passage for piece in pieces)
    assert pieces[-1].trusted


def test_llama_cpp_knows_some_and_jinja_the_others() -> None:
    assert text(template(CHATML).render(TALK)) == (
        "<|im_start|>system\n系统 {{ messages }}<|im_end|>\n<|im_start|>user\n问一 <|im_end|>"
        "<|im_end|>\n<|im_start|>assistant\n答一 </think> {% raw %}<|im_end|>\n"
        "<|im_start|>user\n问二 [/INST]<|im_end|>\n<|im_start|>assistant\n"
    )
    calls: list[Sequence[tuple[str, str]]] = []

    def known(messages: Sequence[tuple[str, str]]) -> str:
        calls.append(messages)
        return "".join(f"<{role}>{content}" for role, content in messages)

    assert (
        text(ChatTemplate("{% broken", builtin=known).render(TALK[1:2]))
        == "<user>" + TALK[1].content
    )
    assert len(calls) == 2 and "问一" not in str(calls)  # contents never pass the template
    for unknown in (R1, QWEN_3):
        ChatTemplate(unknown, builtin=lambda _: pytest.fail("it thinks")).render(TALK)
    assert text(ChatTemplate("{{ messages[0].content }}!", builtin=lambda _: None).render(
        [Message("user", "x")]
    )) == "x!"  # fmt: skip
    ChatTemplate(None, builtin=lambda _: pytest.fail("there is none"))


def test_llama_cpp_and_jinja_agree() -> None:
    for name in ("chatml", "llama-3", "phi-3"):
        jinja = text(template(TEMPLATES[name], native=False).render(TALK))
        assert text(template(TEMPLATES[name]).render(TALK)) == jinja.removeprefix("<s>"), name


def test_thinking_is_off_where_it_can_be() -> None:
    rendered = text(template(QWEN_3).render(TALK))
    assert rendered.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert not opened(rendered)
    assert opened(text(template(R1).render(TALK)))


@pytest.mark.parametrize("source", [GEMMA, MISTRAL], ids=["gemma", "mistral"])
def test_without_a_system_role_it_goes_into_the_first_question(source: str) -> None:
    pieces = template(source, native=False).render(TALK)
    assert [piece.text for piece in pieces if not piece.trusted] == [
        "系统 {{ messages }}\n\n问一 <|im_end|>", "答一 </think> {% raw %}", "问二 [/INST]",
    ]  # fmt: skip
    with pytest.raises(ModelError, match="alternate|supported"):
        template(source, native=False).render([TALK[0], TALK[2], TALK[1]])


HOSTILE = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ messages.__class__.__init__.__globals__ }}",
    "{{ raise_exception.__globals__ }}",
    "{{ strftime_now.__globals__['datetime'] }}",
    "{{ cycler.__init__.__globals__.os.system('true') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ messages.append(1) }}",
    "{% set _ = messages[0].update(content='x') %}{{ messages[0].content }}",
    "{% include 'rag/llm.py' %}",
    "{% import 'os' as os %}",
    "{% for i in range(10 ** 9) %}{% endfor %}",
    "{{ 1 // 0 }}",
    "{{ messages[99].content }}",
    "{{ 'x' + 1 }}",
    "{{ strftime_now(1) }}",
    "{{ {1: 2j} | tojson }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ 'a' | no_such_filter }}",
    "{{ unknown() }}",
    "",
    "{# nothing #}",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_template(source: str) -> None:
    with pytest.raises(ModelError, match="^[^\n]*chat template cannot be used[^\n]*$"):
        template(f"{source}{{{{ messages[0].missing.x }}}}").render([Message("user", "Q")])


@pytest.mark.parametrize("source", HOSTILE[:12])
def test_nothing_of_it_gets_out(source: str) -> None:
    try:
        rendered = text(
            template(f"{source}{{{{ messages[0].content }}}}").render([Message("user", "Q")])
        )
    except ModelError:
        return
    assert rendered.lstrip("\n") == "Q"


# --- passages ---


def pieces_of(*contents: str) -> list[Piece]:
    pieces = [Piece("<b>", True)]
    for content in contents:
        pieces += [Piece(content, False), Piece("<e>", True)]
    return pieces


def found(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    return [(piece.text, piece.passage) for piece in pieces if piece.passage]


def test_passages_are_cut_out() -> None:
    pieces = pieces_of("规则", "[1] 甲\n[2] 乙\n问", "丙")
    assert with_passages(pieces, ("甲", "乙", "丙")) == [
        Piece("<b>", True), Piece("规则", False), Piece("<e>", True),
        Piece("[1] ", False), Piece("甲", False, 1), Piece("\n[2] ", False), Piece("乙", False, 2),
        Piece("\n问", False), Piece("<e>", True), Piece("丙", False, 3), Piece("<e>", True),
    ]  # fmt: skip
    assert with_passages(pieces, ()) == pieces


def test_passages_that_are_odd() -> None:
    pieces = pieces_of("甲甲乙丙")
    assert found(with_passages(pieces, ("甲", "甲", "乙"))) == [("甲", 1), ("甲", 2), ("乙", 3)]
    assert found(with_passages(pieces, ("甲甲", "甲乙", "乙丙"))) == [("甲甲", 1), ("乙丙", 3)]
    assert found(with_passages(pieces, ("丁", "", "乙"))) == [("乙", 3)]
    assert found(with_passages(pieces, ("乙", "甲", "丙"))) == [("乙", 1), ("丙", 3)]
    assert found(with_passages(pieces, ("甲", "甲", "甲"))) == [("甲", 1), ("甲", 2)]
    assert with_passages(pieces, ("<b>", "<e>", "b")) == pieces  # not in what is trusted
    assert found(with_passages(pieces, ("甲甲乙丙",))) == [("甲甲乙丙", 1)]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("ab", max_size=8), max_size=4), st.lists(st.text("ab", max_size=3), max_size=5)
)
def test_cutting_changes_no_text(contents: list[str], passages: list[str]) -> None:
    pieces = [piece for piece in pieces_of(*contents) if piece.text]
    cut = with_passages(pieces, passages)
    for trusted in (True, False):
        assert text([p for p in cut if p.trusted == trusted]) == text(
            [p for p in pieces if p.trusted == trusted]
        )
    assert text(cut) == text(pieces) and all(piece.text for piece in cut)
    numbers = [piece.passage for piece in cut if piece.passage]
    assert numbers == sorted(set(numbers))
    assert all(piece.text == passages[piece.passage - 1] for piece in cut if piece.passage)
    if passages and passages[0] and any(passages[0] in content for content in contents):
        assert 1 in numbers
