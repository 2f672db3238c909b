"""Other people's ways to the same answer, one file per peer; each offers its contenders as ``CONTENDERS``."""
