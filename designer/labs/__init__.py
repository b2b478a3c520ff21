"""Teams, labs, revisions and their events.

Each change is one action in :mod:`designer.labs.actions`: write, audit, emit on commit. Every way
in from outside resolves its object through :mod:`designer.labs.access`. May import the bare rooms
(topology to files); knows nothing of deployments, sockets and HTTP.
"""
