"""Design + placement + allocations → the machine state of each hypervisor.

Pure and deterministic; imports ``rules``, ``machine`` and ``topology``. One kind of thing, one
file.
"""

from designer.compiler import names
from designer.compiler.checks import compile_checks
from designer.compiler.compiling import Compiled, NotCompilable, compile_design
from designer.compiler.probes import compile_probes

__all__ = [
    "Compiled",
    "NotCompilable",
    "compile_checks",
    "compile_design",
    "compile_probes",
    "names",
]
