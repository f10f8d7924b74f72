"""One machine: everything that CellHub needs, started from a clone.

An :class:`~cellhub.local.installation.Installation` is a home folder and a set of ports.
All that it makes lies under its home: secrets, logs, the rendered switch files, the
database. The tests start their own, beside a running one, with the same code.
"""
