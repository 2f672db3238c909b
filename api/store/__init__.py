"""What a team owns, kept in one database: scenario versions, evidence, statements, runs, forecasts, keys, audit log.

``database`` opens it, ``schema`` brings it up to date, ``tables`` says what it holds. Each other module
is one noun: functions from a connection and values to frozen records. Nothing here knows HTTP.
"""
