"""The same episode through this product and through the tools people use: wall time, processor time, memory."""
