-- The timeline of an episode, and its history.

-- An attempt that has ended, written with the move that ends it. What nobody has noted is null: all figures of what was
-- running when the service ended. It goes with its episode for good: not while that can still come back by an undo.
CREATE TABLE attempts (
    episode_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL,
    outcome TEXT NOT NULL CHECK (
        outcome IN ('completed', 'failed', 'paused', 'cancelled', 'requeued', 'held', 'interrupted')
    ),
    reason TEXT,                                    -- why it is held
    provider TEXT,
    host TEXT,
    bytes_by_host TEXT,                             -- a JSON object
    fetched_bytes INTEGER,
    wasted_bytes INTEGER,
    segments_retried INTEGER,
    fetching_s REAL,
    error_code TEXT,
    error_params TEXT,                              -- a JSON object
    error_text TEXT,
    PRIMARY KEY (episode_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER attempts_of_removed AFTER DELETE ON episodes
WHEN NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM attempts WHERE episode_id = old.id;
END;

CREATE TRIGGER attempts_of_forgotten AFTER DELETE ON undo_episodes
WHEN NOT EXISTS (SELECT 1 FROM episodes AS e WHERE e.id = old.id)
    AND NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM attempts WHERE episode_id = old.id;
END;

-- the path without regard to case, for search; of a file from before this step only of its letters A to Z
ALTER TABLE episodes ADD COLUMN path_key TEXT;
ALTER TABLE undo_episodes ADD COLUMN path_key TEXT;
UPDATE episodes SET path_key = lower(path) WHERE path IS NOT NULL;

-- what has ended, over all jobs, the latest first; with all that a search looks at
CREATE INDEX episodes_ended ON episodes (status, completed_at DESC, id DESC, job_id, path_key)
WHERE completed_at IS NOT NULL;
