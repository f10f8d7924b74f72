"""Photographs for people to look at, in ``var/pictures``: the style page, and what everybody sees first."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cellhub.security.roles import Role
from tests.browser.conftest import WIDE
from tests.browser.survey import PHONE

pytestmark = pytest.mark.browser

PICTURES = Path("var/pictures")
PAGES = {"style": "/style", "dashboard": "/", "cdr": "/cdr", "users": "/users", "trunks": "/trunks"}
SIZES = {"wide": WIDE, "phone": PHONE}
THEMES = ("light", "dark")
PNG_SIZE = struct.Struct(">II")


def photograph(page: Page, name: str) -> bytes:
    """Take the page from its top to its end."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height, as the picture's own header says."""
    return PNG_SIZE.unpack(picture[16:24])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_photographed_whole_in_every_look(name, browse):
    page = browse(Role.ADMIN)
    page.goto(PAGES[name])
    taken = {}
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            taken[size, theme] = photograph(page, f"{name}-{size}-{theme}")
        height = page.evaluate("document.documentElement.scrollHeight")
        assert size_of(taken[size, "light"]) == (viewport["width"], max(height, viewport["height"]))
    assert len(set(taken.values())) == len(SIZES) * len(THEMES)


def test_the_style_page_shows_every_component_at_some_size(browse):
    page = browse(Role.ADMIN)
    page.goto("/style")
    sections = page.locator("main section, main .panel")
    sizes = sections.evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert len(sizes) > 10
    assert min(sizes) > 0
