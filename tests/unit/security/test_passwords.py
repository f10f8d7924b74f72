"""Passwords of people."""

from cellhub.security.passwords import hash_password, needs_rehash, verify_password


def test_only_the_same_password_opens():
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert verify_password(stored, "correct horse battery")
    assert not verify_password(stored, "correct horse batterx")


def test_no_password_opens_a_log_in_that_does_not_exist():
    assert not verify_password(None, "anything")


def test_a_damaged_hash_opens_nothing():
    assert not verify_password("not a hash", "anything")


def test_a_fresh_hash_needs_no_other():
    assert not needs_rehash(hash_password("correct horse battery"))
