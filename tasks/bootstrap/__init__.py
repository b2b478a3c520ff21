"""From a fresh checkout to a running product or a full test run, on the machine's own Python.

    python3 -m tasks.bootstrap up | test | bench | lint | fmt | generated | build | clean

Imports the standard library only, for it runs before anything is installed. `packages` says which
Debian packages are needed and for what, `steps` how the checkout is made ready, each step only
when its inputs changed, `stages` what `make test` and `make lint` run.
"""
