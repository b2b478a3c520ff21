"""One file for each thing that changes: write, audit. An action takes objects that
:mod:`designer.images.access` resolved, and checks everything else itself."""
