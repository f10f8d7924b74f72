"""Generated secrets of SIP users."""

import re

from cellhub.security import sip_secrets


def test_a_secret_has_four_groups_of_letters_that_nobody_confuses():
    secret = sip_secrets.generate()
    assert re.fullmatch(r"([a-zA-Z2-9]{5}-){3}[a-zA-Z2-9]{5}", secret)
    assert not set(secret) & set("0O1lI")


def test_no_two_secrets_are_alike():
    assert len({sip_secrets.generate() for _ in range(100)}) == 100
