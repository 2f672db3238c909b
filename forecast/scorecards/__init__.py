"""Scorecards: how good the recorded forecasts of a scenario were, place by place, once it is known what happened.

| module | subject |
|---|---|
| `records` | what a scorecard holds |
| `stated` | what a forecast says at a place, in the form that is scored |
| `rules` | the scores of one prediction |
| `spreads` | the distribution of a number, from what a forecast keeps of it |
| `windows` | which forecasts count, and from when to when |
| `cards` | a place over its life |
| `parts` | a part of an answer, such as by a day |
| `against` | ours beside what others said at the same times |
| `ways` | the nodes on the way, as one forecast saw them |
| `groups` | averages by analyst, depth, type, topic or platform |
| `calibrations` | how often it happened when we said 30 % |
"""
