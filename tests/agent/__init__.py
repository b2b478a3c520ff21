"""The agent: on a model of a machine, and on the real kernel."""
