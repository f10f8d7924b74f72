"""A person without a mouse: Tab to what is wanted, see where the focus is, and press keys."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

MOST_STOPS = 150

HAS_FOCUS = "(element) => element === document.activeElement"
IS_SEEN = """
(element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const inside = box.top >= 0 && box.left >= 0 && box.top < innerHeight && box.left < innerWidth;
  return box.width > 0 && box.height > 0 && inside && ringed;
}
"""


class Keyboard:
    """The keyboard of ``page``."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, wanted: Locator) -> None:
        """Press Tab until ``wanted`` has the focus; it must then be seen to have it."""
        for _ in range(MOST_STOPS):
            self.press("Tab")
            if self.is_on(wanted):
                assert wanted.evaluate(IS_SEEN), f"nobody sees that {wanted} has the focus"
                return
        raise AssertionError(f"{MOST_STOPS} times Tab did not lead to {wanted}")

    def is_on(self, wanted: Locator) -> bool:
        """Tell whether ``wanted`` is there and has the focus."""
        return wanted.count() == 1 and bool(wanted.evaluate(HAS_FOCUS))

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type ``text``; in a select, choose what begins with it."""
        self.page.keyboard.type(text)

    def fill(self, label: str, text: str) -> None:
        """Go to the field with that label and type."""
        self.go_to(self.page.get_by_label(label, exact=True))
        self.type(text)

    def follow(self, link: str) -> None:
        """Go to a link and open it; it leads to another page."""
        self.go_to(self.page.get_by_role("link", name=link, exact=True))
        with self.page.expect_navigation():
            self.press("Enter")

    def push(self, button: str) -> None:
        """Go to a button and push it; it leads to another page."""
        self.go_to(self.page.get_by_role("button", name=button, exact=True))
        with self.page.expect_navigation():
            self.press("Enter")
