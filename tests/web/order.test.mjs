/** Where rows go when they are moved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDrop, planMoves, played } from '../../frontend/app/order.js';

const ORDER = [1, 2, 3, 4, 5];

for (const [ids, where, wished] of [
  [[3], 'up', [1, 3, 2, 4, 5]],
  [[3], 'down', [1, 2, 4, 3, 5]],
  [[1], 'up', ORDER],
  [[5], 'down', ORDER],
  [[4, 2], 'up', [2, 1, 4, 3, 5]],
  [[2, 3], 'up', [2, 3, 1, 4, 5]],
  [[1, 2], 'up', ORDER],
  [[2, 3], 'down', [1, 4, 2, 3, 5]],
  [[5, 3], 'top', [3, 5, 1, 2, 4]],
  [[4, 1], 'bottom', [2, 3, 5, 1, 4]],
]) {
  test(`${ids} ${where}`, () => assert.deepEqual(played(ORDER, planMoves(ORDER, ids, where)), wished));
}

for (const [ids, other, side, wished] of [
  [[5], 2, 'before', [1, 5, 2, 3, 4]],
  [[1], 3, 'after', [2, 3, 1, 4, 5]],
  [[5, 1], 3, 'before', [2, 1, 5, 3, 4]],
  [[1, 2], 5, 'after', [3, 4, 5, 1, 2]],
]) {
  test(`${ids} dropped ${side} ${other}`, () => assert.deepEqual(played(ORDER, planDrop(ORDER, ids, other, side)), wished));
}

test('a drop that changes nothing asks for nothing', () => {
  assert.deepEqual(planDrop(ORDER, [2], 3, 'before'), []);
  assert.deepEqual(planDrop(ORDER, [2], 1, 'after'), []);
  assert.deepEqual(planDrop(ORDER, [2, 3], 2, 'after'), []);
  assert.deepEqual(planDrop(ORDER, [2], 9, 'after'), []);
  assert.deepEqual(planDrop(ORDER, [9], 1, 'after'), []);
});
