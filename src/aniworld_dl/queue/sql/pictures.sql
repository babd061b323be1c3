-- What the pictures in the page show.

-- name: throughput
-- What was measured in the minutes between two.
SELECT minute, mean_bytes_per_s, peak_bytes_per_s, running FROM throughput
WHERE minute > :after AND minute <= :until
ORDER BY minute;

-- name: note_throughput
-- Minutes that were measured; one that is there already (the clock was put back) is replaced.
INSERT OR REPLACE INTO throughput (minute, mean_bytes_per_s, peak_bytes_per_s, running)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:minutes);

-- name: forget_throughput
-- What is older than a minute, and what lies in the future since the clock was put back.
DELETE FROM throughput WHERE minute <= :after OR minute > :until;

-- name: keep_segment_map
INSERT OR REPLACE INTO segment_maps (episode_id, tracks)
SELECT id, :tracks FROM episodes WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'downloading';

-- name: segment_map
SELECT tracks FROM segment_maps WHERE episode_id = :episode_id;
