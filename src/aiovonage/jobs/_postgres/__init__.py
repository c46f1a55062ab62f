"""Jobs in Postgres, for any number of machines."""
