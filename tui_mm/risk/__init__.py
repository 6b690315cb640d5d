"""Whether we may: limits, the gate every command passes, and the kill switch."""
