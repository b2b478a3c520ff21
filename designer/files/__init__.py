"""Designs as text: YAML and JSON in and out, and the built-in labs.

Imports ``topology`` and PyYAML.
"""

from designer.files.builtins import Builtin, builtin
from designer.files.text import dump_json, dump_yaml, load, parse

__all__ = ["Builtin", "builtin", "dump_json", "dump_yaml", "load", "parse"]
