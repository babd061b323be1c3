-- Who may use the service, and who changed what.

-- Of a key only its SHA-256 is kept. It is 256 random bits, which nobody finds by trying, so a slow hash would add nothing.
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    last_used_at REAL                               -- to the hour
) STRICT;

-- Who may log in; `password` is what argon2id makes of it, with its parameters.
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    password TEXT NOT NULL,
    changed_at REAL NOT NULL
) STRICT;

-- Who is logged in. The token is 256 random bits as well, and only its SHA-256 is kept.
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    way TEXT NOT NULL,                              -- how they proved who they are
    scope TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL
) STRICT;

-- Who changed what. `targets` is JSON: ids and counts.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    way TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    targets TEXT NOT NULL,
    outcome TEXT NOT NULL
) STRICT;

CREATE INDEX audit_at ON audit (at);
