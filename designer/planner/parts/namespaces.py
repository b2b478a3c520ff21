"""Namespaces, whose forwarding is switched on last and off first."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import Namespace
from designer.planner.draft import Draft, Stage


def sort(draft: Draft) -> None:
    for one, wanted, there in draft.differing("namespace"):
        if wanted is None:
            assert there is not None
            draft.delete(Stage.DELETE_NAMESPACES, there, one.message)
            continue
        assert isinstance(wanted, Namespace)
        quiet = replace(wanted, forwarding=False)
        if there is None:
            draft.create(Stage.NAMESPACES, quiet, one.message)
            there, text = quiet, "forwarding is off and the design says on."
        else:
            text = one.message
        if wanted.forwarding:
            draft.change(Stage.FORWARDING_ON, there, wanted, ("forwarding",), text)
        elif there is not quiet:
            draft.change(Stage.FORWARDING_OFF, there, wanted, ("forwarding",), text)
