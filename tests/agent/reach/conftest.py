"""Tests here that ask for ``ground`` get an empty machine of their own, as those of the drivers."""

from tests.drivers.conftest import ground, pytest_pyfunc_call

__all__ = ["ground", "pytest_pyfunc_call"]
