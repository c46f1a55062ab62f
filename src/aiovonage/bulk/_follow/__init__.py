"""Following accepted numbers until the carriers have decided."""
