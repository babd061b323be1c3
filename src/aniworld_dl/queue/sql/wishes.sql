-- Versions that were taken, standing wishes, and sources.

-- name: note_source_failure
INSERT INTO source_failures (
    episode_id, attempt, at, provider, source, language, error_code, error_params, error_text
)
VALUES (:episode_id, :attempt, :at, :provider, :source, :language, :error_code, :error_params, :error_text);

-- name: drop_old_source_failures
-- All but the latest of an episode.
DELETE FROM source_failures
WHERE episode_id = :episode_id AND id <= (
    SELECT f.id FROM source_failures AS f WHERE f.episode_id = :episode_id ORDER BY f.id DESC LIMIT 1 OFFSET :most
);

-- name: source_failures
-- Of an episode, the latest first.
SELECT * FROM source_failures WHERE episode_id = :episode_id ORDER BY id DESC;

-- name: source_health
SELECT * FROM source_health ORDER BY provider, source;

-- name: keep_source_health
INSERT OR REPLACE INTO source_health (
    provider, source, score, at, successes, failures, worked_at, failed_at, error_code, error_params, error_text
)
VALUES (
    :provider, :source, :score, :at, :successes, :failures, :worked_at, :failed_at, :error_code, :error_params,
    :error_text
);

-- name: forget_source_health
-- Sources that nobody has asked for long say nothing any more.
DELETE FROM source_health WHERE at < :before;

-- name: due_standing
-- The standing wishes whose time has come, the first one first.
SELECT * FROM episodes
WHERE standing IS NOT NULL AND iif(json_valid(standing), json_extract(standing, '$.next_at'), NULL) <= :now
ORDER BY iif(json_valid(standing), json_extract(standing, '$.next_at'), NULL), id
LIMIT :limit;

-- name: next_standing
SELECT iif(json_valid(standing), json_extract(standing, '$.next_at'), NULL) AS next_at FROM episodes
WHERE standing IS NOT NULL
ORDER BY iif(json_valid(standing), json_extract(standing, '$.next_at'), NULL), id
LIMIT 1;

-- name: standing_page
-- Standing wishes behind a place in their order, with the titles of their jobs.
SELECT e.*, j.anime_title
FROM episodes AS e CROSS JOIN jobs AS j ON j.id = e.job_id
WHERE e.standing IS NOT NULL AND (iif(json_valid(e.standing), json_extract(e.standing, '$.next_at'), NULL), e.id) > (:next_at, :id)
ORDER BY iif(json_valid(e.standing), json_extract(e.standing, '$.next_at'), NULL), e.id
LIMIT :limit;

-- name: standing_total
SELECT count(*) AS total FROM episodes WHERE standing IS NOT NULL;

-- name: set_standing
-- What became of a look, unless the wish has ended meanwhile.
UPDATE episodes SET standing = :standing
WHERE id = :id AND status = 'completed' AND standing IS NOT NULL
RETURNING *;

-- name: begin_standing
-- An episode that came in another language than the best waits from now on.
UPDATE episodes SET standing = :standing
WHERE id = :id AND status = 'completed' AND taken IS NOT NULL
RETURNING *;

-- name: end_standing
UPDATE episodes SET standing = NULL
WHERE standing IS NOT NULL AND (
    id IN (SELECT value FROM json_each(:episodes)) OR job_id IN (SELECT value FROM json_each(:jobs))
)
RETURNING *;

-- name: note_swap
-- A better file has taken the place of an episode's.
UPDATE episodes SET
    taken = :taken, standing = :standing, bytes_downloaded = :bytes_downloaded, total_bytes = :total_bytes
WHERE id = :id AND status = 'completed'
RETURNING *;

-- name: add_swapped
-- The trash keeps the file that was replaced, without a way back, until its time is over.
INSERT INTO undos (action, state, folder, created_at, until)
VALUES ('remove', 'restored', :folder, :now, :until)
RETURNING id;
