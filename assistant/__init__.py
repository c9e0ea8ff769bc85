"""Understanding questions, finding what answers them, answering with quotes.

The order of a turn: ``conversation`` (what a follow-up refers to) → ``scope`` (which reports)
and ``questions`` (what is asked) → ``lookup`` (facts) and ``retrieval`` (passages) →
``answering`` → ``citations`` (the check every answer passes) → ``api``, ``cli``.
"""
