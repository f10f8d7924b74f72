"""What the pages may rely on, wherever tenants are kept.

A test of it asks for the fixture ``keeping``: a :class:`~cellhub.tenants.keeping.TenantKeeping` of a
platform whose tenant ``north`` may be changed, and for ``key``, under which it is found.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import ChangedError, RefusedError
from cellhub.tenants.keeping import Policy, Word


class TenantKeepingContract:
    """Every implementation passes all of these."""

    def test_a_tenant_is_found_and_is_in_the_list_as_it_was_found(self, keeping, key):
        found = keeping.find(key)
        assert (found.key, found.slug, found.terms["name"]) == (key, "north", "North Telecom")
        assert [one for one in keeping.all() if one.key == key] == [found]

    def test_the_platform_itself_is_none(self, keeping):
        assert keeping.find("platform") is None
        assert "platform" not in [one.slug for one in keeping.all()]

    def test_what_is_no_key_is_not_found(self, keeping):
        for strange in ("nobody", "elsewhere.north", "..", "cell.", ".north", "cell.a/b"):
            assert keeping.find(strange) is None, strange

    def test_what_is_not_there_is_neither_changed_nor_ended(self, keeping, key):
        before = keeping.find(key)
        for strange in ("nobody", "elsewhere.north", "cell.north/../../secrets/x"):
            with pytest.raises(RefusedError):
                keeping.change(strange, {"max_calls": 7}, before.version)
            with pytest.raises(RefusedError):
                keeping.end(strange, Policy.DELETE)
        assert keeping.find(key) == before

    def test_a_change_is_found_and_is_another_version(self, keeping, key):
        before = keeping.find(key)
        keeping.change(key, {"name": "North & Sons", "max_calls": 30}, before.version)
        after = keeping.find(key)
        assert dict(after.terms) == dict(before.terms) | {"name": "North & Sons", "max_calls": 30}
        assert after.version != before.version

    def test_a_change_of_nothing_is_the_same_version(self, keeping, key):
        before = keeping.find(key)
        keeping.change(key, {"name": before.terms["name"]}, before.version)
        assert keeping.find(key).version == before.version

    def test_a_change_of_what_is_another_by_now_is_refused_and_says_what_it_is(self, keeping, key):
        seen = keeping.find(key).version
        keeping.change(key, {"max_calls": 30}, seen)
        with pytest.raises(ChangedError) as refused:
            keeping.change(key, {"max_calls": 40}, seen)
        assert ("max_calls", "It is 30 now.") in refused.value.each
        keeping.change(key, {"max_calls": 40}, refused.value.version)
        assert keeping.find(key).terms["max_calls"] == 40

    def test_a_suspended_tenant_says_so_until_it_works_again(self, keeping, key):
        keeping.change(key, {"suspended": True}, keeping.find(key).version)
        assert keeping.find(key).word == Word.SUSPENDED
        keeping.change(key, {"suspended": False}, keeping.find(key).version)
        assert keeping.find(key).word != Word.SUSPENDED

    def test_who_did_it_is_written_down(self, keeping, key, world):
        keeping.change(key, {"max_calls": 30}, keeping.find(key).version)
        query = select(AuditEntry).where(AuditEntry.object_kind == "tenant", AuditEntry.action == "change")
        said = world.see_everything().scalars(query).all()
        assert [(one.actor, one.changes) for one in said] == [("Ada", {"max_calls": [0, 30]})]
