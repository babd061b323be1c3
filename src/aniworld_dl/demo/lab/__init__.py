"""The fault lab: a table of what goes wrong with real servers and networks, and a stage to play it on."""
