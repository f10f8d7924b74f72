"""The ports inside a tenant's pods, where nobody else is in the way."""

from __future__ import annotations

SIP = 5060
AGI = 4573
AMI = 5038
HEALTH = 8085
METRICS = 9090
JANUS = 8188
DNS = 53
