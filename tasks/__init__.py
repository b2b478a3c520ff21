"""What runs on or beside hypervisors: the drivers, the agent, the sandbox and the bootstrap.

May import the bare half of `designer` (topology, machine, planner, rules, compiler, wire),
never its Django half.
"""
