"""Diff of desired against observed → ordered operations, each with its reason.

Pure; imports ``machine`` and below. The one difference that everything rests on is
:func:`differences`: plan, verification, drift and status are all read from it.
"""

from designer.planner.asking import overruled
from designer.planner.commands import equivalents, shell
from designer.planner.differing import Difference, differences
from designer.planner.guarding import guarded, moves
from designer.planner.operations import Action, Operation, Plan, Refusal
from designer.planner.planning import plan
from designer.planner.status import Status, statuses
from designer.planner.undoing import invert, undo

__all__ = [
    "Action",
    "Difference",
    "Operation",
    "Plan",
    "Refusal",
    "Status",
    "differences",
    "equivalents",
    "guarded",
    "invert",
    "moves",
    "overruled",
    "plan",
    "shell",
    "statuses",
    "undo",
]
