"""10DLC: brands, vettings, campaigns and numbers."""
