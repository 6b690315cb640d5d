"""What we believe a contract is worth, and how raw prices reach the tick grid."""
