"""A scenario as flat arrays, the numbers drawn for it, and what follows from them within each draw."""
