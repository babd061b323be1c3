-- Addresses of a job that are still to be expanded into episodes. `:jobs` is a JSON array of ids.

-- name: add_expansion
INSERT INTO expansions (job_id, request_index, url, series, season, number, title, paused, created_at)
VALUES (:job_id, :request_index, :url, :series, :season, :number, :title, :paused, :created_at);

-- name: pending_expansions
-- Those that may be listed. Null means those of every job.
SELECT * FROM expansions WHERE state = 'pending' AND error_code IS NULL AND (:job_id IS NULL OR job_id = :job_id) ORDER BY id;

-- name: take_expansion
-- Its episodes take its place.
DELETE FROM expansions WHERE id = :id AND state = 'pending' RETURNING *;

-- name: add_duplicates
-- Of an address that led to others too.
UPDATE jobs SET duplicates = duplicates + :duplicates WHERE id = :job_id;

-- name: end_expansion
-- It led to nothing but duplicates. It can be listed again.
UPDATE expansions SET state = 'cancelled', ended_at = :now, duplicates = :duplicates
WHERE id = :id AND state = 'pending';

-- name: fail_expansion
-- One that is `:held` waits until somebody asks for it again.
UPDATE expansions SET
    state = iif(:held, 'pending', 'failed'), ended_at = iif(:held, NULL, :now),
    error_code = :error_code, error_params = :error_params, error_text = :error_text
WHERE id = :id AND state = 'pending'
RETURNING id;

-- name: hold_expansions
-- Whether the episodes that will be listed are to be paused.
UPDATE expansions SET paused = :paused
WHERE job_id IN (SELECT value FROM json_each(:jobs)) AND state = 'pending' AND paused <> :paused
RETURNING job_id;

-- name: cancel_expansions
UPDATE expansions SET state = 'cancelled', ended_at = :now
WHERE job_id IN (SELECT value FROM json_each(:jobs)) AND state = 'pending'
RETURNING job_id;

-- name: retry_expansions
-- What has ended, and what waits for somebody to ask for it.
UPDATE expansions SET
    state = 'pending', paused = 0, ended_at = NULL, duplicates = 0,
    error_code = NULL, error_params = NULL, error_text = NULL
WHERE job_id IN (SELECT value FROM json_each(:jobs))
    AND (state IN ('failed', 'cancelled') OR (state = 'pending' AND paused = 0 AND error_code IS NOT NULL))
RETURNING job_id;
