"""What the pods of one tenant share, and what is each one's own.

All have the same files, so that a change reaches them together. A pod adds its name, and one
of them the registrations: a provider expects each account from one address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cellhub.switch.render.templating import HEADER

EVERY_POD = "every-pod"
"""The name in the files that all pods share."""

MAIN, REGISTRATIONS = "asterisk.conf", "pjsip_registrations.conf"
_NAME = re.compile(rf"^(systemname = ){EVERY_POD}$", re.MULTILINE)
_ORDINAL = re.compile(r"-([0-9]{1,5})$")


def for_pod(files: Mapping[str, str], pod: str, *, registers: bool) -> dict[str, str]:
    """Make the files of the pod ``pod`` of those that all share.

    Raises:
        ValueError: the pod's name does not end with its number.
    """
    own = dict(files)
    own[MAIN] = _NAME.sub(rf"\g<1>{system_name(pod)}", files[MAIN])
    if not registers:
        own[REGISTRATIONS] = HEADER
    return own


def system_name(pod: str) -> str:
    """Name a pod's Asterisk, which cuts names after 19 characters: by the pod's number alone."""
    number = _ORDINAL.search(pod)
    if number is None:
        raise ValueError(f"{pod} is no name of a pod: it ends with no number.")
    return f"pod-{number[1]}"
