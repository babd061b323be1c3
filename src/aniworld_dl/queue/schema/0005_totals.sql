-- How many episodes there are of each status, in one row that triggers keep: it is told after every change, and a sum
-- over all jobs would take the longer the more of them there are.

CREATE TABLE totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    queued INTEGER NOT NULL,
    downloading INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL
) STRICT;

INSERT INTO totals (id, queued, downloading, paused, completed, failed, cancelled)
SELECT
    1, coalesce(sum(queued), 0), coalesce(sum(downloading), 0), coalesce(sum(paused), 0),
    coalesce(sum(completed), 0), coalesce(sum(failed), 0), coalesce(sum(cancelled), 0)
FROM jobs;

CREATE TRIGGER job_counted AFTER UPDATE OF queued, downloading, paused, completed, failed, cancelled ON jobs BEGIN
    UPDATE totals SET
        queued = queued + new.queued - old.queued,
        downloading = downloading + new.downloading - old.downloading,
        paused = paused + new.paused - old.paused,
        completed = completed + new.completed - old.completed,
        failed = failed + new.failed - old.failed,
        cancelled = cancelled + new.cancelled - old.cancelled;
END;

CREATE TRIGGER job_uncounted BEFORE DELETE ON jobs BEGIN
    UPDATE totals SET
        queued = queued - old.queued,
        downloading = downloading - old.downloading,
        paused = paused - old.paused,
        completed = completed - old.completed,
        failed = failed - old.failed,
        cancelled = cancelled - old.cancelled;
END;
