"""Schedules: when a forecast is due again.

| module | subject |
|---|---|
| `rules` | cron expressions in a time zone, and their ticks |
| `catch_up` | which of the ticks that were missed still count |
"""
