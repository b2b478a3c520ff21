"""What was drawn: nodes, interfaces, links, edits and the document they are kept in.

Standard library only; imports nothing else of the project.
"""
