"""Plain values in, Asterisk's files out.

One renderer serves every installation: ``cellhub run`` writes the files to a folder,
the operator writes them to a ConfigMap. It knows no database and no Kubernetes: a
:class:`SwitchConfig` goes in, a mapping of file names to texts comes out. Every value is
checked against the shape its field declares before any template sees it, because a line
break or a ``;`` in a trunk's name would otherwise become configuration.
"""

from cellhub.switch.render.config import Odbc, Peer, SwitchConfig, Trunk
from cellhub.switch.render.files import endpoints, modules_to_reload, write
from cellhub.switch.render.shapes import ConfigError
from cellhub.switch.render.templating import render

__all__ = [
    "ConfigError",
    "Odbc",
    "Peer",
    "SwitchConfig",
    "Trunk",
    "endpoints",
    "modules_to_reload",
    "render",
    "write",
]
