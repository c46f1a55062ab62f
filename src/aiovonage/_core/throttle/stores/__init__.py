"""Where processes keep the rate that they share."""
