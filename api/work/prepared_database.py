"""A database made ready for a server: opened, brought up to date, and given the scenarios that it lacks."""

from api.settings import Settings
from api.store import schema
from api.store.database import Clock, Database, database_url
from api.work.scenario_files import read_folders, store_new


def prepared_database(settings: Settings, clock: Clock | None = None) -> Database:
    """Return the database of the settings, ready to be served; ``clock`` tells its time if it is not the real one.

    Raises
    ------
    ScenarioFileError
        If a scenario file cannot be stored.
    SchemaError, StoreUnavailableError
        If the database is not one that this release can work on, or cannot be reached.
    """
    found = read_folders(settings.scenarios)
    database = Database(database_url(settings.database), clock)
    try:
        schema.upgrade(database)
        store_new(database, found)
        # Whoever starts a server that may only read is told so now, and not with the first change.
        with database.writing():
            pass
    except BaseException:
        database.close()
        raise
    return database
