"""Where real responses differ from the specs."""
