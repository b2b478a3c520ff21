"""Hypervisors, placements, claims and deployments: how a design reaches real machines.

Each change is one action in :mod:`designer.deploy.actions`: compare and set, write, emit on
commit. Celery carries the call and nothing else; the truth stays here and is fetched by agents.
May import labs and the bare rooms; knows nothing of sockets and HTTP.
"""
