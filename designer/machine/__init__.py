"""What a hypervisor looks like: one vocabulary for the desired and for the observed.

Standard library only; imports ``topology`` at most.
"""
