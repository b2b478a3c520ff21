"""The parts of a plan: each sorts the differences of some kinds into the stages of the draft."""
