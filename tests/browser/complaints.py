"""What the browser says against a page: its console, uncaught errors, breaches of the policy."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError

TELL_BREACHES = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy ${event.effectiveDirective} refused ${event.blockedURI} of ${event.documentURI}`);
});
"""


class Complaints:
    """Collects them from browsers; a test says beforehand what it means to provoke."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._expected: list[str] = []

    def listen_to(self, context: BrowserContext) -> None:
        """Hear everything that is said in ``context`` from now on."""
        context.add_init_script(TELL_BREACHES)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)

    def expect(self, text: str) -> None:
        """Let the test provoke complaints that contain ``text``."""
        self._expected.append(text)

    def expect_status(self, status: int) -> None:
        """Let the test be refused with ``status``, which the console calls a resource that failed to load."""
        self.expect(f"the server responded with a status of {status} ")

    @property
    def unexpected(self) -> list[str]:
        """Everything else."""
        return [said for said in self.heard if not any(text in said for text in self._expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        self.heard.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _hear_error(self, error: WebError) -> None:
        self.heard.append(f"uncaught: {error.error}")
