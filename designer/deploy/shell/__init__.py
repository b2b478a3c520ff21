"""``manage.py lab``: the same as in the browser, for shells and programs. One verb, one file.

What is asked for goes to standard output, as text or with ``--json`` as one JSON value; progress
and refusals go to standard error.
"""
