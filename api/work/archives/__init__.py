"""Everything that a team owns, outside its database: backups, exports, and how either becomes a database again."""
