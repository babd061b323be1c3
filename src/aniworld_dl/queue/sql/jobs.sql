-- Jobs. `:statuses` is a JSON array of names.

-- name: add_jobs
-- New jobs go to the end of the queue. `:jobs` is a JSON array of objects.
INSERT INTO jobs (
    anime_title, title_key, language, provider, priority, position, requested_episodes,
    bandwidth_limit_bytes_per_s, idempotency_key, duplicates, created_at, standing
)
SELECT
    json_extract(value, '$.anime_title'),
    json_extract(value, '$.title_key'),
    json_extract(value, '$.language'),
    json_extract(value, '$.provider'),
    json_extract(value, '$.priority'),
    (SELECT coalesce(max(position), 0) FROM jobs) + 1 + key,
    json_extract(value, '$.requested_episodes'),
    json_extract(value, '$.bandwidth_limit_bytes_per_s'),
    json_extract(value, '$.idempotency_key'),
    json_extract(value, '$.duplicates'),
    json_extract(value, '$.created_at'),
    json_extract(value, '$.standing')
FROM json_each(:jobs)
RETURNING id, position;

-- name: jobs_of_keys
-- The jobs that earlier requests with these idempotency keys made.
SELECT id, idempotency_key FROM jobs WHERE idempotency_key IN (SELECT value FROM json_each(:keys));

-- name: job
SELECT * FROM job_rows WHERE id = :id;

-- name: jobs_by_id
SELECT * FROM job_rows WHERE id IN (SELECT value FROM json_each(:ids));

-- name: all_jobs
SELECT id FROM jobs;

-- name: jobs_page
-- The newest jobs below an id. Each status is read off its own stretch of the index, at most a page of it, so that a
-- rare status costs no search through the others.
SELECT * FROM job_rows
WHERE id IN (
    SELECT j.id
    FROM json_each(:statuses) AS s
    JOIN jobs AS j ON j.id IN (
        SELECT k.id FROM jobs AS k
        WHERE k.status = s.value AND k.id < :before AND (:q = '' OR instr(k.title_key, :q) > 0)
        ORDER BY k.id DESC
        LIMIT :limit
    )
)
ORDER BY id DESC
LIMIT :limit;

-- name: jobs_total
-- How many jobs all pages together have.
SELECT count(*) AS total FROM jobs
WHERE status IN (SELECT value FROM json_each(:statuses)) AND (:q = '' OR instr(title_key, :q) > 0);

-- name: active_jobs
-- What has not ended: running ones first, then the order of the queue, which is how the index `jobs_active` is sorted.
SELECT * FROM job_rows
WHERE active = 1
ORDER BY downloading = 0, priority DESC, position, id
LIMIT :limit;

-- name: waiting_jobs
-- The same without the running ones.
SELECT * FROM job_rows
WHERE active = 1 AND (downloading = 0) = 1
ORDER BY priority DESC, position, id
LIMIT :limit;

-- name: queue_page_alike
-- What follows a place in the order of the queue, of three stretches of the index `jobs_active` the first: what runs, or
-- waits, too and has the same priority.
SELECT * FROM job_rows
WHERE active = 1 AND (downloading = 0) = :waits AND priority = :priority AND (position, id) > (:position, :id)
    AND +status IN (SELECT value FROM json_each(:statuses)) AND (:q = '' OR instr(title_key, :q) > 0)
ORDER BY position, id
LIMIT :limit;

-- name: queue_page_lower
-- The second: what has a lower one.
SELECT * FROM job_rows
WHERE active = 1 AND (downloading = 0) = :waits AND priority < :priority
    AND +status IN (SELECT value FROM json_each(:statuses)) AND (:q = '' OR instr(title_key, :q) > 0)
ORDER BY priority DESC, position, id
LIMIT :limit;

-- name: queue_page_waiting
-- The third: what waits, after all that runs.
SELECT * FROM job_rows
WHERE active = 1 AND (downloading = 0) > :waits
    AND +status IN (SELECT value FROM json_each(:statuses)) AND (:q = '' OR instr(title_key, :q) > 0)
ORDER BY downloading = 0, priority DESC, position, id
LIMIT :limit;

-- name: ended_jobs
SELECT * FROM job_rows
WHERE active = 0
ORDER BY last_ended_at DESC, id DESC
LIMIT :limit;

-- name: update_job
-- Null leaves a column as it is; for the bandwidth, where null means no limit, a flag says whether it is to change.
UPDATE jobs SET
    priority = coalesce(:priority, priority),
    anime_title = coalesce(:anime_title, anime_title),
    title_key = coalesce(:title_key, title_key),
    bandwidth_limit_bytes_per_s =
        CASE WHEN :limit_given THEN :bandwidth_limit_bytes_per_s ELSE bandwidth_limit_bytes_per_s END
WHERE id = :id;

-- name: jobs_of_statuses
SELECT id FROM jobs WHERE status IN (SELECT value FROM json_each(:statuses));

-- name: empty_jobs
-- Those of some jobs to which nothing belongs any more.
SELECT j.id
FROM json_each(:ids) AS i CROSS JOIN jobs AS j ON j.id = i.value
WHERE
    j.queued + j.downloading + j.paused + j.completed + j.failed + j.cancelled = 0
    AND NOT EXISTS (SELECT 1 FROM expansions AS x WHERE x.job_id = j.id);

-- name: remove_jobs
-- Episodes and expansions go with them (foreign keys).
DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(:ids)) RETURNING id;

-- name: counts
-- Episodes by status.
SELECT queued, downloading, paused, completed, failed, cancelled FROM totals WHERE id = 1;

-- name: get_meta
SELECT value FROM meta WHERE key = :key;

-- name: set_meta
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: forget_meta
DELETE FROM meta WHERE key = :key;
