"""From whose pages a stream may be opened."""

import pytest
from starlette.datastructures import URL

from cellhub.live.origins import Origins

PLAIN = Origins("http", 8080)
SECURE = Origins("https", 443)


@pytest.mark.parametrize(
    ("origins", "origin", "address", "allowed"),
    [
        (PLAIN, None, "http://box:8081/events", True),
        (PLAIN, "http://box:8080", "http://box:8081/events", True),
        (PLAIN, "http://[::1]:8080", "http://[::1]:8081/events", True),
        (PLAIN, "http://box:8081", "http://box:8081/events", True),
        (PLAIN, "http://box:9999", "http://box:8081/events", False),
        (PLAIN, "http://evil:8080", "http://box:8081/events", False),
        (PLAIN, "https://box:8080", "http://box:8081/events", False),
        (PLAIN, "null", "http://box:8081/events", False),
        (PLAIN, "http://box:8080.evil", "http://box:8081/events", False),
        (SECURE, "https://voice.example", "http://voice.example/events", True),
        (SECURE, "http://voice.example", "http://voice.example/events", False),
    ],
)
def test_only_the_portals_own_pages_may_listen(origins, origin, address, allowed):
    assert origins.allows(origin, URL(address)) is allowed


def test_the_answer_is_readable_for_that_origin_alone():
    headers = PLAIN.headers("http://box:8080")
    assert headers["Access-Control-Allow-Origin"] == "http://box:8080"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in PLAIN.headers(None)
