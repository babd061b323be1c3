/** Numbers over time: the last minutes second by second, and what can be said of a list of them. Nothing here needs a page. */

/** @typedef {number | null} Value null: not known */

export const RECENT_S = 300;

/** The last seconds. Times are whole seconds of any clock that goes on; a second that nobody measured is null. */
export class Recent {
  constructor(size = RECENT_S) {
    this.size = size;
    /** @type {Value[]} */
    this.values = new Array(size).fill(null);
    this.last = -1;
  }

  /** @param {number} second @param {Value} value */
  push(second, value) {
    if (this.last < 0 || second - this.last >= this.size || second < this.last - this.size) this.values.fill(null);
    else for (let missed = this.last + 1; missed < second; missed += 1) this.values[missed % this.size] = null;
    if (second < this.last && this.last - second < this.size) return this.turnBack(second, value);
    this.values[second % this.size] = value;
    this.last = second;
  }

  /** The clock was put back a little: what was called later is gone. @param {number} second @param {Value} value */
  turnBack(second, value) {
    for (let later = second + 1; later <= this.last; later += 1) this.values[later % this.size] = null;
    this.values[second % this.size] = value;
    this.last = second;
  }

  /** Take over what was measured elsewhere. @param {number} until the second behind the last one @param {Value[]} values */
  seed(until, values) {
    values.slice(-this.size).forEach((value, index, kept) => this.push(until - kept.length + index, value));
  }

  /** @returns {Value[]} the oldest first */
  list() {
    return this.values.map((_, index) => this.values[(this.last + 1 + index + this.size) % this.size]);
  }
}

/**
 * @param {Value[]} means @param {Value[]} [peaks] the best of each step, where it is another
 * @returns {{current: Value, mean: Value, peak: Value}} nothing known is null; `current` is the last one
 */
export function summary(means, peaks = means) {
  const known = /** @type {number[]} */ (means.filter((value) => value !== null));
  if (known.length === 0) return { current: null, mean: null, peak: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { current: means.at(-1) ?? null, mean, peak: Math.max(...known, .../** @type {number[]} */ (peaks.filter((value) => value !== null))) };
}

/**
 * Fewer steps of the same time: the mean of what is known of each, or its best.
 * @param {Value[]} values @param {number} step how many become one; the first may be of fewer
 * @param {'mean' | 'peak'} as @returns {Value[]}
 */
export function coarser(values, step, as = 'mean') {
  const result = [];
  for (let stop = values.length; stop > 0; stop -= step) {
    const known = /** @type {number[]} */ (values.slice(Math.max(0, stop - step), stop).filter((value) => value !== null));
    if (known.length === 0) result.unshift(null);
    else result.unshift(as === 'peak' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0) / known.length);
  }
  return result;
}
