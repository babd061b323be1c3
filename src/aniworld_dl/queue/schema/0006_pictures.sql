-- What the pictures in the page show and what is not kept anywhere else.

-- How much came in each minute of the last day, since 1970-01-01T00:00Z; one that is not there was not measured.
CREATE TABLE throughput (
    minute INTEGER PRIMARY KEY,
    mean_bytes_per_s INTEGER NOT NULL,
    peak_bytes_per_s INTEGER NOT NULL,
    running INTEGER NOT NULL                        -- the most episodes at a time
) STRICT;

-- How the segments of a completed episode came: JSON, compressed (zlib). It goes with its episode, as attempts do.
CREATE TABLE segment_maps (
    episode_id INTEGER PRIMARY KEY,
    tracks BLOB NOT NULL
) STRICT;

CREATE TRIGGER segment_map_of_removed AFTER DELETE ON episodes
WHEN NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM segment_maps WHERE episode_id = old.id;
END;

CREATE TRIGGER segment_map_of_forgotten AFTER DELETE ON undo_episodes
WHEN NOT EXISTS (SELECT 1 FROM episodes AS e WHERE e.id = old.id)
    AND NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM segment_maps WHERE episode_id = old.id;
END;
