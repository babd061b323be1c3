/** The episodes of one job, page by page over REST; those shown are kept alive by the patches. */
import { ApiError, request } from './api.js';
import { signal } from './dom.js';
import { episodes } from './rows.js';

const PAGE = 50;

/** A list that is read as far as it is looked at. */
export class EpisodeList {
  /** @param {number} jobId */
  constructor(jobId) {
    this.jobId = jobId;
    this.rows = signal(/** @type {import('./rows.js').Row[]} */ ([]));
    this.total = signal(0);
    this.cursor = signal(/** @type {string | null} */ (null));
    this.loading = signal(false);
    this.failure = signal(/** @type {ApiError | null} */ (null));
    this.closed = false;
  }

  /** Read what is shown anew, at least the first page. */
  load() {
    return this.#read(null, Math.max(PAGE, this.rows.peek().length));
  }

  /** Read one page more. */
  more() {
    return this.cursor.value ? this.#read(this.cursor.value, PAGE) : Promise.resolve();
  }

  /** Forget rows that nothing else shows. */
  close() {
    for (const row of this.rows.peek()) {
      row.listed = false;
      if (row.data.status !== 'downloading') episodes.rows.delete(row.id);
    }
    this.closed = true;
  }

  /** @param {string | null} from @param {number} limit */
  async #read(from, limit) {
    if (this.loading.peek()) return;
    this.loading.value = true;
    try {
      const read = await episodes.putRead(() => this.#page(from, limit));
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

  /** @param {string | null} from @param {number} limit @returns {Promise<any[]>} */
  async #page(from, limit) {
    const query = { limit: Math.min(limit, 200), cursor: from };
    const page = await request('GET', `jobs/${this.jobId}/episodes`, { query });
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
  for (let pages = 0; pages < 5 && found.length < wanted; pages += 1) {
    const page = await request('GET', `jobs/${jobId}/episodes`, { query: { limit: 200, cursor } });
    found.push(...page.items.filter((/** @type {any} */ episode) => episode.status === 'failed'));
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return found.slice(0, wanted);
}
