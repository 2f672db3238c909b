"""What tournaments take: the same predictions in the form of each platform, valid by its own rules.

predictions + listings → a format → an export: what would be sent, and what the form could not say, in numbers.
Nothing here sends anything.

| module | subject |
|---|---|
| `listings` | what a platform asks: its own question beside ours |
| `asked` | the part of our predictions that a listing asks for |
| `exports` | what a format returns, and how it refuses |
| one module per format | a platform's rules, and our predictions in its form |
| `registry` | all formats by name |
"""
