"""Chat templates: rendered as Hugging Face does, and kept within bounds when they are hostile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from desktop.engine.template import TIME_LIMIT_S, TemplateProcess, TemplateRaised, render
from desktop.errors import TemplateFailed

DAY = date(2026, 11, 22)
MESSAGES = [{"role": "user", "content": "Hi <b>"}, {"role": "assistant", "content": "Yes"}]


@pytest.fixture(scope="module")
def process() -> Iterator[TemplateProcess]:
    templates = TemplateProcess()
    yield templates
    templates.close()


def draw(source: str, **variables: Any) -> str:
    return render(source, MESSAGES, variables, DAY)


def test_blocks_leave_no_empty_lines() -> None:
    source = (
        "{% for m in messages %}\n  {% if loop.first %}\n{{ m.role }}: {{ m['content'] }}\n"
        "  {% endif %}\n{% endfor %}\n"
    )
    assert draw(source) == "user: Hi <b>\n"


def test_what_templates_use_is_there() -> None:
    assert (
        draw("{% for m in messages %}{% if loop.index == 2 %}{% break %}{% endif %}{{ m.role }}{% endfor %}")
        == "user"
    )
    assert draw("{{ messages[0] | tojson }}") == '{"role": "user", "content": "Hi <b>"}'
    assert draw("{{ 'é' | tojson }}") == '"é"'
    assert draw("{{ messages | tojson(indent=2) }}").count("\n") > 4
    assert draw("{{ strftime_now('%d %b %Y %H:%M') }}") == "22 Nov 2026 00:00"
    assert draw("{% generation %}{{ messages[1].content }}{% endgeneration %}") == "Yes"
    assert (
        draw(
            "{{ bos_token }}{% if add_generation_prompt %}!{% endif %}",
            bos_token="<s>",
            add_generation_prompt=True,
        )
        == "<s>!"
    )
    assert (
        draw(
            "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}"
            "{{ ns.n }}"
        )
        == "2"
    )
    assert draw("{{ messages[0].content.split('H')[-1].strip().startswith('i') }}") == "True"


@pytest.mark.parametrize(
    "source",
    [
        "{{ raise_exception('roles must alternate') }}",
        "{% for %}",
        "{{ messages[7].content }}",
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ nothing.at.all }}",
        "{{ nofilter | nofilter }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{{ messages.append(1) }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_that_is_wrong_or_refuses_raises(source: str) -> None:
    with pytest.raises(TemplateRaised):
        draw(source)


def test_the_process_renders_the_same(process: TemplateProcess) -> None:
    source = "{% for m in messages %}{{ m.content }}\0é🙂{% endfor %}{{ eos }}"
    expected = draw(source, eos="</s>")
    assert process.render(source, MESSAGES, {"eos": "</s>"}, DAY) == expected
    with pytest.raises(TemplateRaised, match="must alternate"):
        process.render("{{ raise_exception('roles must alternate') }}", MESSAGES, {}, DAY)


HOSTILE = {
    "nested loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "a huge range": "{% for i in range(10**9) %}{% endfor %}",
    "one long operation": "{{ 10 ** (10 ** 9) }}",
    "memory": "{{ 'x' * (10 ** 12) }}",
    "doubling": (
        "{% set n = namespace(x='aa') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}"
        "{{ n.x }}"
    ),
    "endless recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "branching recursion": (
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(200) }}"
    ),
    "shared lists": (
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
        "{{ n.x | tojson }}"
    ),
    "endless output": "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_stopped_in_time(process: TemplateProcess, name: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TemplateFailed):
        process.render(HOSTILE[name], MESSAGES, {}, DAY)
    assert time.monotonic() - begun < TIME_LIMIT_S + 3.0  # the machine may be busy
    assert process.render("{{ messages[1].content }}", MESSAGES, {}, DAY) == "Yes"


def test_a_closed_process_can_be_closed_again() -> None:
    templates = TemplateProcess()
    templates.close()
    templates.close()
