"""The download loops, for segments and for plain files, and what they share."""
