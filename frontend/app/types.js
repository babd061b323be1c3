/**
 * The shapes the server sends, for JSDoc. Rates are bytes per second, percentages 0 to 100, times RFC 3339 in UTC.
 *
 * @typedef {'queued' | 'downloading' | 'paused' | 'completed' | 'failed' | 'cancelled'} Status
 * @typedef {'resolving' | 'downloading' | 'recording' | 'muxing' | 'verifying'} Phase
 * @typedef {{field: string, value: string, mend: string}} FieldError
 * @typedef {{code: string, params?: Record<string, unknown>, text?: string, fields?: FieldError[]}} ErrorData
 *
 * @typedef {object} JobData
 * @property {number} id
 * @property {string} anime_title
 * @property {string | null} language
 * @property {string | null} provider
 * @property {Status} status
 * @property {number} priority
 * @property {number} position
 * @property {number} total_episodes
 * @property {number} completed_episodes
 * @property {number} failed_episodes
 * @property {Record<Status, number>} episode_counts
 * @property {number} progress_percentage
 * @property {number} speed_bytes_per_s
 * @property {number | null} eta_seconds
 * @property {ErrorData | null} error
 * @property {string | null} error_message
 * @property {string | null} reason
 * @property {string | null} reason_text
 * @property {string} created_at
 * @property {string | null} completed_at
 *
 * @typedef {object} EpisodeData
 * @property {number} id
 * @property {number} job_id
 * @property {number} position
 * @property {string} url
 * @property {number | null} season
 * @property {number | null} number
 * @property {string | null} title
 * @property {Status} status
 * @property {Phase | null} phase
 * @property {number} progress_percentage
 * @property {number} speed_bytes_per_s
 * @property {number | null} eta_seconds
 * @property {ErrorData | null} error
 * @property {string | null} reason
 * @property {string | null} reason_text
 * @property {string | null} path
 * @property {boolean} existing
 *
 * @typedef {object} Stats
 * @property {number} running
 * @property {number} queued
 * @property {number} slots
 * @property {number} speed_bytes_per_s
 * @property {number | null} free_bytes
 * @property {boolean} queue_paused
 * @property {ErrorData[]} notices
 *
 * @typedef {{items: any[], next_cursor: string | null, total: number}} Page
 */
/**
 * Of the vendored library, as far as it is used.
 * @template T @typedef {{value: T, peek(): T}} Signal
 */
export {};
