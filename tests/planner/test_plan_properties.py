"""What holds for any two labs: the plan leads from one to the other, whatever comes between.

The examples are the same each time, unless TRUNKLINE_EXAMPLES says how many new ones to try.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import takewhile
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from designer.machine.images import content_of
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Image,
    Key,
    Link,
    Module,
    Namespace,
    Network,
    Parent,
    Physical,
    Resource,
    Vlan,
)
from designer.machine.state import MachineState
from designer.planner import Operation, differences, equivalents, invert, plan, undo
from designer.planner.comparing import LIVE_OF_NETWORK
from tests.planner.labs import LAB, labs
from tests.planner.model import Model, decoys

EMPTY = MachineState()
examples = settings(
    max_examples=int(os.environ.get("TRUNKLINE_EXAMPLES", "50")),
    derandomize="TRUNKLINE_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def deployed(lab: MachineState) -> Model:
    """A machine with decoys on which this lab was deployed."""
    model = Model(decoys())
    model.run(plan(lab, model.state, LAB).operations)
    return model


def foreign(model: Model) -> dict[Key, Resource]:
    """What is not ours; a card that is lent out is ours meanwhile and counts without that."""
    seen: dict[Key, Resource] = {}
    for key, one in model.by_key.items():
        if isinstance(one, Physical):
            one = replace(one, owner=None, master=None, port=None)
        if isinstance(one, Parent | Module | Image):
            continue  # nobody's: cards go up and down, modules and images stay
        if one.owner != LAB:
            seen[key] = one
    return seen


def without_modules(model: Model) -> dict[Key, Resource]:
    """What is there but for kernel modules and images, which stay once they are there. No card
    may be marked any more."""
    assert not model.marks
    return {key: one for key, one in model.by_key.items() if not isinstance(one, Module | Image)}


def holds(lab: MachineState, model: Model) -> None:
    assert differences(lab, model.state, LAB) == ()
    again = plan(lab, model.state, LAB)
    assert (again.operations, again.refusals) == ((), ())
    assert foreign(model) == foreign(Model(decoys()))


@examples
@given(labs())
def test_deploy_then_destroy(lab: MachineState) -> None:
    model = deployed(lab)
    holds(lab, model)
    model.run(plan(EMPTY, model.state, LAB).operations)
    assert without_modules(model) == Model(decoys()).by_key


@examples
@given(labs(), labs())
def test_from_any_lab_to_any_other(old: MachineState, new: MachineState) -> None:
    model = deployed(old)
    model.run(plan(new, model.state, LAB).operations)
    holds(new, model)


@examples
@given(labs(), labs(), labs())
def test_what_waits_is_as_wanted_and_comes_with_the_next_start(
    old: MachineState, new: MachineState, newer: MachineState
) -> None:
    """Of what is left to the next start nothing is restarted, but for what cannot be; whether the
    VMs are then started anew, or changed again before."""
    model = deployed(old)
    for lab in (new, newer):
        operations = plan(lab, model.state, LAB, at_next_start=True).operations
        for one in operations:
            assert not one.restarts or {"disk", "nics"} & set(one.fields)
        model.run(operations)
        holds(lab, model)
    model.start_anew()
    holds(newer, model)
    assert not any(one.later for one in model.state.of_type(Domain))


@examples
@given(labs(), labs(), labs(), st.booleans(), st.data())
def test_undo_brings_back_what_waited(
    old: MachineState, new: MachineState, newer: MachineState, waits: bool, data: Any
) -> None:
    """And restarts no VM that was not restarted."""
    model = deployed(old)
    model.run(plan(new, model.state, LAB, at_next_start=True).operations)
    before = model.state
    operations = plan(newer, before, LAB, at_next_start=waits).operations
    done = operations[: data.draw(st.integers(0, len(operations)))]
    model.run(done)
    back = undo(before, model.state, LAB).operations
    assert {one.key for one in back if one.restarts} <= {one.key for one in done if one.restarts}
    model.run(back)
    holds(_kernels_macs(new), model)


@examples
@given(labs(), labs(), st.data())
def test_a_plan_cut_off_anywhere_is_finished_by_the_next(
    old: MachineState, new: MachineState, data: Any
) -> None:
    model = deployed(old)
    operations = plan(new, model.state, LAB).operations
    model.run(operations[: data.draw(st.integers(0, len(operations)))])
    model.run(plan(new, model.state, LAB).operations)
    holds(new, model)


@examples
@given(labs(), labs(), st.data())
def test_what_others_broke_is_repaired(old: MachineState, new: MachineState, data: Any) -> None:
    model = deployed(old)
    ours = [key for key, one in model.by_key.items() if one.owner == LAB]
    for key in data.draw(st.lists(st.sampled_from(ours), max_size=4)) if ours else ():
        model._delete(key)
    for device in data.draw(st.lists(st.sampled_from(["eth0", "eth1"]), unique=True)):
        model.by_key["parent", device] = Parent(device=device, up=False)
    model.run(plan(new, model.state, LAB).operations)
    holds(new, model)


@examples
@given(labs(), labs(), st.data())
def test_undo_from_anywhere_brings_everything_back(
    old: MachineState, new: MachineState, data: Any
) -> None:
    model = deployed(old)
    before = model.state
    operations = plan(new, before, LAB).operations
    model.run(operations[: data.draw(st.integers(0, len(operations)))])
    model.run(undo(before, model.state, LAB).operations)
    holds(_kernels_macs(old), model)


@examples
@given(labs())
def test_inverses_in_reverse_order_take_a_deploy_back(lab: MachineState) -> None:
    model = Model(decoys())
    operations = plan(lab, model.state, LAB).operations
    model.run(operations)
    model.run(invert(one) for one in reversed(operations))
    assert without_modules(model) == Model(decoys()).by_key


@examples
@given(labs(), labs())
def test_inverses_restore_where_nothing_is_taken_along(
    old: MachineState, new: MachineState
) -> None:
    model = deployed(old)
    planned = plan(new, model.state, LAB).operations
    operations = list(takewhile(lambda one: not _takes_along(one), planned))
    model.run(operations)
    model.run(invert(one) for one in reversed(operations))
    holds(old, model)


def _takes_along(one: Operation) -> bool:
    """What is deleted goes with what is in it; a bridge's filter, with the VLANs of its ports; a
    libvirt network that is restarted, with all that is plugged in."""
    if isinstance(one.before, Network):
        return one.action == "delete" or not LIVE_OF_NETWORK.issuperset(one.fields)
    return (
        one.action == "delete" and isinstance(one.before, Namespace | Link)
    ) or "vlan_filtering" in one.fields


@examples
@given(labs(), labs())
def test_the_order_of_listing_does_not_matter(old: MachineState, new: MachineState) -> None:
    observed = deployed(old).state
    one = plan(new, observed, LAB)
    other = plan(_reversed(new), _reversed(observed), LAB)
    assert one.fingerprint == other.fingerprint
    assert len(one.operations) == len(other.operations)


@examples
@given(labs(), labs())
def test_another_start_has_another_fingerprint(old: MachineState, new: MachineState) -> None:
    model = deployed(old)
    before = plan(new, model.state, LAB)
    touching = [one for one in before.operations if not isinstance(one.after, Image)]
    assume(touching)
    model.perform(touching[0])
    assert plan(new, model.state, LAB).fingerprint != before.fingerprint


@examples
@given(labs(), labs())
def test_every_operation_says_why_and_what_one_would_type(
    old: MachineState, new: MachineState
) -> None:
    for one in plan(new, deployed(old).state, LAB).operations:
        assert one.reason.endswith(".")
        assert equivalents(one)
        assert all(word for argv in equivalents(one) for word in argv)
        # A module or an image that is there stays: there is nothing to type.
        assert equivalents(invert(one)) or isinstance(one.after, Module | Image)


@examples
@given(labs(), labs())
def test_the_order_comes_from_the_plan(old: MachineState, new: MachineState) -> None:
    """Each thing after what it stands on, and deleted before that."""
    operations = plan(new, deployed(old).state, LAB).operations
    made = {one.key: at for at, one in enumerate(operations) if one.action == "create"}
    made |= {
        one.peer_after.key: at
        for at, one in enumerate(operations)
        if one.action == "create" and one.peer_after is not None
    }
    gone = {one.key: at for at, one in enumerate(operations) if one.action == "delete"}
    images = [at for key, at in made.items() if key[0] == "image"]
    modules = [at for key, at in made.items() if key[0] == "module"]
    assert images + modules == list(range(len(images) + len(modules)))
    for key, at in made.items():
        for below in _below(new.resources[key]):
            assert made.get(below, -1) < at, f"{key} before {below}"
    # A bridge makes way at once for a network of libvirt's that has one of its name.
    given = {("link", "", one.bridge) for one in new.of_type(Network) if one.key in made}
    for key, at in gone.items():
        for below in _below(old.resources[key]) if key in old.resources else ():
            # What is made anew stands on things that stay, or are made anew before it.
            early = below in made or below in given
            assert at < gone.get(below, len(operations)) or early, f"{below} before {key}"


def _below(one: Resource) -> list[Key]:
    """What has to be there before this is."""
    found: list[Key] = []
    if isinstance(one, Domain) and content_of(one.disk):
        found.append(("image", content_of(one.disk)))
    if isinstance(one, Vlan):
        found += [("module", "8021q"), ("parent", one.device)]
    if isinstance(one, Link) and one.master is not None:
        found.append(("link", one.netns, one.master))
    if isinstance(one, Domain):
        found += [("network", nic.network) for nic in one.nics if nic.network]
    if isinstance(one, Address):
        found.append(("link", one.netns, one.link))
    if netns := getattr(one, "netns", ""):
        found.append(("namespace", netns))
    return found


@examples
@given(st.lists(st.tuples(st.sampled_from(["mylab", "yourlab"]), st.booleans()), max_size=8))
def test_labs_that_share_a_card_leave_it_as_the_first_found_it(
    steps: list[tuple[str, bool]],
) -> None:
    model = Model(decoys())
    standing: set[str] = set()
    for lab, stays in steps:
        vid = 30 if lab == "mylab" else 40
        wanted = MachineState.of(
            [
                Module(name="8021q"),
                Parent(device="eth1", owner=lab),
                Vlan(name=f"v{vid}", device="eth1", vid=vid, owner=lab),
            ]
            if stays
            else []
        )
        model.run(plan(wanted, model.seen_by(lab), lab).operations)
        assert differences(wanted, model.seen_by(lab), lab) == ()
        standing = standing | {lab} if stays else standing - {lab}
        card = model.by_key["parent", "eth1"]
        assert isinstance(card, Parent)
        assert card.up is bool(standing)
        assert set(model.marks.get("eth1", {})) == standing


def _kernels_macs(lab: MachineState) -> MachineState:
    """Whether a bridge's MAC was stated or the kernel's cannot be told from what was observed."""
    return MachineState.of(
        replace(one, mac=None) if isinstance(one, Bridge) else one for one in lab
    )


def _reversed(state: MachineState) -> MachineState:
    return MachineState(dict(reversed(list(state.resources.items()))))
