/** Where rows go when they are moved: plans for `POST .../move`, which puts one row at a time. Pure, by ids. */

/** @typedef {{id: number, to: 'top' | 'bottom' | 'before' | 'after', other?: number}} Step */

/**
 * Move rows by a command; several keep their order among themselves.
 * @param {readonly number[]} order as it stands @param {readonly number[]} ids which rows
 * @param {'top' | 'up' | 'down' | 'bottom'} where @returns {Step[]} one after the other
 */
export function planMoves(order, ids, where) {
  const chosen = inOrder(order, ids);
  if (where === 'top') return chosen.reverse().map((id) => ({ id, to: 'top' }));
  if (where === 'bottom') return chosen.map((id) => ({ id, to: 'bottom' }));
  return where === 'up' ? shift(order, ids, 'before') : shift([...order].reverse(), ids, 'after');
}

/** Each chosen row changes places with the one ahead of it, unless that is chosen too. @param {readonly number[]} order @param {readonly number[]} ids @param {'before' | 'after'} to @returns {Step[]} */
function shift(order, ids, to) {
  const row = [...order];
  /** @type {Step[]} */
  const steps = [];
  for (let index = 1; index < row.length; index += 1) {
    const [ahead, id] = [row[index - 1], row[index]];
    if (!ids.includes(id) || ids.includes(ahead)) continue;
    row.splice(index - 1, 2, id, ahead);
    steps.push({ id, to, other: ahead });
  }
  return steps;
}

/**
 * Put rows beside another one, as dragging does.
 * @param {readonly number[]} order @param {readonly number[]} ids @param {number} other @param {'before' | 'after'} side
 * @returns {Step[]} none when nothing would change
 */
export function planDrop(order, ids, other, side) {
  const chosen = inOrder(order, ids);
  if (chosen.length === 0 || chosen.includes(other) || !order.includes(other)) return [];
  const rest = order.filter((id) => !chosen.includes(id));
  const at = rest.indexOf(other) + (side === 'after' ? 1 : 0);
  const wished = [...rest.slice(0, at), ...chosen, ...rest.slice(at)];
  if (wished.every((id, index) => id === order[index])) return [];
  return chosen.map((id, index) => (index === 0 ? { id, to: side, other } : { id, to: 'after', other: chosen[index - 1] }));
}

/** What the order is after these steps. @param {readonly number[]} order @param {readonly Step[]} steps @returns {number[]} */
export function played(order, steps) {
  return steps.reduce((now, { id, to, other }) => {
    const rest = now.filter((each) => each !== id);
    const beside = rest.indexOf(other ?? id);
    const at = { top: 0, bottom: rest.length, before: beside, after: beside + 1 }[to];
    return [...rest.slice(0, at), id, ...rest.slice(at)];
  }, [...order]);
}

/** @param {readonly number[]} order @param {readonly number[]} ids */
function inOrder(order, ids) {
  return order.filter((id) => ids.includes(id));
}
