"""Findings on a design as it is drawn, and on a design against the machines it is to run on.

Pure; imports ``machine`` and ``topology``. One rule, one file: ``drawn`` has those that need the
design alone, ``placed`` those that need a placement and inventories.
"""

from designer.rules.checking import check, check_against
from designer.rules.findings import Finding, Severity, listed

__all__ = ["Finding", "Severity", "check", "check_against", "listed"]
