"""What can be set, once, typed, with its default and its sentence.

Every setting is an environment variable ``CELLHUB_<NAME>``. :func:`load` reads all of
them at start and reports every wrong one together, by its variable's name, so that a
process never dies half-way on the second mistake.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CELLHUB_"
ALIKE = 0.9
"""How much of a name must agree, 0 to 1, to call it a slip of the pen."""

Port = int


class SettingsError(Exception):
    """One or more settings are missing or wrong; the text names each and what would be right."""


class Settings(BaseSettings):
    """The settings of every process; a process reads those it needs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)
    knows_all: ClassVar[bool] = False
    """Whether these are all settings that there are, so that any other is misspelt."""

    home: Path = Field(Path("var"), description="folder of data, logs, secrets and sockets")
    database_url: SecretStr = Field(description="PostgreSQL of this process, as its own login")
    secret_key_file: Path = Field(description="file with the key that encrypts trunk and mail secrets")
    broker_url: SecretStr | None = Field(None, description="Dramatiq broker; empty: the database itself")

    listen_host: str = Field("127.0.0.1", description="address on which portal and live listen")
    portal_port: Port = Field(8080, ge=1, le=65535, description="port of the portal")
    live_port: Port = Field(8081, ge=1, le=65535, description="port of the live process")
    live_url: str | None = Field(
        None, description="where browsers reach the live process; empty: the portal's host at live_port"
    )
    metrics_port: Port | None = Field(
        None, ge=1, le=65535, description="port at which this process shows its metrics; empty: none"
    )
    secure_cookies: bool = Field(False, description="true behind HTTPS: cookies are sent over TLS only")
    session_hours: int = Field(12, ge=1, le=24 * 31, description="hours until a log-in ends by itself")
    trusted_proxy: str | None = Field(None, description="address of the reverse proxy whose headers count")

    release_key: str = Field(
        "", description="Ed25519 public key, in base64, that signs releases; empty: no update is believed"
    )
    resources: Literal["database", "cluster"] = Field(
        "database",
        description="where the portal writes tenants, trunks and updates: the database, or its own cluster",
    )
    namespaces: str = Field(
        "",
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(,|$))*$",
        description="namespaces of the cluster whose Tenants and Updates the portal shows, with commas",
    )

    image_repositories: str = Field(
        "cellhub,cellhub-asterisk,cellhub-janus",
        description="repositories of the images of CellHub, Asterisk and Janus, offered for updates",
    )

    tenant: str = Field(
        "demo",
        pattern=r"^[a-z0-9][a-z0-9-]{0,40}$",
        description="slug of the tenant whose softswitch this is: small letters, digits and hyphens",
    )
    pod: str = Field("pod-1", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name of this softswitch")
    sip_host: str = Field("127.0.0.1", description="address on which the softswitch speaks SIP and RTP")
    sip_port: Port = Field(5060, ge=1, le=65535, description="SIP port, UDP and TCP")
    rtp_first: Port = Field(10000, ge=1024, le=65534, description="first RTP port")
    rtp_last: Port = Field(10999, ge=1025, le=65535, description="last RTP port")
    agi_port: Port = Field(4573, ge=1, le=65535, description="FastAGI port of the agent, on loopback")
    ami_port: Port = Field(5038, ge=1, le=65535, description="AMI port of Asterisk, on loopback")
    ami_secret_file: Path | None = Field(None, description="file with the AMI secret")
    common_config: Path | None = Field(
        None, description="folder of the files that all pods of a tenant share; for pods of Kubernetes"
    )
    health_port: Port | None = Field(
        None, ge=1, le=65535, description="port of the agent's probes, in a pod of Kubernetes; empty: none"
    )
    switch_config: Path | None = Field(None, description="folder of the rendered Asterisk files")
    switch_spool: Path | None = Field(None, description="folder into which Asterisk writes leg evidence")
    agent_spool: Path | None = Field(None, description="folder of what the agent could not write yet")

    @field_validator("database_url")
    @classmethod
    def _psycopg2_only(cls, value: SecretStr) -> SecretStr:
        # SQLAlchemy 2.1 reads plain postgresql:// as psycopg 3.
        if not value.get_secret_value().startswith("postgresql+psycopg2://"):
            raise ValueError("start it with postgresql+psycopg2://")
        return value


AnySettings = TypeVar("AnySettings", bound=Settings)


@lru_cache(maxsize=1)
def load() -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsError: names every wrong or missing variable.
    """
    return read(Settings)


def read(kind: type[AnySettings]) -> AnySettings:
    """Read the settings that ``kind`` declares; :func:`load` without its memory."""
    wrong = _misspelt(kind) if kind.knows_all else []
    try:
        settings = kind()  # type: ignore[call-arg]  # the environment fills it
    except ValidationError as error:
        wrong += _sentences(kind, error)
    if wrong:
        raise SettingsError("Wrong settings:\n" + "\n".join(f"  {line}" for line in wrong))
    return settings


def _misspelt(kind: type[Settings]) -> list[str]:
    """Name the variables that are no setting but nearly one; others may be somebody else's."""
    known = {f"{PREFIX}{name.upper()}" for name in kind.model_fields}
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    meant = {name: get_close_matches(name, known, n=1, cutoff=ALIKE) for name in strange}
    return [f"{name}: no such setting; did you mean {near[0]}?" for name, near in meant.items() if near]


def _sentences(kind: type[Settings], error: ValidationError) -> list[str]:
    return [
        _sentence(kind, str(problem["loc"][0]), problem["msg"], problem["type"]) for problem in error.errors()
    ]


def _sentence(kind: type[Settings], name: str, message: str, problem: str) -> str:
    """Name the variable and its purpose; never its value, which may be a secret."""
    purpose = kind.model_fields[name].description
    what = "is missing" if problem == "missing" else message.removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}: {what} ({purpose})."
