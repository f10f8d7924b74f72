"""The demo tenant."""

from cellhub.local.installation import Installation


def seed(installation: Installation) -> None:
    """Make the demo tenant."""
