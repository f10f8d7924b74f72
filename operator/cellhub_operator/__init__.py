"""CellHub's resources on Kubernetes: their definitions, and what keeps them.

``specs`` describes the resources and ``objects`` builds what a tenant consists of; ``reconcile``
decides, purely, what is missing. ``keeper`` looks at ``cluster`` and ``rows``, has it decided, and
does it; ``handlers`` is what kopf calls.
"""
