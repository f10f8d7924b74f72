"""CellHub's resources on Kubernetes.

This release describes them and prints their definitions; nothing reconciles them yet.
"""
