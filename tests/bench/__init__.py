"""How fast, against what: each file measures one thing beside what it is to be compared with.

    python -m tests.bench [--quick] [NAME]...

Nothing is asserted here. A module with ``TITLE`` and ``run(quick) -> Table`` is a bench; all ways
of one table are measured in turns in one run, because absolute times wander.
"""
