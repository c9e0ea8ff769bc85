"""Our retrieval as a LlamaIndex retriever, for use in anybody's own query engine."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.questions import understand
from assistant.ranker import load_ranker
from assistant.retrieval import Retriever
from assistant.scope import Authorities, find_scope
from index.build import Index


class ParagraphRetriever(BaseRetriever):  # type: ignore[misc]
    """Sentences of the reports a query is about, each with its paragraph and page.

    Scope comes first: a query that names an authority gets nodes of its reports only. Node
    scores are ours (0 to about 1.2) and compare within one query.
    """

    def __init__(self, index: Index, reports: Sequence[str] = (), limit: int = 10) -> None:
        self._index = index
        self._reports = list(reports)
        self._limit = limit
        self._retriever = Retriever(index, load_ranker())
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        authorities = Authorities(self._index.catalog.reports())
        selected = [self._index.catalog.find_report(name) for name in self._reports]
        scope = find_scope(query_bundle.query_str, authorities, selected)
        question = understand(query_bundle.query_str, scope, authorities)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=f"{found.report.id}/{found.block.key}/{found.passage.number}",
                    text=found.passage.text,
                    metadata={
                        "report": found.report.id,
                        "authority": found.report.authority,
                        "paragraph": found.block.label,
                        "key": found.block.key,
                        "page": found.passage.spans[0].page,
                        "section": found.block.section,
                    },
                ),
                score=found.score,
            )
            for found in self._retriever.retrieve(question, scope.reports, self._limit)
        ]
