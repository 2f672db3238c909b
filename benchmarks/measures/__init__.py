"""What is measured, one subject per file; each returns frozen figures and prints nothing but progress."""
