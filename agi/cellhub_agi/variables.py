"""Names of the dialplan contract: what Asterisk sends and the channel variables that the agent sets."""

from __future__ import annotations

BILLING_RESULT = "BILLINGRESULT"
SIP_CODE = "CELLHUB_SIP_CODE"
TRUNKS = "CELLHUB_TRUNK_CSV"
NUMBER = "CELLHUB_NUMBER_{}"
CALLER_ID = "CELLHUB_CALLERID_{}"
RING = "CELLHUB_RING_{}"
MOVE = "CELLHUB_MOVE_{}"
"""Set for an attempt before which the agent must be asked for a place."""

FAILOVER = "CELLHUB_FAILOVER"
SLICE = "CELLHUB_SLICE"
VERDICT = "CELL_VERDICT"
"""Set last: the dialplan dials only when it repeats the call id that it minted."""

PLACE = "CELL_PLACE"
"""The trunk of the next attempt and the call id: there is a place on it."""

CALL = "CELL_CALL"
"""The call id, on every channel of a call."""

ARGUMENT = "agi_arg_{}"
CALLER_NUMBER = "agi_callerid"
CHANNEL = "agi_channel"
SCRIPT = "agi_network_script"
REQUEST = "agi_request"
THREAD = "agi_threadid"
