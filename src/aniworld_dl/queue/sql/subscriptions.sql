-- Addresses that are followed, and what they have listed.

-- name: subscriptions
-- All of them, or one.
SELECT
    s.*,
    (
        SELECT json_group_object(state, count) FROM (
            SELECT state, count(*) AS count FROM subscription_episodes WHERE subscription_id = s.id GROUP BY state
        )
    ) AS counts
FROM subscriptions AS s
WHERE :id IS NULL OR s.id = :id
ORDER BY s.id;

-- name: subscriptions_due
-- All of them, or one: the one that is checked next first, and without counting what they have listed.
SELECT *, '{}' AS counts FROM subscriptions WHERE :id IS NULL OR id = :id ORDER BY next_check_at, id;

-- name: subscriptions_total
SELECT count(*) AS total FROM subscriptions;

-- name: add_subscription
INSERT INTO subscriptions (
    title, url, language, provider, episodes, specials, only_new, interval_s, paused, created_at, next_check_at
)
VALUES (:title, :url, :language, :provider, :episodes, :specials, :only_new, :interval_s, :paused, :now, :now)
RETURNING id;

-- name: change_subscription
UPDATE subscriptions SET
    title = :title, language = :language, provider = :provider, episodes = :episodes, specials = :specials,
    only_new = :only_new, interval_s = :interval_s, paused = :paused, next_check_at = :next_check_at,
    revision = revision + 1
WHERE id = :id
RETURNING id;

-- name: remove_subscription
DELETE FROM subscriptions WHERE id = :id RETURNING id;

-- name: put_off_subscription
UPDATE subscriptions SET next_check_at = :next_check_at WHERE id = :id;

-- name: subscription_checked
UPDATE subscriptions SET
    checked_at = :now, succeeded_at = :now, next_check_at = :next_check_at, failures = 0,
    tells_languages = max(tells_languages, :tells_languages),
    error_code = NULL, error_params = NULL, error_text = NULL
WHERE id = :id;

-- name: subscription_failed
UPDATE subscriptions SET
    checked_at = :now, next_check_at = :next_check_at, failures = failures + 1,
    error_code = :error_code, error_params = :error_params, error_text = :error_text
WHERE id = :id AND revision = :revision;

-- name: subscription_episodes
SELECT * FROM subscription_episodes WHERE subscription_id = :id;

-- name: subscription_episodes_page
-- In the order of the series; null counts as before all numbers. Each with whether its job is still there.
SELECT i.*, EXISTS (SELECT 1 FROM jobs AS j WHERE j.id = i.job_id) AS has_job
FROM subscription_episodes AS i
WHERE
    i.subscription_id = :id AND i.state IN (SELECT value FROM json_each(:states))
    AND (coalesce(i.season, -1), coalesce(i.number, -1), i.key) > (:season, :number, :key)
ORDER BY coalesce(i.season, -1), coalesce(i.number, -1), i.key
LIMIT :limit;

-- name: subscription_episodes_total
SELECT count(*) AS total FROM subscription_episodes
WHERE subscription_id = :id AND state IN (SELECT value FROM json_each(:states));

-- name: put_subscription_episode
INSERT INTO subscription_episodes (
    subscription_id, key, url, title, season, number, counted, state, languages, job_id, first_seen_at, changed_at
)
VALUES (:subscription_id, :key, :url, :title, :season, :number, :counted, :state, :languages, :job_id, :now, :now)
ON CONFLICT DO UPDATE SET
    url = excluded.url, title = excluded.title, season = excluded.season, number = excluded.number,
    state = excluded.state, languages = excluded.languages, job_id = excluded.job_id, changed_at = excluded.changed_at;

-- name: handled_episodes
-- Episodes that the queue has or had, or that were just removed from it, by the keys of their address or place.
-- Reads them all: no index has what has ended.
SELECT address_key, place_key, job_id FROM episodes
WHERE
    address_key IN (SELECT value FROM json_each(:addresses)) OR place_key IN (SELECT value FROM json_each(:places))
UNION ALL
SELECT address_key, place_key, job_id FROM undo_episodes
WHERE
    address_key IN (SELECT value FROM json_each(:addresses)) OR place_key IN (SELECT value FROM json_each(:places));
