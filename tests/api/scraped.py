"""Metrics as Prometheus would read them."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


class Scraped:
    """The samples of one scrape, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))
        self._values: Mapping[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return one sample; 0 if there is none, as for what has not happened yet."""
        return self._values.get((name, frozenset(labels.items())), 0.0)

    def labels(self, name: str) -> set[Labels]:
        """Return the labels of every sample of a name."""
        return {labels for each, labels in self._values if each == name}

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(self._values)
