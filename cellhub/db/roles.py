"""The database's roles: who owns, who may do what, who logs in.

Four roles carry rights: the owner migrates, the application is fenced by row-level
security, the charging path too but with few rights and quick policies, the platform sees
every tenant. Nobody logs in as the last three; a process logs in as a member, without
inheriting, and takes a role for one transaction by :func:`cellhub.db.scope.enter_scope`.
So a query outside a scope is refused.

Each tenant's agent has a login of its own. It is bound to its tenant by being a member of a role
that is nothing but that mark (:func:`tenant_mark`): ``cellhub_tenant()``, which all policies ask,
looks at that and not at the session's setting alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text

from cellhub.db.scope import DatabaseRole
from cellhub.db.server import administering, quoted

SWITCH_ROLE = "cellhub_switch"
"""What an Asterisk may read: the PJSIP views of its tenant, and its contacts."""

TENANT_MARK = "cellhub_tenant_"
OTHER_MARKS = r"""
SELECT mark.rolname FROM pg_auth_members JOIN pg_roles mark ON mark.oid = roleid
JOIN pg_roles login ON login.oid = member
WHERE login.rolname = :login AND mark.rolname LIKE 'cellhub\_tenant\_%' AND mark.rolname <> :mark
"""
LETS_IN = """
SELECT datname FROM pg_database CROSS JOIN aclexplode(datacl) JOIN pg_roles ON pg_roles.oid = grantee
WHERE rolname = :role ORDER BY datname
"""
OWN_LOGINS = r"SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname LIKE 'cellhub\_%' ORDER BY rolname"


@dataclass(frozen=True, slots=True)
class Login:
    """A login of a process and the roles it may take."""

    name: str
    roles: tuple[str, ...]
    inherits: bool = False
    search_path: str = ""


# The portal prices calls that are only imagined as the agent prices real ones.
PORTAL = Login("cellhub_portal", (DatabaseRole.APPLICATION, DatabaseRole.PLATFORM, DatabaseRole.CHARGING))
# What each tenant's agent may take. As a log-in of its own it is bound to no tenant: agents of before use it.
AGENT = Login("cellhub_agent", (DatabaseRole.APPLICATION, DatabaseRole.CHARGING))


def switch_login(tenant_slug: str) -> Login:
    """The login of one tenant's Asterisk, which cannot take a role by statement."""
    name = f"{SWITCH_ROLE}_{_word(tenant_slug)}"
    return Login(name, (SWITCH_ROLE,), inherits=True, search_path="switch")


def agent_login(tenant_slug: str) -> Login:
    """The login of one tenant's agents, which may what :data:`AGENT` may, of its tenant only."""
    return Login(f"{AGENT.name}_{_word(tenant_slug)}", (AGENT.name,), inherits=True)


def tenant_mark(tenant_id: int) -> str:
    """The role without rights that marks the logins bound to one tenant; migrations know its name too."""
    return f"{TENANT_MARK}{tenant_id}"


def ensure_database(
    admin_url: str, name: str, passwords: Mapping[str, str], logins: tuple[Login, ...]
) -> None:
    """Create roles, logins and the database ``name`` as far as they are missing.

    ``passwords`` maps the owner and each login to its password; they are set anew every
    time, so that a rotated secret file takes effect at the next start.
    """
    with _admin(admin_url) as connection:
        _ensure_role(connection, DatabaseRole.OWNER, passwords[DatabaseRole.OWNER])
        for role in (DatabaseRole.APPLICATION, DatabaseRole.CHARGING, DatabaseRole.PLATFORM, SWITCH_ROLE):
            _ensure_role(connection, role, None)
        if AGENT not in logins:
            _ensure_role(connection, AGENT.name, None)
            _grant(connection, AGENT)
        for login in logins:
            _ensure_role(connection, login.name, passwords[login.name])
            _grant(connection, login)
        _ensure_owned_database(connection, name)


def ensure_switch_login(admin_url: str, database: str, tenant_slug: str, password: str) -> None:
    """Give one tenant's Asterisk its login at ``database``; ``admin_url`` may lead to another one.

    The role's comment afterwards holds :func:`login_mark` of the password.
    """
    with _admin(admin_url) as connection:
        _ensure_login(connection, database, switch_login(tenant_slug), password)
        _leave_mark(connection, switch_login(tenant_slug), password)


def ensure_agent_login(
    admin_url: str, database: str, tenant_slug: str, tenant_id: int, password: str
) -> None:
    """Give one tenant's agents their login at ``database``, bound to that tenant and to no other."""
    login = agent_login(tenant_slug)
    with _admin(admin_url) as connection:
        _ensure_login(connection, database, login, password)
        _bind(connection, login, tenant_id)
        _leave_mark(connection, login, password)


def bind_agent_login(admin_url: str, tenant_slug: str, tenant_id: int) -> None:
    """Bind the login that one tenant's agents have already to that tenant and to no other."""
    with _admin(admin_url) as connection:
        _bind(connection, agent_login(tenant_slug), tenant_id)


def drop_switch_login(admin_url: str, tenant_slug: str) -> None:
    """Take one tenant's Asterisk its login; nothing happens where there is none."""
    with _admin(admin_url) as connection:
        _drop(connection, switch_login(tenant_slug).name)


def drop_agent_login(admin_url: str, tenant_slug: str, tenant_id: int) -> None:
    """Take one tenant's agents their login; nothing happens where there is none."""
    with _admin(admin_url) as connection:
        _drop(connection, agent_login(tenant_slug).name)
        _drop(connection, tenant_mark(tenant_id))


def mark_of_login(connection: Connection, tenant_slug: str) -> str:
    """Read the mark of the password that one tenant's Asterisk logs in with; empty without a login."""
    query = "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = :name"
    return connection.scalar(text(query), {"name": switch_login(tenant_slug).name}) or ""


def mark_of_agent(connection: Connection, tenant_slug: str, tenant_id: int) -> str:
    """Read that of one tenant's agents; empty without a login, or if it is not bound to the tenant."""
    query = """SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles
        WHERE rolname = :name AND pg_has_role(oid, to_regrole(:mark)::oid, 'MEMBER')"""
    values = {"name": agent_login(tenant_slug).name, "mark": tenant_mark(tenant_id)}
    return connection.scalar(text(query), values) or ""


def login_mark(password: str) -> str:
    """A mark by which a generated password is known again, and which tells nothing of it."""
    return hashlib.sha256(f"cellhub {password}".encode()).hexdigest()[:24]


@contextmanager
def _admin(url: str) -> Iterator[Connection]:
    """Connect as a login that may create others."""
    with administering(url) as connection:
        # A server that logs statements must not log passwords; only a superuser may tell it so.
        if connection.scalar(text("SELECT current_setting('is_superuser')")) == "on":
            connection.execute(text("SET log_statement = 'none'"))
        yield connection


def close_database(admin_url: str, name: str) -> None:
    """Let only its owner and our own logins connect to the database ``name``."""
    with administering(admin_url) as connection:
        database = quoted(connection, name)
        connection.execute(text(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"))
        for login in connection.scalars(text(OWN_LOGINS)).all():
            connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {quoted(connection, login)}"))


def _ensure_role(connection: Connection, name: str, password: str | None) -> None:
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    role = quoted(connection, name)
    if not known:
        connection.execute(text(f"CREATE ROLE {role}"))
    if password is None:
        connection.execute(text(f"ALTER ROLE {role} NOLOGIN"))
    else:
        literal = connection.scalar(text("SELECT quote_literal(:password)"), {"password": password})
        connection.exec_driver_sql(f"ALTER ROLE {role} LOGIN PASSWORD {literal}".replace("%", "%%"))


def _grant(connection: Connection, login: Login) -> None:
    member = quoted(connection, login.name)
    inherits = "TRUE" if login.inherits else "FALSE"
    for role in login.roles:
        granted = quoted(connection, role)
        connection.execute(text(f"GRANT {granted} TO {member} WITH INHERIT {inherits}, SET TRUE"))
    if login.search_path:
        connection.execute(text(f"ALTER ROLE {member} SET search_path = {login.search_path}"))


def _ensure_login(connection: Connection, database: str, login: Login, password: str) -> None:
    _ensure_role(connection, login.name, password)
    _grant(connection, login)
    may = text("SELECT has_database_privilege(:login, :database, 'CONNECT')")
    if not connection.scalar(may, {"login": login.name, "database": database}):
        place, name = quoted(connection, database), quoted(connection, login.name)
        connection.execute(text(f"GRANT CONNECT ON DATABASE {place} TO {name}"))


def _bind(connection: Connection, login: Login, tenant_id: int) -> None:
    mark, member = tenant_mark(tenant_id), quoted(connection, login.name)
    _ensure_role(connection, mark, None)
    for other in connection.scalars(text(OTHER_MARKS), {"login": login.name, "mark": mark}).all():
        connection.execute(text(f"REVOKE {quoted(connection, other)} FROM {member}"))
    # It gives no right, and nobody can take it: being a member is all that it is for.
    connection.execute(text(f"GRANT {quoted(connection, mark)} TO {member} WITH INHERIT FALSE, SET FALSE"))


def _leave_mark(connection: Connection, login: Login, password: str) -> None:
    """Done last: a mark means that all the rest of a login is done."""
    connection.execute(text(f"COMMENT ON ROLE {quoted(connection, login.name)} IS '{login_mark(password)}'"))


def _drop(connection: Connection, name: str) -> None:
    if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}):
        role = quoted(connection, name)
        # A copy beside ours, as one that was restored, lets it in too; it cannot be dropped while one does.
        for database in connection.scalars(text(LETS_IN), {"role": name}).all():
            connection.execute(text(f"REVOKE ALL ON DATABASE {quoted(connection, database)} FROM {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


def _ensure_owned_database(connection: Connection, name: str) -> None:
    owner = quoted(connection, DatabaseRole.OWNER)
    if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
        connection.execute(text(f"CREATE DATABASE {quoted(connection, name)} OWNER {owner}"))


def _word(tenant_slug: str) -> str:
    return tenant_slug.replace("-", "_")
