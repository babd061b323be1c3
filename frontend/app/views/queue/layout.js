/** Where rows stand: arithmetic over fixed heights, so that a hundred thousand rows cost no element that is not seen. */

/**
 * A block is a job: its row, perhaps a row of words, and those of its episodes that are shown.
 * @typedef {{words: boolean, episodes: number}} Item
 * @typedef {{job: number, words: number, episode: number, gap: number}} Heights in CSS pixels
 * @typedef {{tops: number[], rows: number[], height: number, total: number}} Layout
 *   tops: where each block begins; rows: how many rows stand before it; total: how many there are
 */

/** @param {Item} item @param {Heights} heights @returns {number} */
export function blockHeight({ words, episodes }, heights) {
  return heights.job + (words ? heights.words : 0) + episodes * heights.episode;
}

/** @param {Item[]} items @param {Heights} heights @returns {Layout} */
export function layOut(items, heights) {
  const tops = new Array(items.length);
  const rows = new Array(items.length);
  let top = 0;
  let total = 0;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    tops[index] = top;
    rows[index] = total;
    top += blockHeight(item, heights) + heights.gap;
    total += 1 + Number(item.words) + item.episodes;
  }
  return { tops, rows, height: Math.max(0, top - heights.gap), total };
}

/** @param {number[]} tops ascending @param {number} offset @returns {number} the last that begins at or above it, 0 if none does */
export function blockAt(tops, offset) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Which episodes of a block lie between two offsets from the block's top.
 * @param {Item} item @param {Heights} heights @param {number} from @param {number} to
 * @returns {[number, number]} the first, and the first that does not
 */
export function episodesWithin(item, heights, from, to) {
  const start = heights.job + (item.words ? heights.words : 0);
  const within = (/** @type {number} */ index) => Math.min(item.episodes, Math.max(0, index));
  const first = within(Math.floor((from - start) / heights.episode));
  return [first, Math.max(first, within(Math.ceil((to - start) / heights.episode)))];
}

/**
 * What must stay where it is when rows come and go above it: the block at the top edge, and how far into it that edge is.
 * @param {Layout} layout @param {(string | number)[]} keys of the blocks @param {number} offset of the top edge
 * @returns {{key: string | number, within: number} | null} null while the beginning is seen
 */
export function anchorAt(layout, keys, offset) {
  if (offset <= 0 || keys.length === 0) return null;
  const index = blockAt(layout.tops, offset);
  return { key: keys[index], within: offset - layout.tops[index] };
}

/**
 * @param {Layout} layout @param {(string | number)[]} keys @param {{key: string | number, within: number}} anchor
 * @returns {number | null} where that edge is now, null when the block has gone
 */
export function offsetOf(layout, keys, anchor) {
  const index = keys.indexOf(anchor.key);
  return index < 0 ? null : layout.tops[index] + anchor.within;
}

/**
 * Which rows to have when only some more may be made at once: what is there and still wanted, and then on in both directions.
 * @param {[number, number] | undefined} before @param {[number, number]} wanted first, and the first that is not
 * @param {number} quota how many more @param {number} from where to begin when there is nothing yet
 * @returns {[number, number]}
 */
export function grown(before, wanted, quota, from) {
  const begin = Math.min(Math.max(from, wanted[0]), wanted[1]);
  let [first, last] = before && before[0] < wanted[1] && before[1] > wanted[0] ? [Math.max(before[0], wanted[0]), Math.min(before[1], wanted[1])] : [begin, begin];
  const down = Math.min(quota, wanted[1] - last);
  last += down;
  first -= Math.min(quota - down, first - wanted[0]);
  return [first, last];
}
