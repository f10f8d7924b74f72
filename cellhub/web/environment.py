"""What every template may use without asking: filters, icons, state words, chart geometry."""

from jinja2 import Environment

from cellhub.web import charts
from cellhub.web.filters import FILTERS, now
from cellhub.web.icons import icon
from cellhub.web.states import STATES, state_of


def equip(environment: Environment) -> None:
    """Give a Jinja environment what the macros need.

    Macros are imported without the page's context, so these have to be globals of the environment.
    """
    environment.filters.update(FILTERS)
    environment.globals.update(
        icon=icon,
        state_of=state_of,
        state_words=STATES,
        now=now,
        fill_width=charts.fill_width,
        spark_line=charts.spark_line,
    )
