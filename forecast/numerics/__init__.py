"""Plain arithmetic on arrays: laws, tables of their inverses, nets of points, fits, pools. Knows no scenario."""
