-- Where the picture of an episode's series is, as its list says.

ALTER TABLE episodes ADD COLUMN poster TEXT;
ALTER TABLE undo_episodes ADD COLUMN poster TEXT;
