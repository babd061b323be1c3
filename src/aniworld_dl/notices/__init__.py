"""Tells people and programs when a job has ended: what is to be told is kept in the database until it has arrived."""
