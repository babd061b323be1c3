/** The episodes of one job, page by page over REST; those shown are kept alive by the patches. */
import { ApiError, request } from './api.js';
import { signal } from './dom.js';
import { episodes } from './rows.js';

const PAGE = 200;
const MOST_FAILED_PAGES = 5;

/** A list that is read as far as it is looked at, in the job's order. */
export class EpisodeList {
  /** @param {number} jobId */
  constructor(jobId) {
    this.jobId = jobId;
    this.rows = signal(/** @type {import('./rows.js').Row[]} */ ([]));
    /** Null until it is known. */
    this.total = signal(/** @type {number | null} */ (null));
    this.cursor = signal(/** @type {string | null} */ (null));
    this.loading = signal(false);
    this.failure = signal(/** @type {ApiError | null} */ (null));
    this.closed = false;
  }

  /** Read what is shown anew, at least the first page. */
  async load() {
    const wished = this.rows.peek().length;
    await this.#read(null);
    await this.need(wished);
  }

  /** Read one page more. */
  more() {
    return this.cursor.value ? this.#read(this.cursor.value) : Promise.resolve();
  }

  /** Read on until this many are here. @param {number} count */
  async need(count) {
    while (!this.closed && !this.loading.peek() && !this.failure.peek() && this.cursor.peek() && this.rows.peek().length < count) await this.more();
  }

  /** Put in order again what was moved, and leave out what is gone. */
  reorder() {
    const rows = this.rows.peek().filter((row) => episodes.rows.get(row.id) === row);
    this.total.value = Math.max(rows.length, (this.total.peek() ?? 0) - (this.rows.peek().length - rows.length));
    this.rows.value = rows.sort((a, b) => a.data.rank - b.data.rank || a.id - b.id);
  }

  /** Forget rows that nothing else shows. */
  close() {
    for (const row of this.rows.peek()) {
      row.listed = false;
      if (row.data.status !== 'downloading') episodes.rows.delete(row.id);
    }
    this.closed = true;
  }

  /** @param {string | null} from */
  async #read(from) {
    if (this.loading.peek()) return;
    this.loading.value = true;
    try {
      const read = await episodes.putRead(() => this.#page(from));
      if (this.closed) return;
      for (const row of read) row.listed = true;
      this.rows.value = from ? [...new Set([...this.rows.peek(), ...read])] : read;
      this.failure.value = null;
    } catch (error) {
      this.failure.value = /** @type {ApiError} */ (error);
    } finally {
      this.loading.value = false;
    }
  }

  /** @param {string | null} from @returns {Promise<any[]>} */
  async #page(from) {
    const page = await request('GET', `jobs/${this.jobId}/episodes`, { query: { limit: PAGE, cursor: from } });
    this.total.value = page.total;
    this.cursor.value = page.next_cursor;
    return page.items;
  }
}

/**
 * The first failed episodes of a job, for its errors in words.
 * @param {number} jobId @param {number} wanted @returns {Promise<any[]>}
 */
export async function failedEpisodes(jobId, wanted) {
  /** @type {any[]} */
  const found = [];
  let cursor = /** @type {string | null} */ (null);
  for (let pages = 0; pages < MOST_FAILED_PAGES && found.length < wanted; pages += 1) {
    const page = await request('GET', `jobs/${jobId}/episodes`, { query: { limit: PAGE, cursor } });
    found.push(...page.items.filter((/** @type {any} */ episode) => episode.status === 'failed'));
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return found.slice(0, wanted);
}
