"""What the market looks like, and whether the picture can be trusted."""
