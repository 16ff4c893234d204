"""`mini`: a small vision-language model that ships with affectbench, and how it was made.

It answers questions about the demo's drawn faces, in transformers or vLLM, without any download; it knows nothing of
people. `train.py` draws what it learns from (`pictures.py`) and teaches it to see (`sight.py`) and to answer
(`speech.py`; `questions.py` in the words of `wordings.py`); `network.py` says what it is, `learning.py` how it learns.
"""

from pathlib import Path

NAME = "affectbench-mini"
FOLDER = Path(__file__).parent / NAME
