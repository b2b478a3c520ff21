"""The named cast: Alice owns the lab, Bob is her teammate, Charlie must be refused."""

from __future__ import annotations

from dataclasses import dataclass

from designer import files
from designer.labs.actions.create_lab import create_lab
from designer.labs.actions.join_team import join_team
from designer.labs.models import Lab, Role, Team, User

DRAWN = """
trunkline: 1
name: Lab of Alice
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, name: br0}
  c1: {kind: container, host: h1}
  c2: {kind: container, host: h1}
interfaces:
  br0:p1: {node: br0}
  br0:p2: {node: br0}
  c1:eth0: {node: c1, addresses: [10.0.0.1/24]}
  c2:eth0: {node: c2, addresses: [10.0.0.2/24]}
links:
  l1: {a: c1:eth0, b: br0:p1}
  l2: {a: c2:eth0, b: br0:p2}
"""


@dataclass(frozen=True)
class Cast:
    alice: User
    bob: User
    charlie: User
    lab: Lab


def make_cast() -> Cast:
    """Two teams and a lab of the first. Nobody is in a default team, so that nothing is shared
    by accident."""
    team, others = Team.objects.create(name="Wiring"), Team.objects.create(name="Others")
    users = {name: User.objects.create_user(name) for name in ("alice", "bob", "charlie")}
    join_team(users["alice"], team, role=Role.OWNER)
    join_team(users["bob"], team)
    join_team(users["charlie"], others, role=Role.OWNER)
    lab = create_lab(team, name="Lab of Alice", author=users["alice"], design=files.load(DRAWN))
    return Cast(**users, lab=lab)
