/** One job as its view shows it: read over REST, then kept alive by the patches; it says when it is gone. */
import { ApiError, request } from '../../api.js';
import { signal } from '../../dom.js';
import { jobs } from '../../rows.js';
import { addJobs } from '../../state.js';

const NOT_FOUND = 404;

export class JobPage {
  /** @param {number | null} id */
  constructor(id) {
    this.id = id;
    this.row = signal(/** @type {import('../../rows.js').Row | null} */ (null));
    this.gone = signal(id === null);
    this.failure = signal(/** @type {ApiError | null} */ (null));
    this.asked = 0;
  }

  /** Whether what is shown is not true any more: it was removed, forgotten with a new snapshot, or brought back. */
  get hasChanged() {
    const row = this.row.peek();
    const known = jobs.rows.get(this.id ?? 0);
    return this.gone.peek() ? known !== undefined : row !== null && known !== row;
  }

  /** Read it anew. */
  async load() {
    if (this.id === null) return;
    const mine = (this.asked += 1);
    try {
      const rows = await addJobs(async () => [await request('GET', `jobs/${this.id}`)]);
      if (mine !== this.asked) return;
      this.row.value = rows[0] ?? null;
      this.gone.value = rows.length === 0;
      this.failure.value = null;
    } catch (error) {
      if (mine !== this.asked) return;
      const { status } = /** @type {ApiError} */ (error);
      this.gone.value = status === NOT_FOUND;
      this.failure.value = status === NOT_FOUND ? null : /** @type {ApiError} */ (error);
    }
  }
}
