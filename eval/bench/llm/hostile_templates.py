"""Chat templates that mean harm: endless, huge, deep, prying, or simply wrong."""

_DOUBLING = (
    "{% set box = namespace(v=START) %}{% for _ in range(60) %}"
    "{% set box.v = box.v + box.v %}{% endfor %}{{ box.v }}"
)
_ONLY_THEN = (
    "{% if WHEN %}{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    "{% endif %}{{ messages[0].content }}"
)

HOSTILE = (
    # endless
    "{% for i in range(10**12) %}x{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{{ 9**9**9 }}",
    "{% set n = messages|length + 8 %}{{ n**n**n }}",
    "{{ range(99999)|map('string')|map('center', 99999)|list|length }}",
    "{{ lipsum(n=9999999) }}",
    # endless only for some conversations: loading tells nothing
    _ONLY_THEN.replace("WHEN", "messages|length > 1"),
    _ONLY_THEN.replace("WHEN", "messages[0].role == 'system'") + "{{ messages[0].content }}",
    # huge
    "{{ 'x' * 10**11 }}",
    "{{ messages[0].content * 10**10 }}",
    "{{ messages[0].content * 10**6 }}",
    "{{ 'x'|center(10**11) }}",
    "{{ messages[0].content|center(10**10) }}",
    "{{ '%099999999999d'|format(1) }}",
    "{{ range(99999)|list|string * 99999 }}",
    "{{ messages|tojson(indent=10**9) }}",
    _DOUBLING.replace("START", "'x'"),
    _DOUBLING.replace("START", "[1]"),
    "{% for i in range(99999) %}{{ i }} {% endfor %}",
    "x" * 20_000_000,
    "<|im_start|>" * 1_000_000,
    "{% if messages %}{% endif %}" * 20_000,
    # deep
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ " + "-" * 5_000 + "1 }}",
    "{% if 1 %}" * 200 + "x" + "{% endif %}" * 200,
    "{{ " + "[" * 900 + "]" * 900 + " }}",
    "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "{% for m in messages recursive %}{{ loop(messages) }}{% endfor %}",
    # prying
    "{{ messages.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.system('true') }}",
    "{% include '/etc/passwd' %}",
    "{{ ''.format.__self__ }}{{ '{0.__class__}'.format(messages) }}",
    # wrong
    "",
    " ",
    "{{",
    "{% break %}",
    "{% for %}",
    "{{ nothing() }}",
    "{{ 1 / 0 }}",
    "{{ messages[7].content }}",
    "{{ raise_exception('no\nand\n' * 999) }}",
    "{{ raise_exception(messages) }}",
    "{{ raise_exception() }}",
    "{{ strftime_now('%' * 99999) }}{{ strftime_now('\\0') }}",
    "{% for m in messages %}{{ m.role }}{% endfor %}",
    "{{ bos_token * 999 }}{{ messages }}",
    "\0{{ messages[0].content }}",
    "{% generation %}{% endgeneration %}{{ messages[0].content.encode('utf-9') }}",
    "{{ messages[0].content.join(messages) }}",
    "{{ (messages|first).content | round | wordwrap(0) }}",
)
