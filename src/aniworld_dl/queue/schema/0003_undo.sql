-- Episodes are recognised by keys of their address and of their place in a series, so that none is queued twice
-- (`queue/duplicates.py`). What was cancelled or removed is kept for a while, so that it can be undone.

-- ------------------------------------------------------------------------------------------------------ duplicates

ALTER TABLE episodes ADD COLUMN address_key INTEGER;
ALTER TABLE episodes ADD COLUMN place_key INTEGER;             -- null: season and number were not both given
ALTER TABLE jobs ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE expansions ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0; -- set where it led to nothing else

-- the functions are the program's own
UPDATE episodes SET (address_key, place_key) = (
    SELECT
        address_key(j.language, episodes.url),
        place_key(j.language, coalesce(episodes.series, j.anime_title), episodes.season, episodes.number)
    FROM jobs AS j
    WHERE j.id = episodes.job_id
);

-- what has not ended, by what it is recognised by
CREATE INDEX episodes_by_address ON episodes (address_key)
WHERE status <> 'completed' AND status <> 'failed' AND status <> 'cancelled';
CREATE INDEX episodes_by_place ON episodes (place_key)
WHERE place_key IS NOT NULL AND status <> 'completed' AND status <> 'failed' AND status <> 'cancelled';

-- the duplicates of an address that led to nothing else count until it is listed again
DROP TRIGGER expansion_changed;
CREATE TRIGGER expansion_changed AFTER UPDATE OF state, paused, duplicates ON expansions BEGIN
    UPDATE jobs SET
        pending_expansions = pending_expansions + (new.state = 'pending') - (old.state = 'pending'),
        paused_expansions = paused_expansions
            + (new.state = 'pending' AND new.paused) - (old.state = 'pending' AND old.paused),
        failed_expansions = failed_expansions + (new.state = 'failed') - (old.state = 'failed'),
        duplicates = duplicates + new.duplicates - old.duplicates,
        last_ended_at = max(coalesce(last_ended_at, new.ended_at), coalesce(new.ended_at, last_ended_at))
    WHERE id = new.job_id;
END;

-- ------------------------------------------------------------------------------------------------------------ undo

-- Something that can be undone until a time. Files are moved after `removing` is written and before it becomes `open`;
-- `restoring` and `expired` are written first too, and the record goes when what they stand for is done; it stays as
-- `restored` while a file could not be put back.
CREATE TABLE undos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL CHECK (action IN ('cancel', 'remove', 'clear')),
    state TEXT NOT NULL CHECK (state IN ('removing', 'open', 'restoring', 'restored', 'expired')),
    jobs INTEGER NOT NULL DEFAULT 0,                -- how many were removed
    episodes INTEGER NOT NULL DEFAULT 0,            -- how many were cancelled or removed
    folder TEXT,                                    -- the download folder whose finished files go too; null: they stay
    created_at REAL NOT NULL,
    until REAL NOT NULL
) STRICT;
CREATE INDEX undos_by_state ON undos (state, id);

-- Rows as they were before, by what undoes it: the stored columns of `jobs`, `episodes` and `expansions`. Those of jobs
-- and of what belonged to them when they were removed, and of episodes that were removed or cancelled one by one.
CREATE TABLE undo_jobs (
    undo_id INTEGER NOT NULL REFERENCES undos (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    anime_title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    language TEXT,
    provider TEXT,
    priority INTEGER NOT NULL,
    position REAL NOT NULL,
    requested_episodes INTEGER,
    bandwidth_limit_bytes_per_s INTEGER,
    idempotency_key TEXT,
    created_at REAL NOT NULL,
    last_ended_at REAL,
    duplicates INTEGER NOT NULL,
    PRIMARY KEY (undo_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_episodes (
    undo_id INTEGER NOT NULL REFERENCES undos (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    request_index INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    series TEXT,
    season INTEGER,
    number INTEGER,
    title TEXT,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    bytes_downloaded INTEGER NOT NULL,
    total_bytes INTEGER,
    error_code TEXT,
    error_params TEXT,
    error_text TEXT,
    path TEXT,
    existing INTEGER NOT NULL,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL,
    priority INTEGER NOT NULL,
    rank REAL NOT NULL,
    bandwidth_limit_bytes_per_s INTEGER,
    retries INTEGER NOT NULL,
    hold_reason TEXT,
    hold_until REAL,
    hold_params TEXT,
    address_key INTEGER,
    place_key INTEGER,
    PRIMARY KEY (undo_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX undo_episodes_by_id ON undo_episodes (id);

CREATE TABLE undo_expansions (
    undo_id INTEGER NOT NULL REFERENCES undos (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    request_index INTEGER NOT NULL,
    url TEXT NOT NULL,
    series TEXT,
    season INTEGER,
    number INTEGER,
    title TEXT,
    state TEXT NOT NULL,
    paused INTEGER NOT NULL,
    error_code TEXT,
    error_params TEXT,
    error_text TEXT,
    created_at REAL NOT NULL,
    ended_at REAL,
    duplicates INTEGER NOT NULL,
    PRIMARY KEY (undo_id, id)
) STRICT, WITHOUT ROWID;

-- Until now what a cancelled episode had fetched was deleted at once.
UPDATE episodes SET progress = 0, bytes_downloaded = 0 WHERE status = 'cancelled';
