"""Designs as text: YAML and JSON in and out, and the built-in labs.

Imports ``rules`` and below, and PyYAML.
"""
