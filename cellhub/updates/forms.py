"""The forms of a new update: a signed release, whom it is for, and how it is brought."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from io import BufferedIOBase
from typing import Any, cast

from wtforms import BooleanField, FileField, Form, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Regexp, ValidationError

from cellhub.accounts.forms import stripped
from cellhub.updates.keeping import Archive, Wish
from cellhub.web.forms import WholeField

LARGEST = 64 * 1024
"""Bytes of a manifest or a signature; a release's has about one thousand."""

MOST_MINUTES = 9_999
MOST_SECONDS = 3_600
# A form's check matches from the start only, so this pattern says where the end is.
_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9._/:-]{0,400}\Z")
_WRONG = "Write the image's address without tag and digest, such as registry.example/cellhub."


class ReleaseForm(Form):
    """A signed release, and how careful its update is to be."""

    manifest = FileField("Manifest", description="The file manifest.json of the release.")
    signature = FileField("Signature", description="The file manifest.json.sig beside it.")
    backup = BooleanField(
        "Back up first", default=True, description="Saves the database before anything changes."
    )
    canary = BooleanField(
        "Canary", default=True, description="One part proves the release before the others follow."
    )
    canary_seconds = WholeField(
        "Canary proves itself for",
        minimum=1,
        maximum=MOST_SECONDS,
        default=60,
        description="Until then nothing else is replaced.",
    )
    allow_rollback = BooleanField(
        "Go back by itself", default=True, description="To the former release, when a step fails."
    )

    def validate_manifest(self, field: FileField) -> None:
        """Need a file of text."""
        field.data = _read(field.data, "the manifest")

    def validate_signature(self, field: FileField) -> None:
        """Need the text of a signature."""
        field.data = _read(field.data, "the signature").strip()

    def wish(self) -> Wish:
        """What a person decided."""
        return Wish(
            document=self.manifest.data.encode(),
            signature=self.signature.data,
            backup=self.backup.data,
            canary=self.canary.data,
            canary_seconds=self.canary_seconds.data or 0,
            allow_rollback=self.allow_rollback.data,
        )


class MachineUpdateForm(ReleaseForm):
    """What is wanted of an update of one machine."""

    archive = FileField("Archive", description="The file of the release that its manifest names.")

    def validate_archive(self, field: FileField) -> None:
        """Need a file; whose it is, its digest tells."""
        _file_of(field.data, "the archive")

    def wish(self) -> Wish:
        """What a person decided."""
        upload = self.archive.data
        return replace(super().wish(), archive=Archive(_file_of(upload, "the archive"), upload.filename))


class ClusterUpdateForm(ReleaseForm):
    """What is wanted of an update of tenants in a cluster, and where its images are."""

    namespace = SelectField("Namespace", description="Where its resource and its tenants are.")
    tenants = SelectMultipleField("Tenants", description="Whose softswitches get the release.")
    repository = StringField("CellHub", [Regexp(_REPOSITORY, message=_WRONG)], filters=[stripped])
    softswitch_repository = StringField("Asterisk", [Regexp(_REPOSITORY, message=_WRONG)], filters=[stripped])
    gateway_repository = StringField("Janus", [Regexp(_REPOSITORY, message=_WRONG)], filters=[stripped])
    drain_minutes = WholeField(
        "Calls may go on for",
        minimum=1,
        maximum=MOST_MINUTES,
        default=30,
        description="In a softswitch that is to be replaced.",
    )

    def __init__(
        self, *args: Any, namespaces: Collection[str], tenants: Collection[str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.namespace.choices = [SelectChoice(one, one) for one in namespaces]
        self.tenants.choices = [SelectChoice(one, one) for one in tenants]

    def validate_tenants(self, field: SelectMultipleField) -> None:
        """Need one tenant at least."""
        if not field.data:
            raise ValidationError("Choose one tenant or more.")

    def wish(self) -> Wish:
        """What a person decided."""
        return replace(
            super().wish(),
            tenants=tuple(self.tenants.data),
            repositories=(
                self.repository.data,
                self.softswitch_repository.data,
                self.gateway_repository.data,
            ),
            drain_minutes=self.drain_minutes.data or 0,
        )


def _file_of(upload: Any, what: str) -> BufferedIOBase:
    """The content of an upload, at its beginning: an attempt before this one may have read it."""
    file = getattr(upload, "file", None)
    if file is None:
        raise ValidationError(f"Choose the file of {what}.")
    file.seek(0)
    return cast(BufferedIOBase, file)


def _read(upload: Any, what: str) -> str:
    """The text of an upload, its bytes as they are."""
    content = _file_of(upload, what).read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValidationError(f"This is no file of {what}: it has more than {LARGEST // 1024} kB.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValidationError(f"This is no file of {what}: it is no text.") from None
