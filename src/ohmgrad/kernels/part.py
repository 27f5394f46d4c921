"""Compiling what only compiled code calls, without making machine code of it.

A function that is called from a compiled loop becomes part of that loop's code. Numba would make machine code of it by itself too, which nobody calls, and do so
again for what calls it, level by level: with some seventy small functions in one another that is a third of the time of compiling. Here such a function is
optimised, which vector instructions in its loops need, and brought into the form that is linked into its callers, but no further.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering


class PartLibrary(JITCodeLibrary):
    """Code that is linked into its callers, and into nothing else."""

    def _finalize_final_module(self) -> None:
        """No machine code."""
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)  # type: ignore[misc, no-untyped-call]
class PartLowering(NativeLowering):  # type: ignore[misc]
    """As native lowering, into a `PartLibrary`."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower, and tell callers where the code is."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)  # type: ignore[no-untyped-call]
        state.flags.no_compile = True
        super().run_pass(state)  # type: ignore[no-untyped-call]
        made = state["cr"]
        callee = object()  # what callers know it by
        state.targetctx.insert_user_function(callee, made.fndesc, [state.library])
        state.reload_init.extend(state.library._reload_init)
        state["cr"] = _LowerResult(made.fndesc, made.call_helper, cfunc=callee, env=made.env)
        return True


class PartCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's own pipeline with `PartLowering` in the place of native lowering."""

    def define_pipelines(self) -> list[Any]:
        """The one pipeline."""
        pipeline = PassManager("part")  # type: ignore[no-untyped-call]
        for stage in ("untyped", "typed", "nopython_lowering"):
            pipeline.passes.extend(getattr(DefaultPassBuilder, f"define_{stage}_pipeline")(self.state).passes)
        pipeline.passes = [(PartLowering, why) if one is NativeLowering else (one, why) for one, why in pipeline.passes]
        pipeline.finalize()  # type: ignore[no-untyped-call]
        return [pipeline]
