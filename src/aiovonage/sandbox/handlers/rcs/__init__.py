"""RCS: device capabilities, opt-out keywords, brands and agents."""
