"""Tables of the packet filter.

The one of the hypervisor's own namespace is there before its networks, and longer than they are:
nothing comes in to them unguarded.
"""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import Behind, NatTable
from designer.planner import words
from designer.planner.comparing import differing
from designer.planner.draft import Draft, Stage


def sort(draft: Draft) -> None:
    for one, wanted, there in draft.differing("table"):
        if wanted is None:
            assert isinstance(there, NatTable)
            if not there.netns:
                draft.delete(Stage.DELETE_GUARDS, there, one.message)
            elif there.netns not in draft.dying:
                draft.delete(Stage.DELETE_TABLES, there, one.message)
            continue
        assert isinstance(wanted, NatTable)
        stage = Stage.TABLES if wanted.netns else Stage.GUARDS
        if there is None:
            draft.create(stage, wanted, one.message)
            continue
        assert isinstance(there, NatTable)
        still = _still_behind(wanted, there)
        if not still:
            draft.change(stage, there, wanted, one.fields, one.message)
            continue
        both = replace(wanted, behind=tuple(sorted((*wanted.behind, *still))))
        if fields := differing(both, there):
            draft.change(stage, there, both, fields, words.changed(both, there, fields))
        fields = differing(wanted, both)
        reason = words.changed(wanted, both, fields)
        draft.change(Stage.DELETE_GUARDS, both, wanted, fields, reason)


def _still_behind(wanted: NatTable, there: NatTable) -> list[Behind]:
    """Networks that are guarded until they are gone."""
    bridges = {one.bridge for one in wanted.behind}
    return [one for one in there.behind if one.bridge not in bridges]
