"""Jobs that workers share: what the commands about them show and do."""
