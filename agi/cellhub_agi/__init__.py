"""The agent beside every Asterisk: verdicts, extensions and settlements of its calls.

Asterisk asks over FastAGI and writes what each leg did to its own disk; the agent
answers, follows those files, and steers channels over AMI. Both protocols are spoken
through pyst2, mended in :mod:`~cellhub_agi.fastagi` and :mod:`~cellhub_agi.ami`;
nothing else imports it.
"""
