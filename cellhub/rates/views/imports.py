"""Import a file into a deck: upload, look at what it changes, publish or discard."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.audit import Actor
from cellhub.rates.changes import CHANGING, Change, ChangeKind, Changes
from cellhub.rates.forms import PublishForm, UploadForm
from cellhub.rates.importing import COLUMNS, LARGEST_FILE, FileError, by_reason, parse, read_text
from cellhub.rates.resources import Deck, WaitingFile
from cellhub.rates.services import imports
from cellhub.rates.views.answers import refuse
from cellhub.security.roles import Permission
from cellhub.web.lists import csv_response

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.rates:templates"
LONGEST_FILENAME = 120
ROWS_SHOWN = 200
FAULTS_SHOWN = 20
DIFF_HEADER = (
    "change",
    "prefix",
    "destination",
    "old_rate",
    "new_rate",
    "old_connectcharge",
    "new_connectcharge",
)
VIEWS = {
    "changed": CHANGING,
    "dearer": (ChangeKind.DEARER,),
    "cheaper": (ChangeKind.CHEAPER,),
    "new": (ChangeKind.NEW,),
    "renamed": (ChangeKind.RENAMED,),
    "missing": (ChangeKind.MISSING,),
    "unchanged": (ChangeKind.UNCHANGED,),
}


@view_defaults(
    context=Deck, name="import", permission=Permission.RATE_DECKS_EDIT, renderer=f"{TEMPLATES}/upload.jinja2"
)
class Upload:
    """Take a file, check all of it, and show what came of it."""

    def __init__(self, context: Deck, request: Request) -> None:
        self.context, self.request = context, request
        self.deck = context.row
        self.form = UploadForm(request.POST or None)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "deck": self.deck, "columns": COLUMNS}

    @view_config(request_method="POST")
    def read(self) -> dict[str, Any] | Response:
        session, actor = self.request.dbsession, Actor.of(self.request.identity)
        try:
            name, content = self._uploaded()
            waiting = imports.keep(session, actor, self.deck, name, parse(read_text(content)))
        except FileError as error:
            self.form.file.errors = [str(error)]
            return self.ask() | refuse(self.request, self.form)
        return HTTPSeeOther(f"/rate-decks/{self.deck.id}/imports/{waiting.id}")

    def _uploaded(self) -> tuple[str, bytes]:
        """Name and content; never more in memory than a file may have."""
        upload = self.request.POST.get("file")
        if not hasattr(upload, "file"):
            raise FileError("Choose a CSV file.")
        name = PurePath(upload.filename.replace("\\", "/")).name
        shown = "".join(one for one in name if one.isprintable())[:LONGEST_FILENAME]
        upload.file.seek(0)  # an attempt before this one may have read it
        return shown or "file", upload.file.read(LARGEST_FILE + 1)


@view_defaults(context=WaitingFile, permission=Permission.RATE_DECKS_EDIT)
class Waiting:
    """A file that was read: its faults, or what it would change."""

    def __init__(self, context: WaitingFile, request: Request) -> None:
        self.context, self.request = context, request
        self.deck, self.waiting = context.deck, context.row
        self.here = f"/rate-decks/{self.deck.id}/imports/{self.waiting.id}"

    @view_config(request_method="GET", renderer=f"{TEMPLATES}/import.jinja2")
    def show(self) -> dict[str, Any]:
        page = {"deck": self.deck, "waiting": self.waiting, "here": self.here}
        if self.waiting.fault_count:
            groups = by_reason(imports.faults_of(self.waiting))
            return page | {"groups": groups, "shown": FAULTS_SHOWN, "changes": None}
        return page | self._changes()

    def _changes(self) -> dict[str, Any]:
        changes = imports.changes_of_file(self.request.dbsession, self.deck, self.waiting)
        view = self.request.GET.get("show", "changed")
        rows = changes.of(VIEWS.get(view, CHANGING))
        return {
            "changes": changes,
            "kinds": ChangeKind,
            "tabs": [(name, changes.count(*kinds)) for name, kinds in VIEWS.items()],
            "view": view if view in VIEWS else "changed",
            "rows": rows[:ROWS_SHOWN],
            "matching": len(rows),
            "form": PublishForm(),
        }

    @view_config(name="publish", request_method="POST")
    def publish(self) -> Response:
        if self.waiting.fault_count:
            return HTTPSeeOther(self.here)
        form = PublishForm(self.request.POST)
        imports.publish(
            self.request.dbsession,
            Actor.of(self.request.identity),
            self.deck,
            self.waiting,
            remove_missing=form.remove_missing.data,
        )
        return HTTPSeeOther(f"/rate-decks/{self.deck.id}")

    @view_config(name="discard", request_method="POST")
    def discard(self) -> Response:
        imports.discard(self.request.dbsession, self.waiting)
        return HTTPSeeOther(f"/rate-decks/{self.deck.id}")

    @view_config(name="faults.csv", request_method="GET")
    def faults(self) -> Response:
        rows = ([fault.line, fault.content, fault.reason] for fault in imports.faults_of(self.waiting))
        return csv_response(f"refused-rows-{self.waiting.id}.csv", ("line", "row", "reason"), rows)

    @view_config(name="changes.csv", request_method="GET")
    def changes(self) -> Response:
        changes = imports.changes_of_file(self.request.dbsession, self.deck, self.waiting)
        return csv_response(f"changes-{self.waiting.id}.csv", DIFF_HEADER, _diff_rows(changes))


def _diff_rows(changes: Changes) -> list[list[Any]]:
    return [_diff_row(change) for change in changes.of((*CHANGING, ChangeKind.MISSING))]


def _diff_row(change: Change) -> list[Any]:
    old, new = change.old, change.new
    return [
        change.kind.value,
        change.prefix,
        change.destination,
        old.rate if old else "",
        new.rate if new else "",
        old.connect_charge if old else "",
        new.connect_charge if new else "",
    ]
