"""The image library: what the VMs of a team's labs boot from.

A file is kept once, under the SHA-256 of its content, however many images of however many teams
have it; an image is a team's name for it. Nothing that a user says becomes part of a path. Each
change is one action in :mod:`designer.images.actions`; every way in from outside resolves its
object through :mod:`designer.images.access`. May import labs and the bare rooms; knows nothing of
deployments, hypervisors and HTTP.
"""
