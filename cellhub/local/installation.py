"""One installation: a home folder, its ports, and what is derived from both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellhub.db.elsewhere import bring_tables
from cellhub.db.roles import PORTAL, Login, agent_login, bind_agent_login, ensure_database, switch_login
from cellhub.db.scope import DatabaseRole
from cellhub.environment import PREFIX
from cellhub.local.database import PostgresServer
from cellhub.local.problem import Problem
from cellhub.local.secrets import SecretStore
from cellhub.local.settings import LocalSettings

DATABASE = "cellhub"


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything below ``settings.home``; two of them with different ports run side by side."""

    settings: LocalSettings

    @property
    def home(self) -> Path:
        """The folder of this installation."""
        return self.settings.home.resolve()

    @property
    def logs(self) -> Path:
        """One log file for each part."""
        return self.home / "log"

    @property
    def run_folder(self) -> Path:
        """Sockets and the process manager's configuration, closed to others."""
        return self.home / "run"

    @property
    def manager_socket(self) -> Path:
        """The process manager's Unix socket."""
        return self.run_folder / "supervisor.sock"

    @property
    def switch_config(self) -> Path:
        """The rendered Asterisk files."""
        return self.settings.switch_config or self.home / "switch" / "etc"

    @property
    def switch_spool(self) -> Path:
        """The folder of leg evidence."""
        return self.settings.switch_spool or self.home / "switch" / "spool"

    @property
    def agent_spool(self) -> Path:
        """What the agent could not write to the database yet."""
        return self.settings.agent_spool or self.home / "agent"

    @property
    def log_ins_file(self) -> Path:
        """The demo's log-ins, for its owner's eyes."""
        return self.home / "demo-logins.txt"

    @property
    def secrets(self) -> SecretStore:
        """The generated secrets."""
        return SecretStore(self.home / "secrets")

    @property
    def logins(self) -> tuple[Login, ...]:
        """The database logins of the processes."""
        return (PORTAL, agent_login(self.settings.tenant), switch_login(self.settings.tenant))

    def prepare(self) -> None:
        """Make the folders; whatever the umask is, the database's account may pass through the home.

        Raises:
            Problem: the home cannot be written in.
        """
        try:
            self._make_folders()
        except OSError as error:
            raise Problem(
                f"{PREFIX}HOME: cannot write in {self.home}: {error.strerror}. "
                "Start CellHub as the folder's owner, or choose another folder."
            ) from error

    def _make_folders(self) -> None:
        if not self.home.exists():
            self.home.mkdir(parents=True)
            self.home.chmod(0o711)
        for folder in (self.logs, self.run_folder, self.agent_spool):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)

    def postgres(self) -> PostgresServer:
        """Return the database server, its cluster made."""
        self.prepare()
        return PostgresServer.at(self.home / "postgres", self.settings.database_port)

    def create_database(self, server: PostgresServer, name: str = DATABASE) -> None:
        """Make the logins and the database ``name`` on the running ``server``, as far as they are missing."""
        owners = (DatabaseRole.OWNER.value, *(login.name for login in self.logins))
        passwords = {owner: self.database_password(owner) for owner in owners}
        ensure_database(server.superuser_url(), name, passwords, self.logins)
        server.close_database(name)

    def bind_agent(self, tenant_id: int) -> None:
        """Let the agent's login see the tenant of this id, which is ours, and no other."""
        bind_agent_login(self.postgres().superuser_url(), self.settings.tenant, tenant_id)

    def migrate(self, name: str = DATABASE) -> bool:
        """Bring the tables of the database ``name`` to this release; False if they were newer.

        An update that went back leaves newer tables, which serve this release too.
        """
        return bring_tables(self.database_url(DatabaseRole.OWNER, name))

    def database_password(self, login: str) -> str:
        """Return the generated password of the database login ``login``."""
        return self.secrets.password(f"database-{login}")

    def database_url(self, login: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of the database for ``login``."""
        return PostgresServer.url(self.settings.database_port, login, self.database_password(login), database)

    def environment(self, login: str, database: str = DATABASE) -> dict[str, str]:
        """Return the ``CELLHUB_`` variables of a process that logs in to the database as ``login``."""
        values = self.settings.model_dump(exclude_none=True) | {
            "home": self.home,
            "database_url": self.database_url(login, database),
            "secret_key_file": self.secrets.key_file("secret-key"),
            "ami_secret_file": self.ami_secret_file,
            "switch_config": self.switch_config,
            "switch_spool": self.switch_spool,
            "agent_spool": self.agent_spool,
        }
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}

    @property
    def ami_secret_file(self) -> Path:
        """The secret with which the agent logs in to Asterisk."""
        self.secrets.password("ami-secret")
        return self.secrets.folder / "ami-secret"
