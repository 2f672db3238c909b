"""Hubverse, schema v6: a round's model output as CSV or Parquet, and the model's metadata.

| module | subject |
|---|---|
| `schema` | what ``tasks.json`` and ``admin.json`` may say |
| `hub` | a round, read from them |
| `texts` | values as the hub's tools write and compare them |
| `listing` | what is listed, and the settings |
| `matching` | which model task a listing stands for |
| `numbers` | numbers and dates as the hub counts them |
| `probabilities` | of thresholds and categories |
| `table` | rows of the file |
| `rows` | mean, median, quantile, cdf and pmf |
| `samples` | draws of whole worlds |
| `checks`, `sample_checks` | what the hub would refuse |
| `files`, `metadata` | the documents |
| `export` | all of it together |

Rules as in hubverse-org: tasks-schema.json and admin-schema.json v6.0.0 of schemas, the checks of hubValidations,
and the column types of hubData.
"""

from forecast.tournaments.hubverse.export import FORMAT
from forecast.tournaments.hubverse.listing import HubverseListing, HubverseSettings

__all__ = ["FORMAT", "HubverseListing", "HubverseSettings"]
