"""Sign a release's manifest, and check that this installation would believe it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic_settings import BaseSettings, SettingsConfigDict

from cellhub.local.problem import Problem
from cellhub.updates.manifest import ManifestError, public_text, read, sign

SIGNATURE = ".sig"


class ReleaseSettings(BaseSettings):
    """Nothing but the key: who signs has no installation."""

    model_config = SettingsConfigDict(env_prefix="CELLHUB_", extra="ignore")

    release_key: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, action, files, purpose in (
        ("key", _make_key, ("key",), "write a new private key to a file, and print its public half"),
        ("sign", _sign, ("key", "manifest"), f"sign a manifest: MANIFEST{SIGNATURE} is written beside it"),
        ("check", _check, ("manifest",), "say whether CELLHUB_RELEASE_KEY has signed a manifest"),
    ):
        one = actions.add_parser(name, help=purpose, description=purpose)
        for file in files:
            one.add_argument(file, type=Path, metavar=file.upper())
        one.set_defaults(action=action)


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    try:
        arguments.action(arguments)
    except OSError as error:
        raise Problem(f"{error.filename}: {error.strerror}.") from error
    except ManifestError as error:
        raise Problem(str(error)) from error
    return 0


def _make_key(arguments: argparse.Namespace) -> None:
    key = Ed25519PrivateKey.generate()
    # Never over another one: what it has signed could not be signed again.
    file = os.open(arguments.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "wb") as output:
        output.write(key.private_bytes_raw())
    print(public_text(key))


def _sign(arguments: argparse.Namespace) -> None:
    key = _private_key(arguments.key)
    document = arguments.manifest.read_bytes()
    signature = sign(document, key)
    read(document, signature, public_text(key))  # what nobody could read is not signed
    _signature_of(arguments.manifest).write_text(signature + "\n", encoding="ascii")
    print(signature)


def _check(arguments: argparse.Namespace) -> None:
    signature = _signature_of(arguments.manifest).read_text(encoding="ascii", errors="replace")
    manifest = read(arguments.manifest.read_bytes(), signature, ReleaseSettings().release_key)
    print(f"{manifest.version} is believed. It follows {manifest.follows} and later.")


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except ValueError as error:
        raise Problem(f"{path} is no private key that 'cellhub release key' wrote.") from error


def _signature_of(manifest: Path) -> Path:
    return manifest.with_name(manifest.name + SIGNATURE)
