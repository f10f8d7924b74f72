"""The secrets that the chart makes once."""

import base64
import re

import pytest

from cellhub.security.crypto import SecretBox
from tests.charts.matrix import MATRIX
from tests.fixtures.chart import render


def opened(secret: dict) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def test_the_key_is_one_that_encrypts():
    key = opened(render().one("Secret", "cellhub-encryption"))["secret-key"]
    box = SecretBox(key.encode())
    assert box.open(box.seal("of a trunk")) == "of a trunk"


@pytest.mark.parametrize(
    ("values", "host"),
    [(MATRIX["to try it out"], "cellhub-postgres"), (MATRIX["production"], "cellhub-postgres-rw")],
)
def test_each_login_has_an_address_of_its_own(values, host):
    secret = opened(render(values).one("Secret", "cellhub-database"))
    passwords = set()
    for key, login, database in (
        ("admin", "postgres", "postgres"),
        ("owner", "cellhub_owner", "cellhub"),
        ("portal", "cellhub_portal", "cellhub"),
        ("agent", "cellhub_agent", "cellhub"),
    ):
        address = rf"postgresql\+psycopg2://{login}:([A-Za-z0-9]{{32}})@{host}\.voice\.svc:5432/{database}"
        passwords.add(re.fullmatch(address, secret[key])[1])
    assert len(passwords) == 4
    assert (secret["username"], secret["password"] in passwords) == ("postgres", True)


def test_who_brings_secrets_gets_none():
    own = {"encryption": {"existingSecret": "key"}, "superadmin": {"email": ""}}
    rendered = render(MATRIX["database elsewhere"] | own)
    assert rendered.of("Secret") == []


def test_the_portal_never_sees_the_administrators_address():
    seen = {
        name: {
            variable["valueFrom"]["secretKeyRef"]["key"]
            for variable in container["env"]
            if "secretKeyRef" in variable.get("valueFrom", {})
        }
        for name, container in render().containers()
    }
    assert {name for name, keys in seen.items() if "admin" in keys} == {
        "cellhub-operator/operator",
        "cellhub-migration-1/migration",
    }
    assert seen["cellhub-portal/portal"] == seen["cellhub-worker/worker"] == {"portal"}
