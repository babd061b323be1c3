BEGIN TRANSACTION;
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    request_index INTEGER NOT NULL,                 -- which address of the request it comes from
    ordinal INTEGER NOT NULL,                       -- its place among the episodes of that address
    position INTEGER NOT NULL,                      -- 1, 2, 3 ... in the job, given once and never changed
    url TEXT NOT NULL,
    series TEXT,
    season INTEGER,
    number INTEGER,
    title TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'downloading', 'paused', 'completed', 'failed', 'cancelled')),
    attempt INTEGER NOT NULL DEFAULT 0,
    progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 10000), -- in hundredths of a percent
    bytes_downloaded INTEGER NOT NULL DEFAULT 0,
    total_bytes INTEGER,
    error_code TEXT,
    error_params TEXT,                              -- a JSON object
    error_text TEXT,
    path TEXT,                                      -- relative to the download folder, with slashes
    existing INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL
) STRICT;
INSERT INTO "episodes" VALUES(1,1,0,0,1,'https://example.org/a.m3u8',NULL,NULL,NULL,NULL,'completed',1,10000,100,100,NULL,NULL,NULL,'Nordlicht/Season 01/Nordlicht S01E01.mkv',0,1.5,2.5,3.5);
INSERT INTO "episodes" VALUES(2,1,1,0,2,'https://example.org/b.m3u8',NULL,NULL,NULL,NULL,'downloading',2,4250,42,100,NULL,NULL,NULL,NULL,0,1.5,6.5,NULL);
INSERT INTO "episodes" VALUES(3,1,2,0,3,'https://example.org/c.m3u8',NULL,NULL,NULL,NULL,'queued',0,0,0,NULL,NULL,NULL,NULL,NULL,0,1.5,NULL,NULL);
CREATE TABLE expansions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    request_index INTEGER NOT NULL,
    url TEXT NOT NULL,
    series TEXT,
    season INTEGER,
    number INTEGER,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'failed', 'cancelled')),
    paused INTEGER NOT NULL DEFAULT 0,              -- its episodes will be paused when they are listed
    error_code TEXT,
    error_params TEXT,
    error_text TEXT,
    created_at REAL NOT NULL,
    ended_at REAL
) STRICT;
INSERT INTO "expansions" VALUES(1,2,0,'https://example.org/series.m3u8',NULL,NULL,NULL,NULL,'failed',0,'http_status','{"host": "example.org", "status": 404}','example.org answered 404',7.5,8.5);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    anime_title TEXT NOT NULL,
    title_key TEXT NOT NULL,                        -- the title without regard to case, for search
    language TEXT,
    provider TEXT,
    priority INTEGER NOT NULL,
    position REAL NOT NULL,                         -- among the jobs of one priority; fractions allow moving between two
    requested_episodes INTEGER,
    bandwidth_limit_bytes_per_s INTEGER,
    idempotency_key TEXT UNIQUE,
    created_at REAL NOT NULL,                       -- all times are seconds since the epoch
    queued INTEGER NOT NULL DEFAULT 0,
    downloading INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    pending_expansions INTEGER NOT NULL DEFAULT 0,
    paused_expansions INTEGER NOT NULL DEFAULT 0,   -- of the pending ones
    failed_expansions INTEGER NOT NULL DEFAULT 0,
    progress_sum INTEGER NOT NULL DEFAULT 0,        -- over the episodes, in hundredths of a percent
    last_ended_at REAL,
    status TEXT NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN downloading > 0 THEN 'downloading'
            WHEN queued > 0 OR pending_expansions > paused_expansions THEN 'queued'
            WHEN paused > 0 OR paused_expansions > 0 THEN 'paused'
            WHEN failed > 0 OR failed_expansions > 0 THEN 'failed'
            WHEN completed > 0 THEN 'completed'
            ELSE 'cancelled'
        END
    ) VIRTUAL,
    active INTEGER NOT NULL GENERATED ALWAYS AS (queued + downloading + paused + pending_expansions > 0) VIRTUAL
) STRICT;
INSERT INTO "jobs" VALUES(1,'Nordlicht','nordlicht','German Sub','VOE',0,1.0,3,NULL,'k',1.5,1,1,0,1,0,0,0,0,0,14250,3.5);
INSERT INTO "jobs" VALUES(2,'Leuchtturm','leuchtturm',NULL,NULL,0,2.0,NULL,NULL,NULL,7.5,0,0,0,0,0,0,0,0,1,0,8.5);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('queue_paused','true');
CREATE INDEX jobs_to_claim ON jobs (priority DESC, downloading, position, id) WHERE queued > 0;
CREATE INDEX jobs_in_order ON jobs (position);
CREATE INDEX jobs_by_status ON jobs (status, id);
CREATE INDEX jobs_active ON jobs (downloading = 0, priority DESC, position, id)
WHERE active = 1;
CREATE INDEX jobs_ended ON jobs (last_ended_at DESC, id DESC) WHERE active = 0;
CREATE UNIQUE INDEX episodes_in_order ON episodes (job_id, request_index, ordinal);
CREATE INDEX episodes_by_status ON episodes (job_id, status, request_index, ordinal);
CREATE INDEX episodes_running ON episodes (started_at, id) WHERE status = 'downloading';
CREATE INDEX expansions_by_job ON expansions (job_id, state, id);
CREATE INDEX expansions_pending ON expansions (id) WHERE state = 'pending';
CREATE TRIGGER episode_added AFTER INSERT ON episodes BEGIN
    UPDATE jobs SET
        queued = queued + (new.status = 'queued'),
        downloading = downloading + (new.status = 'downloading'),
        paused = paused + (new.status = 'paused'),
        completed = completed + (new.status = 'completed'),
        failed = failed + (new.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled'),
        progress_sum = progress_sum + new.progress
    WHERE id = new.job_id;
END;
CREATE TRIGGER episode_changed AFTER UPDATE OF status, progress ON episodes BEGIN
    UPDATE jobs SET
        queued = queued + (new.status = 'queued') - (old.status = 'queued'),
        downloading = downloading + (new.status = 'downloading') - (old.status = 'downloading'),
        paused = paused + (new.status = 'paused') - (old.status = 'paused'),
        completed = completed + (new.status = 'completed') - (old.status = 'completed'),
        failed = failed + (new.status = 'failed') - (old.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled'),
        progress_sum = progress_sum + new.progress - old.progress,
        last_ended_at = max(coalesce(last_ended_at, new.completed_at), coalesce(new.completed_at, last_ended_at))
    WHERE id = new.job_id;
END;
CREATE TRIGGER episode_removed AFTER DELETE ON episodes BEGIN
    UPDATE jobs SET
        queued = queued - (old.status = 'queued'),
        downloading = downloading - (old.status = 'downloading'),
        paused = paused - (old.status = 'paused'),
        completed = completed - (old.status = 'completed'),
        failed = failed - (old.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled'),
        progress_sum = progress_sum - old.progress
    WHERE id = old.job_id;
END;
CREATE TRIGGER expansion_added AFTER INSERT ON expansions BEGIN
    UPDATE jobs SET
        pending_expansions = pending_expansions + (new.state = 'pending'),
        paused_expansions = paused_expansions + (new.state = 'pending' AND new.paused),
        failed_expansions = failed_expansions + (new.state = 'failed')
    WHERE id = new.job_id;
END;
CREATE TRIGGER expansion_changed AFTER UPDATE OF state, paused ON expansions BEGIN
    UPDATE jobs SET
        pending_expansions = pending_expansions + (new.state = 'pending') - (old.state = 'pending'),
        paused_expansions = paused_expansions
            + (new.state = 'pending' AND new.paused) - (old.state = 'pending' AND old.paused),
        failed_expansions = failed_expansions + (new.state = 'failed') - (old.state = 'failed'),
        last_ended_at = max(coalesce(last_ended_at, new.ended_at), coalesce(new.ended_at, last_ended_at))
    WHERE id = new.job_id;
END;
CREATE TRIGGER expansion_removed AFTER DELETE ON expansions BEGIN
    UPDATE jobs SET
        pending_expansions = pending_expansions - (old.state = 'pending'),
        paused_expansions = paused_expansions - (old.state = 'pending' AND old.paused),
        failed_expansions = failed_expansions - (old.state = 'failed')
    WHERE id = old.job_id;
END;
CREATE VIEW job_rows AS
SELECT
    j.*,
    CASE WHEN j.failed_expansions > 0 THEN (
        SELECT json_object('code', x.error_code, 'params', json(x.error_params), 'text', x.error_text)
        FROM expansions AS x
        WHERE x.job_id = j.id AND x.state = 'failed'
        ORDER BY x.id
        LIMIT 1
    ) END AS expansion_error,
    CASE WHEN j.failed > 0 THEN (
        SELECT json_object('code', e.error_code, 'params', json(e.error_params), 'text', e.error_text)
        FROM episodes AS e
        WHERE e.job_id = j.id AND e.status = 'failed'
        ORDER BY e.request_index, e.ordinal
        LIMIT 1
    ) END AS episode_error
FROM jobs AS j;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',2);
INSERT INTO "sqlite_sequence" VALUES('episodes',3);
INSERT INTO "sqlite_sequence" VALUES('expansions',1);
COMMIT;
PRAGMA user_version = 1;
