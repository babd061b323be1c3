-- What can be undone. `:undo_id` is a record; `:ids` and `:jobs` are JSON arrays of ids.

-- name: add_undo
INSERT INTO undos (action, state, folder, created_at, until)
VALUES (:action, :state, :folder, :created_at, :until)
RETURNING id;

-- name: count_undo
UPDATE undos SET jobs = :jobs, episodes = :episodes WHERE id = :undo_id RETURNING *;

-- name: drop_kept
-- These episodes are cancelled once more: what was kept of them before is out of date.
DELETE FROM undo_episodes WHERE id IN (SELECT value FROM json_each(:ids));

-- name: owners_of
SELECT job_id FROM episodes WHERE id IN (SELECT value FROM json_each(:ids));

-- name: keep_jobs
INSERT INTO undo_jobs (
    undo_id,
    id, anime_title, title_key, language, provider, priority, position, requested_episodes,
    bandwidth_limit_bytes_per_s, idempotency_key, created_at, last_ended_at, duplicates, standing
)
SELECT
    :undo_id,
    j.id, j.anime_title, j.title_key, j.language, j.provider, j.priority, j.position, j.requested_episodes,
    j.bandwidth_limit_bytes_per_s, j.idempotency_key, j.created_at, j.last_ended_at, j.duplicates, j.standing
FROM json_each(:jobs) AS i CROSS JOIN jobs AS j ON j.id = i.value;

-- name: drop_present_jobs
-- Only those that are gone can come back.
DELETE FROM undo_jobs WHERE undo_id = :undo_id AND id IN (SELECT value FROM json_each(:jobs));

-- name: keep_episodes
INSERT INTO undo_episodes (
    undo_id,
    id, job_id, request_index, ordinal, position, url, series, season, number, title, status, attempt, progress,
    bytes_downloaded, total_bytes, error_code, error_params, error_text, path, existing, created_at, started_at,
    completed_at, priority, rank, bandwidth_limit_bytes_per_s, retries, hold_reason, hold_until, hold_params,
    address_key, place_key, path_key, taken, standing, poster
)
SELECT
    :undo_id,
    e.id, e.job_id, e.request_index, e.ordinal, e.position, e.url, e.series, e.season, e.number, e.title, e.status,
    e.attempt, e.progress, e.bytes_downloaded, e.total_bytes, e.error_code, e.error_params, e.error_text, e.path,
    e.existing, e.created_at, e.started_at, e.completed_at, e.priority, e.rank, e.bandwidth_limit_bytes_per_s,
    e.retries, e.hold_reason, e.hold_until, e.hold_params, e.address_key, e.place_key, e.path_key, e.taken,
    e.standing, e.poster
FROM json_each(:ids) AS i CROSS JOIN episodes AS e ON e.id = i.value;

-- name: keep_expansions
INSERT INTO undo_expansions (
    undo_id,
    id, job_id, request_index, url, series, season, number, title, state, paused, error_code, error_params,
    error_text, created_at, ended_at, duplicates
)
SELECT
    :undo_id,
    x.id, x.job_id, x.request_index, x.url, x.series, x.season, x.number, x.title, x.state, x.paused, x.error_code,
    x.error_params, x.error_text, x.created_at, x.ended_at, x.duplicates
FROM json_each(:jobs) AS i CROSS JOIN expansions AS x ON x.job_id = i.value
WHERE x.state IN (SELECT value FROM json_each(:states));

-- name: take_undo
-- Only one can undo it, and only in time.
UPDATE undos SET state = 'restoring' WHERE id = :undo_id AND state = 'open' AND until > :now RETURNING *;

-- name: missing_job_of_undo
-- A job to which something would come back, but which has been removed since.
SELECT u.job_id FROM undo_episodes AS u
WHERE
    u.undo_id = :undo_id
    AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.id = u.job_id)
    AND NOT EXISTS (SELECT 1 FROM undo_jobs AS k WHERE k.undo_id = u.undo_id AND k.id = u.job_id)
LIMIT 1;

-- name: restore_jobs
-- Their figures come back with what belongs to them. An idempotency key that was used again meanwhile stays with the
-- other job.
INSERT INTO jobs (
    id, anime_title, title_key, language, provider, priority, position, requested_episodes,
    bandwidth_limit_bytes_per_s, idempotency_key, created_at, last_ended_at, duplicates, standing
)
SELECT
    u.id, u.anime_title, u.title_key, u.language, u.provider, u.priority, u.position, u.requested_episodes,
    u.bandwidth_limit_bytes_per_s, iif(EXISTS (SELECT 1 FROM jobs AS o WHERE o.idempotency_key = u.idempotency_key),
    NULL, u.idempotency_key), u.created_at, u.last_ended_at, u.duplicates, u.standing
FROM undo_jobs AS u
WHERE u.undo_id = :undo_id
RETURNING id;

-- name: restore_episodes
INSERT INTO episodes (
    id, job_id, request_index, ordinal, position, url, series, season, number, title, status, attempt, progress,
    bytes_downloaded, total_bytes, error_code, error_params, error_text, path, existing, created_at, started_at,
    completed_at, priority, rank, bandwidth_limit_bytes_per_s, retries, hold_reason, hold_until, hold_params,
    address_key, place_key, path_key, taken, standing, poster
)
SELECT
    u.id, u.job_id, u.request_index, u.ordinal, u.position, u.url, u.series, u.season, u.number, u.title, u.status,
    u.attempt, u.progress, u.bytes_downloaded, u.total_bytes, u.error_code, u.error_params, u.error_text, u.path,
    u.existing, u.created_at, u.started_at, u.completed_at, u.priority, u.rank, u.bandwidth_limit_bytes_per_s,
    u.retries, u.hold_reason, u.hold_until, u.hold_params, u.address_key, u.place_key, u.path_key, u.taken,
    u.standing, u.poster
FROM undo_episodes AS u
WHERE u.undo_id = :undo_id
RETURNING *;

-- name: restore_expansions
INSERT INTO expansions (
    id, job_id, request_index, url, series, season, number, title, state, paused, error_code, error_params,
    error_text, created_at, ended_at, duplicates
)
SELECT
    u.id, u.job_id, u.request_index, u.url, u.series, u.season, u.number, u.title, u.state, u.paused, u.error_code,
    u.error_params, u.error_text, u.created_at, u.ended_at, u.duplicates
FROM undo_expansions AS u
WHERE u.undo_id = :undo_id;

-- name: restore_cancelled
-- Those that are still cancelled are again what they were; what ran waits.
UPDATE episodes SET
    status = iif(u.status = 'downloading', 'queued', u.status),
    hold_reason = u.hold_reason, hold_until = u.hold_until, hold_params = u.hold_params,
    retries = u.retries,
    completed_at = u.completed_at,
    error_code = u.error_code, error_params = u.error_params, error_text = u.error_text
FROM undo_episodes AS u
WHERE u.undo_id = :undo_id AND episodes.id = u.id AND episodes.status = 'cancelled'
RETURNING *;

-- name: restore_cancelled_expansions
UPDATE expansions SET state = u.state, paused = u.paused, ended_at = u.ended_at
FROM undo_expansions AS u
WHERE u.undo_id = :undo_id AND expansions.id = u.id AND expansions.state = 'cancelled'
RETURNING job_id;

-- name: undos_page
-- What can be undone, the newest first.
SELECT * FROM undos WHERE id < :before AND state = 'open' AND until > :now ORDER BY id DESC LIMIT :limit;

-- name: undos_total
SELECT count(*) AS total FROM undos WHERE state = 'open' AND until > :now;

-- name: unfinished_undos
SELECT * FROM undos WHERE state = :state ORDER BY id;

-- name: settle_undo
-- What stood in the way of its end is done.
UPDATE undos SET state = :state WHERE id = :undo_id;

-- name: expire_undos
UPDATE undos SET state = 'expired' WHERE state IN ('open', 'restored') AND until <= :now RETURNING id;

-- name: next_undo_end
SELECT min(until) AS until FROM undos WHERE state IN ('open', 'restored');

-- name: forget_undo
-- With all that was kept (foreign keys).
DELETE FROM undos WHERE id = :undo_id;

-- name: kept_files
-- Finished files of what was removed.
SELECT id, path FROM undo_episodes WHERE undo_id = :undo_id AND status = 'completed' AND path IS NOT NULL ORDER BY id;

-- name: lose_work
-- Of what is still cancelled nothing is left, unless a later record keeps it.
UPDATE episodes SET progress = 0, bytes_downloaded = 0
WHERE
    id IN (SELECT u.id FROM undo_episodes AS u WHERE u.undo_id = :undo_id)
    AND status = 'cancelled'
    AND NOT EXISTS (SELECT 1 FROM undo_episodes AS o WHERE o.id = episodes.id AND o.undo_id <> :undo_id)
RETURNING *;

-- name: works_of_undo
-- Episodes that had begun and that nothing can bring back, each with the title of its job.
SELECT
    u.*,
    coalesce(
        (SELECT j.anime_title FROM jobs AS j WHERE j.id = u.job_id),
        (SELECT k.anime_title FROM undo_jobs AS k WHERE k.undo_id = u.undo_id AND k.id = u.job_id),
        ''
    ) AS anime_title
FROM undo_episodes AS u
WHERE
    u.undo_id = :undo_id
    AND u.attempt > 0
    AND u.status <> 'completed'
    AND NOT EXISTS (SELECT 1 FROM undo_episodes AS o WHERE o.id = u.id AND o.undo_id <> u.undo_id)
    AND NOT EXISTS (SELECT 1 FROM episodes AS e WHERE e.id = u.id AND e.status <> 'cancelled')
ORDER BY u.id;
