"""A local origin with generated series and injectable faults: for a first look, for the tests, for measuring."""
