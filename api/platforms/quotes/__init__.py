"""The outside view: what other forecasters and markets say of a question, with where it is from and on which terms.

A source is two pure functions: ``requests(place)`` says what to read, ``parse(payload, fetched_at)`` takes the bytes of
the answer to quotes. Where there is nothing to quote, that is said in words and is no error; bytes that are not what
the source sends are one.

| module | subject |
|---|---|
| `quote` | a quote: its value, times, terms and raw bytes; or why there is none |
| `licences` | on which terms a source gives its numbers away |
| `normal` | prices of options made to sum to 1, the sum kept |
| `metaculus`, `manifold`, `polymarket`, `kalshi` | one source each |
| `tables` | quotes in a CSV file of one's own |
| `sources` | all sources by name, and reading from them |
"""
