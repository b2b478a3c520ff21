"""Diff of desired against observed → ordered operations, each with its reason.

Pure; imports ``machine`` and below.
"""
