"""From whose pages a stream may be opened."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import URL

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origins:
    """The portal's own pages: on the same host at the portal's port, or at this very address.

    The second is how it looks behind a proxy that serves portal and live together.
    """

    scheme: str
    portal_port: int

    def allows(self, origin: str | None, url: URL) -> bool:
        """Tell whether pages of ``origin`` may read the answer; no origin is no page of others."""
        return origin is None or origin in self._own(url)

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return what lets a page of the allowed ``origin`` read the answer."""
        headers = {"Vary": "Origin", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if origin is not None:
            headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
        return headers

    def _own(self, url: URL) -> tuple[str, str]:
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        port = "" if DEFAULT_PORTS[self.scheme] == self.portal_port else f":{self.portal_port}"
        return f"{self.scheme}://{host}{port}", f"{self.scheme}://{url.netloc}"
