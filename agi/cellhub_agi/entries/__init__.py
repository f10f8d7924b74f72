"""What the dialplan can ask for, one module each."""
