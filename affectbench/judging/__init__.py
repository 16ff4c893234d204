"""Judges: outcome → judged prompt → verdict → score.

A rubric (`prompts/judge/*.yaml`) says how any model of the registry is asked to score an answer. `cases` takes what is
judged out of a run, `quoting` puts it where it cannot speak to the judge, `prompting` renders the rubric, `reading`
reads the verdict (`published` as a published protocol does), `verdicts` keeps one line each, `asking` asks for those
that are missing, `scores` makes means of them with intervals. `calibration` holds a judge against people. A verdict
that cannot be read is a `judge_error`; no other rule ever steps in for a judge.
"""
