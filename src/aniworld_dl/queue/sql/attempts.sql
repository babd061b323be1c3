-- Attempts at episodes that have ended.

-- name: end_attempts
-- Before a move: what runs of these ends its attempt. What somebody has written down before stays.
INSERT OR IGNORE INTO attempts (
    episode_id, number, started_at, ended_at, outcome, reason,
    provider, host, bytes_by_host, fetched_bytes, wasted_bytes, segments_retried, fetching_s,
    error_code, error_params, error_text
)
SELECT
    e.id, e.attempt, coalesce(e.started_at, e.created_at), :ended_at, :outcome, :reason,
    :provider, :host, :bytes_by_host, :fetched_bytes, :wasted_bytes, :segments_retried, :fetching_s,
    :error_code, :error_params, :error_text
FROM episodes AS e
WHERE e.id IN (SELECT value FROM json_each(:ids)) AND e.status = 'downloading';

-- name: timeline
-- An episode's attempts behind a number.
SELECT * FROM attempts WHERE episode_id = :episode_id AND number > :number ORDER BY number LIMIT :limit;

-- name: timeline_total
SELECT count(*) AS total FROM attempts WHERE episode_id = :episode_id;
