"""One file for each thing that changes: write, audit, emit on commit.

An action takes objects that :mod:`designer.labs.access` resolved, checks everything else itself,
and raises before it writes anything: InvalidDocument, Stale, Refused or NotFound.
"""
