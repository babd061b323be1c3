-- Episodes that the queue has already. `:addresses` and `:places` are JSON arrays of keys.

-- name: duplicates
-- Episodes that have not ended with one of these keys, each with the key's place in its array. Both indexes hold only
-- what has not ended, and are found by the words with which they say so.
SELECT k.key AS number, e.id, e.job_id, e.status
FROM json_each(:addresses) AS k CROSS JOIN episodes AS e ON e.address_key = k.value
WHERE e.status <> 'completed' AND e.status <> 'failed' AND e.status <> 'cancelled'
UNION ALL
SELECT k.key AS number, e.id, e.job_id, e.status
FROM json_each(:places) AS k CROSS JOIN episodes AS e ON e.place_key = k.value
WHERE e.status <> 'completed' AND e.status <> 'failed' AND e.status <> 'cancelled';

-- name: places_of_job
-- Episodes whose place in the series goes by the title of their job.
SELECT id, season, number FROM episodes WHERE job_id = :job_id AND series IS NULL AND place_key IS NOT NULL;

-- name: set_place_key
UPDATE episodes SET place_key = :place_key WHERE id = :id;
