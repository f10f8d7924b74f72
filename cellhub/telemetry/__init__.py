"""What the processes say of themselves: logs for people, heartbeats for the health page."""
