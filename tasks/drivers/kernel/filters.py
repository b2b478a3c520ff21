"""What the two ways to a packet filter share (:mod:`nft` and :mod:`xtables`)."""

from __future__ import annotations


class FilterFailed(Exception):
    """The program did not do it; the text is its own words."""
