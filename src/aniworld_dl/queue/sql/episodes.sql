-- Episodes. `:before` is a JSON array of the statuses that are allowed to change, `:ids` one of ids.

-- name: add_episodes
-- `:rows` is a JSON array of [job_id, position, request_index, ordinal, url, series, season, number, title, poster,
-- address_key, place_key]. One statement, because a call for each row costs more than the row.
INSERT INTO episodes (
    job_id, position, request_index, ordinal, rank, url, series, season, number, title, poster, address_key, place_key,
    status, created_at
)
SELECT
    json_extract(value, '$[0]'),
    json_extract(value, '$[1]'),
    json_extract(value, '$[2]'),
    json_extract(value, '$[3]'),
    json_extract(value, '$[2]') * 1000000.0 + json_extract(value, '$[3]'),
    json_extract(value, '$[4]'),
    json_extract(value, '$[5]'),
    json_extract(value, '$[6]'),
    json_extract(value, '$[7]'),
    json_extract(value, '$[8]'),
    json_extract(value, '$[9]'),
    json_extract(value, '$[10]'),
    json_extract(value, '$[11]'),
    :status,
    :created_at
FROM json_each(:rows);

-- name: next_position
-- Positions are counted in the order of arrival, so that one is never given twice.
SELECT coalesce(max(position), 0) + 1 AS position FROM episodes WHERE job_id = :job_id;

-- name: episode
SELECT * FROM episodes WHERE id = :id;

-- name: episodes_by_id
SELECT * FROM episodes WHERE id IN (SELECT value FROM json_each(:ids));

-- name: episodes_page
-- A job's episodes behind a place in their order.
SELECT * FROM episodes
WHERE job_id = :job_id AND (rank, id) > (:rank, :id)
ORDER BY rank, id
LIMIT :limit;

-- name: episodes_total
SELECT queued + downloading + paused + completed + failed + cancelled AS total FROM jobs WHERE id = :job_id;

-- name: episodes_of_address
-- What one address of a request was expanded into.
SELECT * FROM episodes WHERE job_id = :job_id AND request_index = :request_index ORDER BY ordinal;

-- name: running_episodes
SELECT * FROM episodes WHERE status = 'downloading' ORDER BY started_at, id;

-- name: next_fairly
-- The next episode: of the jobs that have one ready, that with the highest priority, then with the fewest running
-- episodes, then the first in the queue (the index `jobs_to_claim_fairly` is sorted so); of its episodes the first.
SELECT e.id FROM episodes AS e
WHERE
    e.job_id = (
        SELECT j.id FROM jobs AS j
        WHERE j.ready > 0
        ORDER BY j.priority DESC, j.downloading, j.position, j.id
        LIMIT 1
    )
    AND e.status = 'queued' AND e.hold_reason IS NULL
ORDER BY e.priority DESC, e.rank, e.id
LIMIT 1;

-- name: next_in_order
-- The same, with one job after the other.
SELECT e.id FROM episodes AS e
WHERE
    e.job_id = (
        SELECT j.id FROM jobs AS j
        WHERE j.ready > 0
        ORDER BY j.priority DESC, j.position, j.id
        LIMIT 1
    )
    AND e.status = 'queued' AND e.hold_reason IS NULL
ORDER BY e.priority DESC, e.rank, e.id
LIMIT 1;

-- name: start_episodes
-- Queued episodes run from now on, held or not.
UPDATE episodes SET
    status = 'downloading',
    attempt = attempt + 1,
    retries = CASE WHEN :by_user THEN 0 ELSE retries END,
    started_at = :now,
    completed_at = NULL,
    hold_reason = NULL, hold_until = NULL, hold_params = NULL,
    error_code = NULL, error_params = NULL, error_text = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'queued'
RETURNING *;

-- name: turns
-- Of some episodes those that are queued, with their place in the order of claims.
SELECT e.id, j.priority, j.position, j.id AS job_id, e.priority AS episode_priority, e.rank
FROM json_each(:ids) AS i
CROSS JOIN episodes AS e ON e.id = i.value
CROSS JOIN jobs AS j ON j.id = e.job_id
WHERE e.status = 'queued';

-- name: next_hold_end
-- When the first hold that has an end ends.
SELECT min(first) AS until FROM (
    SELECT (SELECT min(e.hold_until) FROM episodes AS e WHERE e.hold_reason = r.value) AS first
    FROM json_each(:reasons) AS r
);

-- name: end_holds
-- Holds whose time has come, and those that end later than any hold does: a clock that was wrong put them there.
UPDATE episodes SET hold_reason = NULL, hold_until = NULL, hold_params = NULL
WHERE hold_reason IN (SELECT value FROM json_each(:reasons)) AND (hold_until <= :now OR hold_until > :latest)
RETURNING *;

-- name: held
-- What is held for a reason, the first to end first, then the oldest.
SELECT * FROM episodes WHERE hold_reason = :reason ORDER BY hold_until, id LIMIT :limit;

-- name: end_holds_of
-- Holds of a reason that whoever set them ends. Who does not wait for the next attempt gives it new retries.
UPDATE episodes SET
    hold_reason = NULL, hold_until = NULL, hold_params = NULL,
    retries = iif(hold_reason = 'retry_backoff', 0, retries)
WHERE id IN (SELECT value FROM json_each(:ids)) AND hold_reason = :reason
RETURNING *;

-- name: move_episodes
-- One guarded move. Whoever queues an ended one again gives it new retries.
UPDATE episodes SET
    status = :after,
    hold_reason = :hold_reason, hold_until = :hold_until, hold_params = :hold_params,
    retries = CASE
        WHEN status IN ('completed', 'failed', 'cancelled') THEN 0
        ELSE coalesce(:retries, retries)
    END,
    completed_at = :completed_at,
    progress = CASE
        WHEN :after = 'completed' THEN 10000
        ELSE coalesce(:progress, progress)
    END,
    bytes_downloaded = coalesce(:bytes_downloaded, bytes_downloaded),
    total_bytes = coalesce(:total_bytes, total_bytes),
    path = coalesce(:path, path),
    path_key = coalesce(:path_key, path_key),
    existing = coalesce(:existing, existing),
    taken = coalesce(:taken, taken),
    standing = coalesce(:standing, standing),
    season = coalesce(:season, season),
    number = coalesce(:number, number),
    error_code = :error_code, error_params = :error_params, error_text = :error_text
WHERE id IN (SELECT value FROM json_each(:ids)) AND status IN (SELECT value FROM json_each(:before))
RETURNING *;

-- name: selected_episodes
-- Of some jobs and some episodes all. What belongs to both comes twice.
SELECT e.* FROM json_each(:jobs) AS j CROSS JOIN episodes AS e ON e.job_id = j.value
UNION ALL
SELECT * FROM episodes WHERE id IN (SELECT value FROM json_each(:episodes));

-- name: remove_episodes
DELETE FROM episodes WHERE id IN (SELECT value FROM json_each(:ids));

-- name: movable
-- Of some jobs and of some episodes those that may change. What belongs to both comes twice.
SELECT e.id, e.status
FROM json_each(:jobs) AS j CROSS JOIN episodes AS e ON e.job_id = j.value
WHERE e.status IN (SELECT value FROM json_each(:before))
UNION ALL
SELECT id, status FROM episodes
WHERE id IN (SELECT value FROM json_each(:episodes)) AND status IN (SELECT value FROM json_each(:before));
