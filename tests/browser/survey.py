"""Look at a page as people have it: wide and light, wide and dark, on a phone."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import WIDE

PHONE = {"width": 320, "height": 640}

MAY_SCROLL = ".table-wrap, .chart-scroll, .chips, .tabs"
"""Tables, the charts that are tables of hours or legs, and the rows of chips and tabs."""

SIDEWAYS = """
(mayScroll) => {
  const name = (element) => `${element.tagName.toLowerCase()}.${[...element.classList].join(".")}`;
  const wide = (element) => element.scrollWidth > element.clientWidth + 1;
  const style = (element) => getComputedStyle(element);
  const scrolls = (element) => ["auto", "scroll"].includes(style(element).overflowX) && wide(element);
  const sticksOut = (element) => element.getBoundingClientRect().right > innerWidth + 1
    && !element.closest(mayScroll) && element.checkVisibility();
  const all = [...document.body.querySelectorAll("*:not(svg *, option)")];
  return [
    ...(wide(document.documentElement) ? ["the page scrolls"] : []),
    ...all.filter((element) => scrolls(element) && !element.matches(mayScroll)).map(name),
    ...all.filter(sticksOut).map((element) => `${name(element)} sticks out`),
  ];
}
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """What axe found in each look, and what scrolls sideways on a phone that should not."""

    light: list[str]
    dark: list[str]
    phone: list[str]
    sideways: list[str]

    @property
    def findings(self) -> dict[str, list[str]]:
        """What axe found, by look."""
        found = {"light": self.light, "dark": self.dark, "phone": self.phone}
        return {look: lines for look, lines in found.items() if lines}


def survey(page: Page) -> Survey:
    """Look at ``page`` as it is now; leaves it wide and light."""
    light = axe.findings(page)
    page.emulate_media(color_scheme="dark")
    dark = axe.findings(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    phone, sideways = axe.findings(page), page.evaluate(SIDEWAYS, MAY_SCROLL)
    page.set_viewport_size(WIDE)
    return Survey(light, dark, phone, sideways)
