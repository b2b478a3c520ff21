"""One file for each change: compare and set, write, audit, emit on commit."""
