"""Typed facts with their place on the page: grades, dates, people, actions, identity."""

from index.facts.finding import find_facts, identify

__all__ = ["find_facts", "identify"]
