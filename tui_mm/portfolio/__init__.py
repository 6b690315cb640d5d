"""What we hold, what it made, and what it could lose."""
