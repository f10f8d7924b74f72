"""Phones and far ends played by sipp: what ``cellhub call`` and the call tests speak SIP with.

Each run reads its outcome from sipp's own trace of messages, with microseconds, and not from
sipp's exit code, which tells a refused call from a broken one only by luck. Secrets reach sipp in
a file of mode 0600, never on its command line.
"""

from cellhub.switch.sipp.far_end import FarEnd, far_end
from cellhub.switch.sipp.phone import Phone, call, calls, register
from cellhub.switch.sipp.program import SippError
from cellhub.switch.sipp.trace import CallOutcome, FarCall

__all__ = [
    "CallOutcome",
    "FarCall",
    "FarEnd",
    "Phone",
    "SippError",
    "call",
    "calls",
    "far_end",
    "register",
]
