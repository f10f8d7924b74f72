"""What the style page shows: every component once, with invented figures that say so."""

from decimal import Decimal
from typing import Any

from wtforms import Form, IntegerField, SelectField, StringField
from wtforms.fields import BooleanField

from cellhub.web.charts import Point, bar_chart, line_chart
from cellhub.web.charts_calls import HeatRow, Lane, Message, Span, heat_chart, ladder, leg_chart
from cellhub.web.filters import duration, money
from cellhub.web.states import STATES

_DAYS = (780, 760, 720, 340, 290, 740, 770, 765, 775, 750, 345, 285, 770, 790, 795, 772, 745, 340, 286, 770)
_WEEK = (778, 776, 860, 836, 392, 330, 856, 866, 882)
_AT_ONCE = (
    66,
    71,
    62,
    44,
    50,
    53,
    39,
    63,
    66,
    49,
    59,
    61,
    58,
    61,
    58,
    66,
    57,
    62,
    59,
    55,
    67,
    55,
    60,
    74,
    66,
    55,
)
_ANSWERED = (56, 61, 55, 51, 53, 61, 62, 64, 63, 47, 63, 63, 62, 62, 61)
_ANSWERED_BEFORE = (
    57,
    55,
    55,
    58,
    65,
    62,
    58,
    63,
    64,
    64,
    64,
    63,
    65,
    62,
    61,
    58,
    58,
    58,
    57,
    56,
    56,
    56,
    54,
    52,
)
_OUTLIER = (0, 9)


class SampleForm(Form):
    """One field of each kind, the second in error."""

    max_calls = IntegerField("Max Calls", description="The account allows 10 at once.", default=2)
    rate = StringField("Rate", default="0,0240")
    codecs = StringField("Codecs", default="alaw,ulaw,g729")
    owner = SelectField("Owner", choices=["Pera Turizm", "Ege Klinik"])
    record = BooleanField("Record Calls", default=True)
    web_phone = BooleanField("Web Phone Enabled")
    keep = BooleanField("Keep me signed in for 7 days")


def sample_form() -> SampleForm:
    form = SampleForm()
    form.rate.errors = ["Write a point before the decimals: 0.0240."]
    return form


def _dollars(amount: Decimal) -> str:
    return money(amount, 0, "USD")


def _revenue() -> list[Point]:
    before = [Point(f"day {at}", value, kind="comparison") for at, value in enumerate(_DAYS, 1)]
    week = [Point(f"day {at}", value) for at, value in enumerate(_WEEK, len(_DAYS) + 1)]
    return [*before, *week, Point("Today", 553, "Today", "unfinished")]


def _charts() -> dict[str, Any]:
    concurrent = [
        Point(str(at), value, f"{at}:00" if at % 5 == 0 else "") for at, value in enumerate(_AT_ONCE)
    ]
    heads = [f"{hour:02}" if hour % 3 == 0 else "" for hour in range(24)]
    rows = [HeatRow("Thu", _ANSWERED), HeatRow("Wed", _ANSWERED_BEFORE)]
    return {
        "revenue": bar_chart(_revenue(), _dollars),
        "revenue_rows": [(point.label, _dollars(Decimal(point.value))) for point in _revenue()],
        "concurrent": line_chart(concurrent),
        "concurrent_rows": list(enumerate(_AT_ONCE)),
        "heat_geometry": heat_chart(rows, heads, _OUTLIER),
        "heat_rows": list(enumerate(_ANSWERED)),
        "leg_geometry": leg_chart(_LEGS, duration),
        "legs_rows": [
            (lane.name, f"{span.start:g} s", f"{span.end:g} s") for lane in _LEGS for span in lane.spans
        ],
        "ladder_geometry": ladder(("pera", "switch", "meridian"), _MESSAGES),
        "spark_values": _AT_ONCE,
    }


_LEGS = (
    Lane("pera-102", (Span(0, 12, "ring"), Span(12, 199, "talk", "talk 187 s"))),
    Lane("halyard-ist", (Span(0, 0.8, "fault", "503 Service Unavailable, 0.8 s"),)),
    Lane("meridian-ist", (Span(0.8, 12, "wait"), Span(12, 199, "talk", "200 OK, answered after 11.2 s"))),
)

_MESSAGES = (
    Message(0, 1, "INVITE"),
    Message(1, 2, "INVITE"),
    Message(2, 1, "180, 2.4 s"),
    Message(2, 1, "200, 11.0 s"),
    Message(1, 0, "200"),
    Message(2, 1, "BYE"),
)


def style_page() -> dict[str, Any]:
    """Give the style page's template what it draws."""
    return {"form": sample_form(), "states": STATES, **_charts()}
