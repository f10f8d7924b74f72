"""What the pages may rely on, wherever trunks are kept.

A test of it asks for the fixture ``keeping``: a :class:`~cellhub.routes.keeping.TrunkKeeping` of a
tenant that has no trunk ``halyard``.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import ChangedError, RefusedError

PASSWORD = "s3cret-of-halyard"
TERMS = {
    "provider": "Halyard",
    "host": "198.51.100.31",
    "port": 5060,
    "transport": "tcp",
    "username": "",
    "register": False,
    "codecs": "alaw,g722",
    "max_channels": 30,
    "calls_per_second": 5,
    "strip_prefix": "+90",
    "add_prefix": "00",
    "caller_id": '"Pera Turizm" <902125550164>',
    "ring_seconds": 45,
    "priority": 7,
    "active": True,
}
DIGEST = TERMS | {"username": "cellhub", "register": True}


class TrunkKeepingContract:
    """Every implementation passes all of these."""

    def test_what_was_opened_is_found_as_it_was_decided(self, keeping):
        keeping.open("halyard", TERMS, "")
        found = keeping.find("halyard")
        assert (found.name, dict(found.terms), found.locked) == ("halyard", TERMS, "")

    def test_what_was_never_opened_is_not_found(self, keeping):
        assert keeping.find("halyard") is None

    def test_a_name_is_taken_once(self, keeping):
        keeping.open("halyard", TERMS, "")
        with pytest.raises(RefusedError) as refused:
            keeping.open("halyard", TERMS | {"port": 5070}, "")
        assert refused.value.field == "name"
        assert keeping.find("halyard").terms["port"] == 5060

    def test_a_change_is_found_and_is_another_version(self, keeping):
        keeping.open("halyard", TERMS, "")
        before = keeping.find("halyard")
        keeping.change("halyard", TERMS | {"port": 5070, "active": False}, "", before.version)
        after = keeping.find("halyard")
        assert dict(after.terms) == TERMS | {"port": 5070, "active": False}
        assert after.version != before.version

    def test_a_change_of_nothing_is_the_same_version(self, keeping):
        keeping.open("halyard", TERMS, "")
        before = keeping.find("halyard").version
        keeping.change("halyard", TERMS, "", before)
        assert keeping.find("halyard").version == before

    def test_a_change_of_what_is_another_by_now_is_refused_and_says_what_it_is(self, keeping):
        keeping.open("halyard", TERMS, "")
        seen = keeping.find("halyard").version
        keeping.change("halyard", TERMS | {"port": 5070}, "", seen)
        with pytest.raises(ChangedError) as refused:
            keeping.change("halyard", TERMS | {"port": 5080}, "", seen)
        assert ("port", "It is 5070 now.") in refused.value.each
        assert refused.value.version == keeping.find("halyard").version
        keeping.change("halyard", TERMS | {"port": 5080}, "", refused.value.version)
        assert keeping.find("halyard").terms["port"] == 5080

    def test_a_username_needs_a_password(self, keeping):
        with pytest.raises(RefusedError) as refused:
            keeping.open("halyard", DIGEST, "")
        assert refused.value.each == (("password", "Write the password that the provider gave you."),)
        assert keeping.find("halyard") is None

    def test_a_trunk_can_be_deleted_once_and_for_all(self, keeping):
        keeping.open("halyard", TERMS, "")
        assert keeping.why_kept("halyard") == ""
        keeping.delete("halyard")
        assert keeping.find("halyard") is None

    def test_who_did_it_is_written_down_and_the_password_is_not(self, keeping, session):
        keeping.open("halyard", DIGEST, PASSWORD)
        keeping.change("halyard", TERMS, "", keeping.find("halyard").version)
        keeping.delete("halyard")
        session.flush()
        own = select(AuditEntry).where(AuditEntry.object_name == "halyard").order_by(AuditEntry.id)
        rows = session.scalars(own).all()
        assert [(row.actor, row.action) for row in rows] == [
            ("Ada", "create"),
            ("Ada", "change"),
            ("Ada", "delete"),
        ]
        assert PASSWORD not in str([row.changes for row in rows])
