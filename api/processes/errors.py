"""What stands in the way of several processes."""


class ProcessesError(Exception):
    """Processes that cannot be started or do not stay; the message names the reason and the way out."""
