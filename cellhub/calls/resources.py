"""Call records in the tree: ``/cdr/<call id>``."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Select

from cellhub.calls.models import Cdr
from cellhub.calls.services import shown
from cellhub.tree import Container

CALL_ID = re.compile(r"[0-9a-f]{32}")


class Cdrs(Container):
    """The records that nobody deleted."""

    name = "cdr"
    model = Cdr

    def query(self) -> Select[Any]:
        return super().query().where(shown(self.request.identity.scope))

    def by_key(self, key: str) -> ColumnElement[bool]:
        if not CALL_ID.fullmatch(key):
            raise KeyError(key)
        return Cdr.call_id == key

    def key_of(self, row: Cdr) -> str:
        return row.call_id
