"""One file per pane, each a pure function from a scene to rows of the asked size."""
