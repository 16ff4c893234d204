"""Contact sheets, and that expressions can be told apart by their pixels alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from affectbench import faces
from affectbench.faces.expressions import prototype


def test_a_sheet_has_a_row_for_each_label() -> None:
    page = faces.expression_sheet("compound", columns=2, size=48)
    assert page.height > 11 * 48
    assert page.width > 2 * 48
    assert page.tobytes() == faces.expression_sheet("compound", columns=2, size=48).tobytes()
    units = faces.unit_sheet(faces.identity(faces.generator(1)), (0.0, 5.0), size=48)
    assert units.height > len(faces.NAMES) * 48


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        faces.sheet({"nothing": []})


@pytest.mark.parametrize("kind", ["basic", "compound"])
def test_a_face_is_nearest_to_its_own_prototype(kind: faces.Kind) -> None:
    labels = faces.labels(kind)

    def right(seed: int, label: str) -> bool:
        rng = faces.generator(77, seed)
        face = faces.face(faces.identity(rng), label, rng)

        def seen(moved: Mapping[int, float]) -> np.ndarray:
            return np.asarray(faces.draw(face.person, moved, scene=face.scene, size=64), dtype=float)

        typical = [{unit: 3.8 * share for unit, share in prototype(one).always.items()} for one in labels]
        distances = [np.abs(seen(face.intensities) - seen(moved)).sum() for moved in typical]
        return labels[int(np.argmin(distances))] == label

    hits = [right(seed, label) for seed in range(2) for label in labels]
    assert sum(hits) >= 0.9 * len(hits)
