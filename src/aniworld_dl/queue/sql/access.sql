-- Who may use the service, and who changed what. Times are seconds since the epoch.

-- name: has_access
SELECT EXISTS (SELECT 1 FROM api_keys) OR EXISTS (SELECT 1 FROM users);

-- name: access_keys
SELECT * FROM api_keys ORDER BY id;

-- name: access_users
SELECT * FROM users ORDER BY name;

-- name: access_sessions
SELECT * FROM sessions WHERE expires_at > :now;

-- name: access_changed
-- Other processes on the same database see by this number that they must read anew.
INSERT INTO meta (key, value) VALUES ('access_version', '1')
ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1;

-- name: add_api_key
-- Nothing comes back when the name is taken.
INSERT INTO api_keys (name, scope, digest, created_at) VALUES (:name, :scope, :digest, :created_at)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: drop_api_key
DELETE FROM api_keys WHERE id = :id RETURNING id;

-- name: use_api_key
UPDATE api_keys SET last_used_at = :at WHERE id = :id;

-- name: put_user
INSERT INTO users (name, scope, password, changed_at) VALUES (:name, :scope, :password, :changed_at)
ON CONFLICT (name) DO UPDATE
SET scope = excluded.scope, password = excluded.password, changed_at = excluded.changed_at;

-- name: drop_user
DELETE FROM users WHERE name = :name RETURNING name;

-- name: add_session
INSERT INTO sessions (digest, name, way, scope, created_at, expires_at)
VALUES (:digest, :name, :way, :scope, :created_at, :expires_at);

-- name: drop_old_sessions
-- Those that have expired, and of all the oldest when there are too many.
DELETE FROM sessions
WHERE expires_at <= :now
    OR digest NOT IN (SELECT digest FROM sessions ORDER BY created_at DESC LIMIT :most);

-- name: drop_session
DELETE FROM sessions WHERE digest = :digest;

-- name: drop_sessions_of
-- Those of one way for everybody of this name.
DELETE FROM sessions WHERE name = :name AND way = :way;

-- name: add_audit
-- `:entries` is a JSON array of objects.
INSERT INTO audit (at, name, way, address, action, targets, outcome)
SELECT
    json_extract(value, '$.at'), json_extract(value, '$.name'), json_extract(value, '$.way'),
    json_extract(value, '$.address'), json_extract(value, '$.action'), json_extract(value, '$.targets'),
    json_extract(value, '$.outcome')
FROM json_each(:entries);

-- name: audit_page
SELECT * FROM audit WHERE id < :before ORDER BY id DESC LIMIT :limit;

-- name: audit_total
SELECT count(*) AS total FROM audit;

-- name: forget_audit
DELETE FROM audit WHERE at < :before OR id <= (SELECT max(id) FROM audit) - :most;
