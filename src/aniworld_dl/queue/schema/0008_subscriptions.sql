-- Addresses that are followed: what they list is looked at again and again, and what is new of it is queued.

CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,                            -- of the series, and of the jobs that are made
    url TEXT NOT NULL,
    language TEXT,
    provider TEXT,
    episodes TEXT NOT NULL,                         -- which seasons and numbers; empty: all
    specials INTEGER NOT NULL,
    only_new INTEGER NOT NULL,                      -- not what was listed at the first check
    interval_s INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,            -- counts changes by the user: a check under way is made anew
    tells_languages INTEGER NOT NULL DEFAULT 0,     -- whether its list has ever said which languages there are
    created_at REAL NOT NULL,
    next_check_at REAL NOT NULL,
    checked_at REAL,
    succeeded_at REAL,
    failures INTEGER NOT NULL DEFAULT 0,            -- checks that failed since the last one that did not
    error_code TEXT,
    error_params TEXT,                              -- a JSON object
    error_text TEXT
) STRICT;

-- What was ever listed, and what became of it. An episode whose state is final is never queued again, whatever became
-- of its job.
CREATE TABLE subscription_episodes (
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    key INTEGER NOT NULL,                           -- of its address
    url TEXT NOT NULL,
    title TEXT,
    season INTEGER,
    number INTEGER,                                 -- as it was listed first
    counted INTEGER NOT NULL,                       -- whether the number only says in which order it appeared
    state TEXT NOT NULL CHECK (
        state IN ('taken', 'queued', 'exists', 'before', 'waiting', 'filtered', 'repeated')
    ),
    languages TEXT NOT NULL,                        -- a JSON array: those on offer, as far as the list says
    job_id INTEGER,
    first_seen_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    PRIMARY KEY (subscription_id, key)
) STRICT, WITHOUT ROWID;
