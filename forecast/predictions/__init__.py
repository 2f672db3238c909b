"""What a forecast answers to each question, in the form that any tournament may ask for.

| module | subject |
|---|---|
| `empirical` | the distribution of a number over worlds |
| `kinds` | one kind of prediction per type of question |
| `predict` | from a forecast to its predictions |
"""
