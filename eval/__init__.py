"""Cases with known answers, asked of the assistant and scored.

Answering (:mod:`eval.answers`) writes ``answers.jsonl``; scoring (:mod:`eval.scoring`) is
pure and reads it, so that a run can be scored again without asking again.
"""
