"""Reading inspection reports and keeping them.

A pipeline, in the order the modules are called by :mod:`index.build`:
``reports`` (a file becomes pages of positioned lines) → ``layout`` (what each
line is) → ``paragraphs`` (numbered paragraphs and the other blocks) → ``facts``
(grades, dates, people) → ``embeddings`` → ``catalog`` and ``vectors``.

Nothing here knows about questions; :mod:`assistant` builds on this package.
"""
