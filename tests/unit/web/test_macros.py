"""The macros draw what the pages rely on, seen as markup; how it looks is seen in a browser."""

from types import SimpleNamespace

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from wtforms import Form, StringField, validators

from cellhub.web.environment import equip
from cellhub.web.style import style_page


@pytest.fixture(scope="module")
def jinja():
    environment = Environment(loader=PackageLoader("cellhub.web"), autoescape=True, undefined=StrictUndefined)
    equip(environment)
    environment.globals["icon"] = lambda name, label="", classes="": Markup(f"[{name}]")
    return environment


def draw(jinja, source, **context):
    return " ".join(jinja.from_string(source).render(**context).split())


USERS = {"title": "Users", "href": "/users", "current": True}
FRAME = {
    "menu": [{"title": "Clients", "icon": "users", "current": True, "items": [USERS]}],
    "identity": {"name": "Northwind <b>", "role": "ADMIN", "initials": "DK"},
    "clock": "Europe/Istanbul",
    "live_url": "http://127.0.0.1:8081/events",
    "theme": "dark",
    "csrf_token": "token",
    "asset": lambda name: f"/static/{name}",
}


def test_the_style_page_draws_every_component(jinja):
    page = jinja.get_template("style.jinja2").render(**FRAME, **style_page())
    assert "Component sheet" in page
    assert 'data-bs-theme="dark"' in page


def test_no_page_carries_inline_style_or_script(jinja):
    page = jinja.get_template("style.jinja2").render(**FRAME, **style_page())
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<style" not in page


def test_the_frame_escapes_names_and_opens_the_current_group(jinja):
    page = jinja.get_template("layout.jinja2").render(**FRAME)
    assert "Northwind &lt;b&gt;" in page
    assert '<details class="nav-group" open>' in page
    assert 'aria-current="page">Users' in page


def test_a_state_is_drawn_as_icon_word_and_colour(jinja):
    source = "{% from 'macros/state.jinja2' import state %}{{ state('call', 'BUSY') }}"
    assert draw(jinja, source) == '<span class="state warn">[phone-pause]Busy</span>'


class AmountForm(Form):
    amount = StringField("Amount", [validators.Regexp(r"^\d+$", message="Write digits only.")])


@pytest.fixture
def wrong_form():
    form = AmountForm(data={"amount": '1"5'})
    form.validate()
    return form


def test_a_field_in_error_says_so_and_keeps_what_was_typed(jinja, wrong_form):
    drawn = draw(
        jinja,
        "{% from 'macros/form.jinja2' import field %}{{ field(form.amount, before='USD') }}",
        form=wrong_form,
    )
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="amount-error"' in drawn
    assert 'value="1&#34;5"' in drawn
    assert "[alert-circle] Write digits only." in drawn


def test_the_note_on_top_links_to_the_field(jinja, wrong_form):
    drawn = draw(
        jinja, "{% from 'macros/form.jinja2' import error_note %}{{ error_note(form) }}", form=wrong_form
    )
    assert '<b>One field needs a change:</b> <a href="#amount">Amount</a>.' in drawn


def test_a_form_without_errors_has_no_note(jinja):
    assert (
        draw(
            jinja,
            "{% from 'macros/form.jinja2' import error_note %}{{ error_note(form) }}",
            form=AmountForm(),
        )
        == ""
    )


LIST = """
{%- from 'macros/table.jinja2' import list_table -%}
{%- call(row) list_table('cdr', columns, rows, totals=totals, select=select, nothing='Nothing here') -%}
  <td>{{ row.name }}</td><td class="num">{{ row.cost }}</td>
{%- endcall -%}
"""
COLUMNS = [{"key": "name", "title": "Name"}, {"key": "cost", "title": "Cost $", "num": True}]
SELECT = {
    "action": "/cdr/delete",
    "csrf_token": "token",
    "noun": "call",
    "deed": "Delete Selected",
    "sums": [{"name": "cost", "kind": "money", "of": "cost"}],
}


def test_rows_keep_an_id_and_carry_what_the_selection_sums(jinja):
    rows = [SimpleNamespace(id=7, name="<pera>", cost="0.0284")]
    drawn = draw(jinja, LIST, columns=COLUMNS, rows=rows, totals={"cost": "0.0284"}, select=SELECT)
    assert '<tr id="cdr-7"' in drawn
    assert "&lt;pera&gt;" in drawn
    assert 'value="7" id="cdr-pick-7"' in drawn
    assert 'data-cost="0.0284"' in drawn
    assert '<td class="num">0.0284</td>' in drawn


def test_an_empty_list_says_what_the_page_has_to_say(jinja):
    drawn = draw(jinja, LIST, columns=COLUMNS, rows=[], totals=None, select=None)
    assert "Nothing here" in drawn
    assert "<table" not in drawn
