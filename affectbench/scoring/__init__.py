"""Outcomes and gold become scores, each with its n, its interval and what guessing reaches.

`score(question, samples, answers)` is the whole of it; `Running` shows the main score while answers still come.
"""

from affectbench.scoring.question import Answer, Question, Results
from affectbench.scoring.report import by_group, score
from affectbench.scoring.running import Running

__all__ = ["Answer", "Question", "Results", "Running", "by_group", "score"]
