-- The queue as a file: see `docs/api.md` for the format.

-- name: export_jobs
-- Jobs in the order of the queue, as JSON objects that lack their closing brace and what belongs to them.
SELECT j.id, rtrim(json_object(
    'anime_title', j.anime_title,
    'language', j.language,
    'provider', j.provider,
    'priority', j.priority,
    'bandwidth_limit_bytes_per_s', j.bandwidth_limit_bytes_per_s,
    'total_episodes', j.requested_episodes,
    'standing', CASE j.standing WHEN -1 THEN json('true') WHEN 0 THEN json('false') ELSE j.standing END,
    'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', j.created_at, 'unixepoch')
), '}') AS text
FROM jobs AS j
WHERE :ended OR j.active = 1
ORDER BY j.position, j.id;

-- name: export_episodes
-- A job's episodes in their order.
SELECT json_object(
    'url', e.url,
    'series', e.series,
    'season', e.season,
    'number', e.number,
    'title', e.title,
    'poster', e.poster,
    'place', json_object(
        'position', e.position, 'address', e.request_index, 'ordinal', e.ordinal, 'rank', e.rank
    ),
    'status', e.status,
    'priority', e.priority,
    'bandwidth_limit_bytes_per_s', e.bandwidth_limit_bytes_per_s,
    'attempt', e.attempt,
    'retries', e.retries,
    'progress_percentage', e.progress / 100.0,
    'bytes_downloaded', e.bytes_downloaded,
    'total_bytes', e.total_bytes,
    'hold', json(CASE WHEN e.hold_reason IS NOT NULL THEN json_object(
        'reason', e.hold_reason,
        'until', strftime('%Y-%m-%dT%H:%M:%fZ', e.hold_until, 'unixepoch'),
        'params', json(e.hold_params)
    ) END),
    'error', json(CASE WHEN e.error_code IS NOT NULL THEN json_object(
        'code', e.error_code, 'params', json(e.error_params), 'text', e.error_text
    ) END),
    'path', e.path,
    'existing', json(CASE WHEN e.existing THEN 'true' ELSE 'false' END),
    'taken', json(e.taken),
    'standing', json(CASE WHEN e.standing IS NOT NULL THEN json_object(
        'wanted', json_extract(e.standing, '$.wanted'),
        'since', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(e.standing, '$.since'), 'unixepoch'),
        'until', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(e.standing, '$.until'), 'unixepoch'),
        'next_at', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(e.standing, '$.next_at'), 'unixepoch'),
        'looks', json_extract(e.standing, '$.looks'),
        'error', json_extract(e.standing, '$.error')
    ) END),
    'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', e.created_at, 'unixepoch'),
    'started_at', strftime('%Y-%m-%dT%H:%M:%fZ', e.started_at, 'unixepoch'),
    'completed_at', strftime('%Y-%m-%dT%H:%M:%fZ', e.completed_at, 'unixepoch')
) AS text
FROM episodes AS e
WHERE e.job_id = :job_id
ORDER BY e.rank, e.id;

-- name: export_addresses
-- A job's addresses that are not expanded.
SELECT json_object(
    'url', x.url,
    'series', x.series,
    'season', x.season,
    'number', x.number,
    'title', x.title,
    'address', x.request_index,
    'state', x.state,
    'paused', json(CASE WHEN x.paused THEN 'true' ELSE 'false' END),
    'error', json(CASE WHEN x.error_code IS NOT NULL THEN json_object(
        'code', x.error_code, 'params', json(x.error_params), 'text', x.error_text
    ) END),
    'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', x.created_at, 'unixepoch'),
    'ended_at', strftime('%Y-%m-%dT%H:%M:%fZ', x.ended_at, 'unixepoch')
) AS text
FROM expansions AS x
WHERE x.job_id = :job_id
ORDER BY x.state, x.id;

-- name: import_episode
INSERT INTO episodes (
    job_id, request_index, ordinal, position, rank, url, series, season, number, title, address_key, place_key,
    status, priority, bandwidth_limit_bytes_per_s, attempt, retries, hold_reason, hold_until, hold_params,
    progress, bytes_downloaded, total_bytes, error_code, error_params, error_text, path, path_key, existing,
    created_at, started_at, completed_at, poster, taken, standing
)
VALUES (
    :job_id, :request_index, :ordinal, :position, :rank, :url, :series, :season, :number, :title, :address_key,
    :place_key, :status, :priority, :bandwidth_limit_bytes_per_s, :attempt, :retries, :hold_reason, :hold_until,
    :hold_params, :progress, :bytes_downloaded, :total_bytes, :error_code, :error_params, :error_text, :path, :path_key,
    :existing, :created_at, :started_at, :completed_at, :poster, :taken, :standing
);

-- name: import_address
INSERT INTO expansions (
    job_id, request_index, url, series, season, number, title, state, paused, error_code, error_params, error_text,
    created_at, ended_at
)
VALUES (
    :job_id, :request_index, :url, :series, :season, :number, :title, :state, :paused, :error_code, :error_params,
    :error_text, :created_at, :ended_at
);

-- name: set_last_end
-- When a job ended that has come with ended episodes.
UPDATE jobs SET last_ended_at = (
    SELECT max(at) FROM (
        SELECT max(e.completed_at) AS at FROM episodes AS e WHERE e.job_id = :id
        UNION ALL
        SELECT max(x.ended_at) FROM expansions AS x WHERE x.job_id = :id
    )
)
WHERE id = :id;
