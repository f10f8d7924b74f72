"""The operator's settings fail at start, each by its name."""

import pytest
from cellhub_operator.settings import OperatorSettings

from cellhub.environment import SettingsError, read
from tests.factories.resources import AGENT_URL, RELEASE

NEEDED = {
    "DATABASE_URL": "postgresql+psycopg2://cellhub_portal:x@database/cellhub",
    "DATABASE_ADMIN_URL": "postgresql+psycopg2://admin:x@database/cellhub",
    "AGENT_DATABASE_URL": AGENT_URL,
    "SECRET_KEY_FILE": "/etc/cellhub/secret-key",
    "ASTERISK_IMAGE": RELEASE.asterisk_image,
    "AGENT_IMAGE": RELEASE.agent_image,
}


@pytest.fixture
def environment(monkeypatch):
    def put(**values):
        for name, value in (NEEDED | values).items():
            if value is None:
                monkeypatch.delenv(f"CELLHUB_{name}", raising=False)
            else:
                monkeypatch.setenv(f"CELLHUB_{name}", value)

    return put


def test_they_become_a_release_and_the_namespaces_that_are_watched(environment):
    environment(
        VERSION="1.4.2", JANUS_IMAGE=RELEASE.janus_image, POD_NETWORKS="10.244.0.0/16", NAMESPACES="a,b"
    )
    settings = read(OperatorSettings)
    assert settings.release == RELEASE
    assert settings.watched == ("a", "b")
    assert (settings.database.host, settings.database.database) == ("database.cell", "cellhub")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ASTERISK_IMAGE", None, "CELLHUB_ASTERISK_IMAGE: is missing (image of the softswitch)."),
        (
            "DATABASE_ADMIN_URL",
            "postgresql://x",
            "CELLHUB_DATABASE_ADMIN_URL: start it with postgresql+psycopg2://",
        ),
        ("NAMESPACES", "a, b", "CELLHUB_NAMESPACES: String should match pattern"),
        ("SPOOL_STORAGE", "1 GB", "CELLHUB_SPOOL_STORAGE: String should match pattern"),
        ("RESYNC_SECONDS", "600", "CELLHUB_RESYNC_SECONDS: Input should be less than or equal to 60"),
    ],
)
def test_a_wrong_one_is_named(environment, name, value, sentence):
    environment(**{name: value})
    with pytest.raises(SettingsError) as wrong:
        read(OperatorSettings)
    assert sentence in str(wrong.value)
