-- What is to be told about jobs that have ended, and to whom.

-- A message. Its row is written by the change that ends the job, its words (`body`, JSON) a moment later; it goes when
-- everybody has it, or is given up on. Receivers tell doubles by `uid`.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    job_id INTEGER REFERENCES jobs (id) ON DELETE SET NULL,   -- whose end is to be put into words
    body TEXT
) STRICT;
CREATE INDEX notices_without_words ON notices (id) WHERE body IS NULL;
CREATE INDEX notices_by_job ON notices (job_id) WHERE job_id IS NOT NULL;

-- Who is still to get it, and when that is tried next.
CREATE TABLE deliveries (
    notice_id INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    PRIMARY KEY (target, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_in_turn ON deliveries (target, due_at, notice_id);
CREATE INDEX deliveries_by_notice ON deliveries (notice_id);

CREATE TRIGGER delivery_ended AFTER DELETE ON deliveries
WHEN NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.notice_id = old.notice_id) BEGIN
    DELETE FROM notices WHERE id = old.notice_id;
END;

-- How it went the last time, by the name of the target.
CREATE TABLE notice_targets (
    name TEXT PRIMARY KEY,
    succeeded_at REAL,
    failed_at REAL,
    error_code TEXT,
    error_params TEXT,                                        -- a JSON object
    error_text TEXT,
    given_up INTEGER NOT NULL DEFAULT 0                       -- messages that were
) STRICT, WITHOUT ROWID;

-- What the queue waits for and people were told of. It counts as over when `over_at` has come.
CREATE TABLE notice_conditions (
    name TEXT PRIMARY KEY,
    over_at REAL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER job_ended AFTER UPDATE OF queued, downloading, paused, pending_expansions ON jobs
WHEN old.queued + old.downloading + old.paused + old.pending_expansions > 0
    AND new.queued + new.downloading + new.paused + new.pending_expansions = 0 BEGIN
    INSERT INTO notices (job_id) VALUES (new.id);
END;

-- A job that goes on before its end was put into words has not ended: an address may become episodes, for example.
CREATE TRIGGER job_goes_on AFTER UPDATE OF queued, downloading, paused, pending_expansions ON jobs
WHEN old.queued + old.downloading + old.paused + old.pending_expansions = 0
    AND new.queued + new.downloading + new.paused + new.pending_expansions > 0 BEGIN
    DELETE FROM notices WHERE job_id = new.id AND body IS NULL;
END;
