"""Trunkline's designer: the pure rooms (topology to files) and the Django rooms on top of them.

The rooms and what each may import are a checked contract in ``pyproject.toml``.
"""
