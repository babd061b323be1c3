-- Which version of an episode was taken, for which better one it waits, which sources failed, and how they have done.

-- whether what comes in another language than the best waits for that: null as the settings say, 0 no, -1 as long as they
-- say, else for so many days
ALTER TABLE jobs ADD COLUMN standing INTEGER;
ALTER TABLE undo_jobs ADD COLUMN standing INTEGER;

ALTER TABLE episodes ADD COLUMN taken TEXT;         -- a JSON object: language, provider, and what they stand in for
ALTER TABLE undo_episodes ADD COLUMN taken TEXT;
ALTER TABLE episodes ADD COLUMN standing TEXT;      -- a JSON object: for what it waits, until when, and the next look
ALTER TABLE undo_episodes ADD COLUMN standing TEXT;

-- standing wishes, the next to be looked after first; what is damaged can still be rescued
CREATE INDEX episodes_standing ON episodes (iif(json_valid(standing), json_extract(standing, '$.next_at'), NULL), id) WHERE standing IS NOT NULL;

-- A source that failed, the latest of an episode. It goes with its episode, as attempts do.
CREATE TABLE source_failures (
    id INTEGER PRIMARY KEY,
    episode_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at REAL NOT NULL,
    provider TEXT NOT NULL,
    source TEXT NOT NULL,                           -- who hosts it, else the server
    language TEXT,
    error_code TEXT NOT NULL,
    error_params TEXT NOT NULL,                     -- a JSON object
    error_text TEXT NOT NULL
) STRICT;
CREATE INDEX source_failures_by_episode ON source_failures (episode_id, id);

CREATE TRIGGER source_failures_of_removed AFTER DELETE ON episodes
WHEN NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM source_failures WHERE episode_id = old.id;
END;

CREATE TRIGGER source_failures_of_forgotten AFTER DELETE ON undo_episodes
WHEN NOT EXISTS (SELECT 1 FROM episodes AS e WHERE e.id = old.id)
    AND NOT EXISTS (SELECT 1 FROM undo_episodes AS u WHERE u.id = old.id) BEGIN
    DELETE FROM source_failures WHERE episode_id = old.id;
END;

-- How those who host episodes have done, over all episodes.
CREATE TABLE source_health (
    provider TEXT NOT NULL,
    source TEXT NOT NULL,                           -- in lower case
    score REAL NOT NULL,                            -- 0 to 1, as of `at`
    at REAL NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    worked_at REAL,
    failed_at REAL,
    error_code TEXT,                                -- why it failed last
    error_params TEXT,
    error_text TEXT,
    PRIMARY KEY (provider, source)
) STRICT, WITHOUT ROWID;
