/** What the server told us: a snapshot, then patches, as signals. */
import { batch, signal } from './dom.js';
import { Row, episodes, jobs } from './rows.js';

const ENDED = new Set(['completed', 'failed', 'cancelled']);
/** The server puts at most this many waiting jobs into a snapshot; the others are paged. */
const SNAPSHOT_WAITING = 200;

/** Fields of a job that decide how much room it takes. */
const ROOM = ['status', 'error', 'failed_episodes', 'total_episodes', 'anime_title'];

/** @typedef {{jobs: boolean, running: boolean, endings: boolean, room: boolean}} Changed what must be put in order after a patch */

/** Jobs that have not ended, in the order of the queue. */
export const activeJobs = signal(/** @type {Row[]} */ ([]));
export const settings = signal(/** @type {Record<string, any>} */ ({}));
/** What is followed, by id. */
export const subscriptions = signal(/** @type {Record<string, any>} */ ({}));
/** One signal a figure: a new speed does not touch what shows the free space. */
export const stats = new Row({ id: 0, running: 0, queued: 0, slots: null, speed_bytes_per_s: 0, free_bytes: null, queue_paused: false, notices: [] });
/** Grows when rows come, go, move, or need more or less room: what lays them out looks again. */
export const structure = signal(0);
/** Counts snapshots: what was read over REST before the last one may be stale. */
export const snapshots = signal(0);
/** Grows when a job ends, comes back or is removed: the pages of ended jobs are stale. */
export const endings = signal(0);
/** Whether jobs wait that the snapshot had no room for. */
export const moreWaiting = signal(false);

/**
 * What others want to hear of. `unknownJob`, `unknownEpisode`: a patch speaks of a row that is not here.
 * @type {{jobMoved(row: Row, before: string): void, episodeMoved(row: Row, before: string): void,
 *   unknownJob(id: number): void, unknownEpisode(id: number): void, episodesReordered(jobId: number): void}}
 */
export const listeners = { jobMoved() {}, episodeMoved() {}, unknownJob() {}, unknownEpisode() {}, episodesReordered() {} };

/** @param {string} status */
export function hasEnded(status) {
  return ENDED.has(status);
}

/** @param {any} message */
export function applySnapshot(message) {
  batch(() => {
    const shown = Object.values(message.jobs ?? {});
    const running = Object.values(message.episodes ?? {});
    forgetJobs(new Set(shown.map((job) => job.id)));
    forgetEpisodes(new Set(running.map((episode) => episode.id)));
    for (const job of shown) jobs.hear(job.id, job);
    for (const episode of running) episodes.hear(episode.id, episode);
    shown.forEach((job) => jobs.put(job));
    running.forEach((episode) => episodes.put(episode));
    settings.value = message.settings ?? {};
    subscriptions.value = message.subscriptions ?? {};
    stats.patch(message.stats ?? {});
    moreWaiting.value = shown.filter((job) => job.status !== 'downloading').length >= SNAPSHOT_WAITING;
    orderJobs();
    orderRunning();
    snapshots.value += 1;
    endings.value += 1;
    structure.value += 1;
  });
}

/** Active jobs that the snapshot lacks have ended or gone. @param {Set<number>} present */
function forgetJobs(present) {
  for (const row of [...jobs.rows.values()]) {
    if (!present.has(row.id) && !hasEnded(row.data.status)) jobs.rows.delete(row.id);
  }
}

/** Episodes that the snapshot lacks do not run; what a list shows is read again by that list. @param {Set<number>} present */
function forgetEpisodes(present) {
  for (const row of [...episodes.rows.values()]) {
    if (present.has(row.id)) continue;
    if (!row.listed) episodes.rows.delete(row.id);
    else if (row.data.status === 'downloading') row.patch({ status: 'queued', phase: null, speed_bytes_per_s: 0, eta_seconds: null });
  }
}

/** Apply patches in the order they came. @param {any[]} messages */
export function applyPatches(messages) {
  batch(() => {
    const changed = { jobs: false, running: false, endings: false, room: false };
    for (const message of messages) {
      for (const [id, fields] of Object.entries(message.jobs ?? {})) patchJob(Number(id), fields, changed);
      for (const [id, fields] of Object.entries(message.episodes ?? {})) patchEpisode(Number(id), fields, changed);
      if (message.stats) stats.patch(message.stats);
      if (message.subscriptions) patchSubscriptions(message.subscriptions);
      if (message.settings) settings.value = { ...settings.value, ...message.settings };
    }
    if (changed.jobs) orderJobs();
    if (changed.running) orderRunning();
    if (changed.endings) endings.value += 1;
    if (changed.jobs || changed.running || changed.endings || changed.room) structure.value += 1;
  });
}

/** Put whole jobs among those that are here. @param {() => Promise<any[]>} read asks for them over REST @returns {Promise<Row[]>} */
export async function addJobs(read) {
  const rows = await jobs.putRead(read);
  batch(() => {
    orderJobs();
    orderRunning();
    structure.value += 1;
  });
  return rows;
}

/** Put one whole episode among the running ones. @param {() => Promise<any[]>} read asks for it over REST */
export async function addEpisodes(read) {
  await episodes.putRead(read);
  batch(() => {
    orderRunning();
    structure.value += 1;
  });
}

/** @param {Record<string, any>} changes null: removed */
function patchSubscriptions(changes) {
  const rows = { ...subscriptions.peek() };
  for (const [id, fields] of Object.entries(changes)) {
    if (fields === null) delete rows[id];
    else rows[id] = { ...rows[id], ...fields };
  }
  subscriptions.value = rows;
}

/** @param {number} id @param {any} fields null: removed @param {Changed} changed */
function patchJob(id, fields, changed) {
  jobs.hear(id, fields);
  if (fields === null) {
    changed.jobs = changed.endings = true;
    jobs.rows.delete(id);
    return;
  }
  const row = jobs.rows.get(id);
  if (!row) return void addJob(id, fields, changed);
  const before = row.data.status;
  row.patch(fields);
  changed.jobs ||= row.data.status !== before || 'priority' in fields || 'position' in fields;
  changed.room ||= ROOM.some((name) => name in fields);
  if (row.data.status === before) return;
  changed.endings ||= hasEnded(before) || hasEnded(row.data.status);
  listeners.jobMoved(row, before);
}

/** @param {number} id @param {any} fields @param {Changed} changed */
function addJob(id, fields, changed) {
  if (fields.status && hasEnded(fields.status)) {
    changed.endings = true;
    if (fields.anime_title !== undefined) jobs.put({ ...fields, id }); // one that was removed has come back
  } else if (fields.anime_title === undefined || fields.status === undefined) listeners.unknownJob(id);
  else {
    jobs.put({ ...fields, id });
    changed.jobs = changed.running = true;
  }
}

/** @param {number} id @param {any} fields null: removed @param {Changed} changed */
function patchEpisode(id, fields, changed) {
  episodes.hear(id, fields);
  const row = episodes.rows.get(id);
  if (fields === null) {
    changed.running = true;
    episodes.rows.delete(id);
    if (row) listeners.episodesReordered(row.data.job_id);
  } else if (row) {
    const before = row.data.status;
    row.patch(fields);
    if ('rank' in fields || 'priority' in fields) listeners.episodesReordered(row.data.job_id);
    if (row.data.status === before) return;
    changed.running = true;
    if (row.data.status !== 'downloading' && !row.listed) episodes.rows.delete(id);
    listeners.episodeMoved(row, before);
  } else if (fields.status === 'downloading' || (fields.phase && !fields.status)) {
    if (fields.job_id === undefined || fields.status === undefined) return listeners.unknownEpisode(id);
    episodes.put({ ...fields, id });
    changed.running = true;
  }
}

/** The order of the queue, as the server pages it: what runs first. @param {Row} a @param {Row} b */
export function inQueueOrder(a, b) {
  const waits = (/** @type {Row} */ row) => Number(row.data.status !== 'downloading');
  return waits(a) - waits(b) || b.data.priority - a.data.priority || (a.data.position ?? 0) - (b.data.position ?? 0) || a.id - b.id;
}

function orderJobs() {
  const active = [...jobs.rows.values()].filter((row) => !hasEnded(row.data.status));
  active.sort(inQueueOrder);
  const shown = activeJobs.peek();
  if (active.length !== shown.length || active.some((row, index) => row !== shown[index])) activeJobs.value = active;
}

function orderRunning() {
  /** @type {Map<number, Row[]>} */
  const byJob = new Map();
  for (const row of episodes.rows.values()) {
    if (row.data.status !== 'downloading') continue;
    const list = byJob.get(row.data.job_id);
    if (list) list.push(row);
    else byJob.set(row.data.job_id, [row]);
  }
  for (const job of jobs.rows.values()) {
    const list = byJob.get(job.id) ?? [];
    if (list.length === 0 && !job.runs) continue;
    list.sort((a, b) => a.data.position - b.data.position);
    const shown = job.running.peek();
    if (list.length !== shown.length || list.some((row, index) => row !== shown[index])) job.running.value = list;
  }
}
