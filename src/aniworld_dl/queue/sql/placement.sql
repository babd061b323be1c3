-- Where jobs and episodes stand, and what they may take. `:place` is a job's position or an episode's rank.

-- name: jobs_behind
-- The next jobs behind a place, without the one that is being moved.
SELECT id, position AS place FROM jobs
WHERE (position, id) > (:place, :id) AND id <> :moved
ORDER BY position, id
LIMIT :limit;

-- name: job_before
SELECT id, position AS place FROM jobs
WHERE (position, id) < (:place, :id) AND id <> :moved
ORDER BY position DESC, id DESC
LIMIT 1;

-- name: place_job
-- Null leaves the priority as it is.
UPDATE jobs SET position = :place, priority = coalesce(:priority, priority) WHERE id = :id;

-- name: episodes_behind
SELECT id, rank AS place FROM episodes
WHERE job_id = :job_id AND (rank, id) > (:place, :id) AND id <> :moved
ORDER BY rank, id
LIMIT :limit;

-- name: episode_before
SELECT id, rank AS place FROM episodes
WHERE job_id = :job_id AND (rank, id) < (:place, :id) AND id <> :moved
ORDER BY rank DESC, id DESC
LIMIT 1;

-- name: place_episode
UPDATE episodes SET rank = :place, priority = coalesce(:priority, priority) WHERE id = :id;

-- name: set_jobs
-- Null leaves a priority as it is; for the bandwidth, where null means no limit, a flag says whether it is to change.
UPDATE jobs SET
    priority = coalesce(:priority, priority),
    bandwidth_limit_bytes_per_s =
        CASE WHEN :limit_given THEN :bandwidth_limit_bytes_per_s ELSE bandwidth_limit_bytes_per_s END
WHERE id IN (SELECT value FROM json_each(:ids))
RETURNING id;

-- name: set_episodes
UPDATE episodes SET
    priority = coalesce(:priority, priority),
    bandwidth_limit_bytes_per_s =
        CASE WHEN :limit_given THEN :bandwidth_limit_bytes_per_s ELSE bandwidth_limit_bytes_per_s END
WHERE id IN (SELECT value FROM json_each(:ids))
RETURNING *;
