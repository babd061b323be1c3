-- An address whose page wants to see a person is pending with an error, and is not listed before somebody asks for that.

-- as before; and while there is nothing but such addresses, the first of them
DROP VIEW job_rows;
CREATE VIEW job_rows AS
SELECT
    j.*,
    CASE WHEN j.failed_expansions > 0 THEN (
        SELECT json_object('code', x.error_code, 'params', json(x.error_params), 'text', x.error_text)
        FROM expansions AS x
        WHERE x.job_id = j.id AND x.state = 'failed'
        ORDER BY x.id
        LIMIT 1
    ) END AS expansion_error,
    CASE WHEN j.failed > 0 THEN (
        SELECT json_object('code', e.error_code, 'params', json(e.error_params), 'text', e.error_text)
        FROM episodes AS e
        WHERE e.job_id = j.id AND e.status = 'failed'
        ORDER BY e.rank, e.id
        LIMIT 1
    ) END AS episode_error,
    CASE WHEN j.queued > 0 AND j.ready = 0 THEN (
        SELECT json_object('reason', e.hold_reason, 'until', e.hold_until, 'params', json(e.hold_params))
        FROM episodes AS e
        WHERE e.job_id = j.id AND e.status = 'queued'
        ORDER BY e.rank, e.id
        LIMIT 1
    ) WHEN j.queued = 0 AND j.pending_expansions > j.paused_expansions THEN (
        SELECT json_object('reason', x.error_code, 'until', NULL, 'params', json(x.error_params))
        FROM expansions AS x
        WHERE
            x.job_id = j.id AND x.state = 'pending' AND x.paused = 0 AND x.error_code IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM expansions AS y
                WHERE y.job_id = j.id AND y.state = 'pending' AND y.paused = 0 AND y.error_code IS NULL
            )
        ORDER BY x.id
        LIMIT 1
    ) END AS hold
FROM jobs AS j;
