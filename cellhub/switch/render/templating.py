"""Fill the templates, refusing whatever could become configuration by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cellhub.switch.digest import REALM
from cellhub.switch.pooler import POOLER_PORT
from cellhub.switch.render.config import SwitchConfig
from cellhub.switch.render.shapes import FORBIDDEN, ConfigError

SUFFIX = ".jinja2"
# E.164 has at most 15 digits; international prefixes and providers' access codes come before them.
DIALLED_LENGTHS = range(2, 21)
HEADER = "; Written by CellHub. Changes made here are overwritten.\n"
# Asterisk's core reads these whatever is loaded, and logs errors for those that are missing.
EMPTY = ("acl.conf", "ccss.conf", "features.conf", "udptl.conf")


def render(config: SwitchConfig) -> dict[str, str]:
    """Render every file, by its name inside the configuration folder."""
    environment = _environment()
    empty = dict.fromkeys(EMPTY, HEADER)
    return empty | {
        name.removesuffix(SUFFIX): environment.get_template(name).render(
            config=config,
            odbc=config.odbc,
            pooler_port=POOLER_PORT,
            realm=REALM,
            dialled_lengths=DIALLED_LENGTHS,
        )
        for name in environment.list_templates(extensions=[SUFFIX.lstrip(".")])
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cellhub.switch.render"),
        undefined=StrictUndefined,
        finalize=_refuse_syntax,
        autoescape=False,  # noqa: S701  these are no HTML pages; finalize is their escape
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _refuse_syntax(value: Any) -> Any:
    """Stop what the shapes let through; they name the field, so this wall should never be reached."""
    if FORBIDDEN.search(str(value)):
        raise ConfigError("a value holds a line break or one of ; [ ], which Asterisk reads as syntax")
    return value
