-- Messages about jobs that have ended. `:targets` is a JSON array of names.

-- name: notices_without_words
-- The oldest first.
SELECT id, uid, job_id FROM notices WHERE body IS NULL ORDER BY id LIMIT :limit;

-- name: add_notice
INSERT INTO notices DEFAULT VALUES RETURNING id, uid;

-- name: new_notice_uid
-- For a message that is not kept.
SELECT lower(hex(randomblob(16))) AS uid;

-- name: put_notice
UPDATE notices SET body = :body, job_id = NULL WHERE id = :id;

-- name: forget_notice
DELETE FROM notices WHERE id = :id;

-- name: episodes_of_status
-- Of a job, in order.
SELECT * FROM episodes WHERE job_id = :job_id AND status = :status ORDER BY rank, id LIMIT :limit;

-- name: new_files_of_job
-- One new file for each folder there is one in.
SELECT * FROM episodes
WHERE job_id = :job_id AND status = 'completed' AND existing = 0 AND path IS NOT NULL
GROUP BY substr(path, 1, length(rtrim(path, replace(path, '/', ''))))
ORDER BY rank, id
LIMIT :limit;

-- name: failed_addresses
SELECT url, error_code, error_text FROM expansions WHERE job_id = :job_id AND state = 'failed' ORDER BY id LIMIT :limit;

-- name: held_for_people
-- What waits for something that only people can change, with the titles of its jobs.
SELECT e.id, e.job_id, e.hold_reason, e.hold_params, j.anime_title
FROM json_each(:reasons) AS r
CROSS JOIN episodes AS e ON e.hold_reason = r.value
CROSS JOIN jobs AS j ON j.id = e.job_id
LIMIT :limit;

-- name: conditions
SELECT name, over_at FROM notice_conditions;

-- name: set_condition
INSERT INTO notice_conditions (name, over_at) VALUES (:name, :over_at)
ON CONFLICT (name) DO UPDATE SET over_at = excluded.over_at;

-- name: forget_conditions
DELETE FROM notice_conditions WHERE over_at <= :now;

-- name: add_deliveries
INSERT INTO deliveries (notice_id, target, due_at) SELECT :notice_id, value, :now FROM json_each(:targets);

-- name: drop_oldest_deliveries
-- What a target does not get any more, because too much waits for it.
DELETE FROM deliveries
WHERE
    target = :target
    AND notice_id <= (
        SELECT notice_id FROM deliveries WHERE target = :target ORDER BY notice_id DESC LIMIT 1 OFFSET :most
    )
RETURNING notice_id;

-- name: drop_foreign_deliveries
-- Of targets that are not set any more.
DELETE FROM deliveries WHERE target NOT IN (SELECT value FROM json_each(:targets));

-- name: next_delivery
SELECT d.notice_id, d.attempts, d.due_at, n.body
FROM deliveries AS d
JOIN notices AS n ON n.id = d.notice_id
WHERE d.target = :target
ORDER BY d.due_at, d.notice_id
LIMIT 1;

-- name: postpone_delivery
UPDATE deliveries SET attempts = attempts + 1, due_at = :due_at WHERE target = :target AND notice_id = :notice_id;

-- name: end_delivery
DELETE FROM deliveries WHERE target = :target AND notice_id = :notice_id;

-- name: note_success
INSERT INTO notice_targets (name, succeeded_at) VALUES (:target, :now)
ON CONFLICT (name) DO UPDATE SET
    succeeded_at = excluded.succeeded_at,
    failed_at = NULL, error_code = NULL, error_params = NULL, error_text = NULL;

-- name: note_failure
INSERT INTO notice_targets (name, failed_at, error_code, error_params, error_text)
VALUES (:target, :now, :error_code, :error_params, :error_text)
ON CONFLICT (name) DO UPDATE SET
    failed_at = excluded.failed_at,
    error_code = excluded.error_code, error_params = excluded.error_params, error_text = excluded.error_text;

-- name: note_given_up
INSERT INTO notice_targets (name, given_up) VALUES (:target, :count)
ON CONFLICT (name) DO UPDATE SET given_up = given_up + excluded.given_up;

-- name: notice_targets
-- Of each target, in the order given, how it went the last time, how many messages wait for it, and when the next is tried.
SELECT
    v.value AS name, t.succeeded_at, t.failed_at, t.error_code, t.error_params, t.error_text,
    coalesce(t.given_up, 0) AS given_up,
    (SELECT count(*) FROM deliveries AS d WHERE d.target = v.value) AS pending,
    (SELECT min(d.due_at) FROM deliveries AS d WHERE d.target = v.value) AS next_at
FROM json_each(:targets) AS v
LEFT JOIN notice_targets AS t ON t.name = v.value;
