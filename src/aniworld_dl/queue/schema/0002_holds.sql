-- Episodes have a place of their own in their job (`rank`, `priority`), a bandwidth limit, and may be held back while
-- they are queued. A job counts those of its queued episodes that are not held (`ready`), so that the next episode is
-- found by an index, however many are held.

ALTER TABLE episodes ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN rank REAL NOT NULL DEFAULT 0;  -- fractions allow moving between two
ALTER TABLE episodes ADD COLUMN bandwidth_limit_bytes_per_s INTEGER;
ALTER TABLE episodes ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN hold_reason TEXT CHECK (hold_reason IS NULL OR status = 'queued');
ALTER TABLE episodes ADD COLUMN hold_until REAL;
ALTER TABLE episodes ADD COLUMN hold_params TEXT;              -- a JSON object
UPDATE episodes SET rank = request_index * 1000000.0 + ordinal;

ALTER TABLE jobs ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET ready = queued;

-- the job whose episode runs next: by turns, or one job after the other
DROP INDEX jobs_to_claim;
CREATE INDEX jobs_to_claim_fairly ON jobs (priority DESC, downloading, position, id) WHERE ready > 0;
CREATE INDEX jobs_to_claim_in_order ON jobs (priority DESC, position, id) WHERE ready > 0;

-- a job's episodes in order
CREATE INDEX episodes_by_rank ON episodes (job_id, rank, id);
-- a job's next episode
CREATE INDEX episodes_to_claim ON episodes (job_id, priority DESC, rank, id)
WHERE status = 'queued' AND hold_reason IS NULL;
-- a job's episodes of a status
DROP INDEX episodes_by_status;
CREATE INDEX episodes_by_status ON episodes (job_id, status, rank, id);
-- what is held, over all jobs, and which hold ends first
CREATE INDEX episodes_held ON episodes (hold_reason, hold_until, id) WHERE hold_reason IS NOT NULL;

DROP TRIGGER episode_added;
CREATE TRIGGER episode_added AFTER INSERT ON episodes BEGIN
    UPDATE jobs SET
        queued = queued + (new.status = 'queued'),
        ready = ready + (new.status = 'queued' AND new.hold_reason IS NULL),
        downloading = downloading + (new.status = 'downloading'),
        paused = paused + (new.status = 'paused'),
        completed = completed + (new.status = 'completed'),
        failed = failed + (new.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled'),
        progress_sum = progress_sum + new.progress
    WHERE id = new.job_id;
END;

DROP TRIGGER episode_changed;
CREATE TRIGGER episode_changed AFTER UPDATE OF status, progress, hold_reason ON episodes BEGIN
    UPDATE jobs SET
        queued = queued + (new.status = 'queued') - (old.status = 'queued'),
        ready = ready
            + (new.status = 'queued' AND new.hold_reason IS NULL) - (old.status = 'queued' AND old.hold_reason IS NULL),
        downloading = downloading + (new.status = 'downloading') - (old.status = 'downloading'),
        paused = paused + (new.status = 'paused') - (old.status = 'paused'),
        completed = completed + (new.status = 'completed') - (old.status = 'completed'),
        failed = failed + (new.status = 'failed') - (old.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled') - (old.status = 'cancelled'),
        progress_sum = progress_sum + new.progress - old.progress,
        last_ended_at = max(coalesce(last_ended_at, new.completed_at), coalesce(new.completed_at, last_ended_at))
    WHERE id = new.job_id;
END;

DROP TRIGGER episode_removed;
CREATE TRIGGER episode_removed AFTER DELETE ON episodes BEGIN
    UPDATE jobs SET
        queued = queued - (old.status = 'queued'),
        ready = ready - (old.status = 'queued' AND old.hold_reason IS NULL),
        downloading = downloading - (old.status = 'downloading'),
        paused = paused - (old.status = 'paused'),
        completed = completed - (old.status = 'completed'),
        failed = failed - (old.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled'),
        progress_sum = progress_sum - old.progress
    WHERE id = old.job_id;
END;

-- A job as the program reads it: with the first error of its addresses and of its episodes, as JSON, and while nothing
-- of it could start the hold of the first in line.
DROP VIEW job_rows;
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
        ORDER BY e.rank, e.id
        LIMIT 1
    ) END AS episode_error,
    CASE WHEN j.queued > 0 AND j.ready = 0 THEN (
        SELECT json_object('reason', e.hold_reason, 'until', e.hold_until, 'params', json(e.hold_params))
        FROM episodes AS e
        WHERE e.job_id = j.id AND e.status = 'queued'
        ORDER BY e.rank, e.id
        LIMIT 1
    ) END AS hold
FROM jobs AS j;
