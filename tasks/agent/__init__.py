"""The agent of one hypervisor: observe → plan → journal → perform → verify → report.

    python -m tasks.agent enrol --config FILE --controller URL --token TOKEN
    python -m tasks.agent run --config FILE

May import the bare half of the designer (machine, planner, wire) and the drivers; knows no Django
and no database. Start reading at :mod:`tasks.agent.deploy`; :mod:`tasks.agent.agent` shows how the
parts live together in one process.
"""
