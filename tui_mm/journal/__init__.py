"""What happened, durably: the journal of what money depends on, and the capture of the feed."""
