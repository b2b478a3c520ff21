"""What must be there before anything else: images copied, kernel modules loaded, cards up."""

from __future__ import annotations

from designer.planner.draft import Draft, Stage


def sort(draft: Draft) -> None:
    _images(draft)
    _modules(draft)
    _parents(draft)


def _images(draft: Draft) -> None:
    for one, wanted, _ in draft.differing("image"):
        if wanted is not None:
            draft.create(Stage.IMAGES, wanted, one.message)


def _modules(draft: Draft) -> None:
    for one, wanted, _ in draft.differing("module"):
        if wanted is not None:
            draft.create(Stage.MODULES, wanted, one.message)


def _parents(draft: Draft) -> None:
    for one, wanted, there in draft.differing("parent"):
        if wanted is None:
            assert there is not None
            draft.delete(Stage.DELETE_PARENTS, there, one.message)
        elif one.kind == "missing":
            draft.create(Stage.PARENTS, wanted, one.message)
        else:
            assert there is not None
            draft.change(Stage.PARENTS, there, wanted, one.fields, one.message)
