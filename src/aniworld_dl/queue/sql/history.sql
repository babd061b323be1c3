-- What has ended, over all jobs, and what is to be forgotten of it.

-- name: history_page
-- The latest ended episodes of a status behind a place, whose job's title or whose path contains `:q`.
SELECT e.*, j.anime_title, j.language, j.provider
FROM episodes AS e CROSS JOIN jobs AS j ON j.id = e.job_id
WHERE
    e.status = :status AND e.completed_at IS NOT NULL AND (e.completed_at, e.id) < (:completed_at, :id)
    AND (:q = '' OR instr(j.title_key, :q) > 0 OR instr(e.path_key, :q) > 0)
ORDER BY e.completed_at DESC, e.id DESC
LIMIT :limit;

-- name: history_total
-- How many a search finds in all.
SELECT count(*) AS total
FROM episodes AS e CROSS JOIN jobs AS j ON j.id = e.job_id
WHERE
    e.status = :status AND e.completed_at IS NOT NULL
    AND (instr(j.title_key, :q) > 0 OR instr(e.path_key, :q) > 0);

-- name: last_attempts
-- The latest attempt at each of these episodes.
SELECT a.*
FROM json_each(:ids) AS i
JOIN episodes AS e ON e.id = i.value
JOIN attempts AS a ON a.episode_id = e.id AND a.number = e.attempt;

-- name: kept_episodes
-- How much the ended jobs are, by their episodes; a job without any counts as one.
SELECT total(max(1, completed + failed + cancelled)) AS episodes FROM jobs WHERE active = 0;

-- name: oldest_ended_jobs
-- Those that ended first, before a time, and of which nothing waits for a better version.
SELECT id, max(1, completed + failed + cancelled) AS episodes, last_ended_at FROM jobs
WHERE
    active = 0 AND last_ended_at < :before
    AND NOT EXISTS (SELECT 1 FROM episodes AS e WHERE e.job_id = jobs.id AND e.standing IS NOT NULL)
ORDER BY last_ended_at, id
LIMIT :limit;

-- name: forget_jobs
-- Episodes and their attempts go with them; what has been started again meanwhile stays.
DELETE FROM jobs
WHERE id IN (SELECT value FROM json_each(:ids)) AND active = 0 AND last_ended_at <= :latest
RETURNING id;
