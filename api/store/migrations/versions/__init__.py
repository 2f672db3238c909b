"""The steps from an empty database to today's, each naming the one before."""
