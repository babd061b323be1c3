/** Where rows stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchorAt, blockAt, blockHeight, episodesWithin, grown, layOut, offsetOf } from '../../frontend/app/views/queue/layout.js';

const HEIGHTS = { job: 60, words: 40, episode: 30, gap: 10 };
const folded = { words: false, episodes: 0 };
const running = { words: true, episodes: 2 };

test('blocks stand below one another with a gap between them', () => {
  const laid = layOut([folded, running, folded], HEIGHTS);
  assert.deepEqual(laid.tops, [0, 70, 70 + 160 + 10]);
  assert.deepEqual(laid.rows, [0, 1, 5]);
  assert.equal(laid.total, 6);
  assert.equal(laid.height, 240 + 60);
  assert.equal(blockHeight(running, HEIGHTS), 60 + 40 + 60);
});

test('nothing takes no room', () => {
  assert.deepEqual(layOut([], HEIGHTS), { tops: [], rows: [], height: 0, total: 0 });
  assert.equal(blockAt([], 100), 0);
});

test('a block is found by an offset, also where one has a hundred thousand episodes', () => {
  const { tops, height } = layOut([folded, { words: false, episodes: 100_000 }, folded], HEIGHTS);
  assert.equal(blockAt(tops, -5), 0);
  assert.equal(blockAt(tops, 69), 0);
  assert.equal(blockAt(tops, 70), 1);
  assert.equal(blockAt(tops, 2_000_000), 1);
  assert.equal(blockAt(tops, height), 2);
  assert.equal(blockAt(tops, height * 2), 2);
});

test('only the episodes between two offsets are wanted', () => {
  const item = { words: false, episodes: 1_000 };
  assert.deepEqual(episodesWithin(item, HEIGHTS, 0, 60), [0, 0]);
  assert.deepEqual(episodesWithin(item, HEIGHTS, 0, 61), [0, 1]);
  assert.deepEqual(episodesWithin(item, HEIGHTS, 60 + 30 * 100, 60 + 30 * 110), [100, 110]);
  assert.deepEqual(episodesWithin(item, HEIGHTS, 60 + 30 * 100 - 1, 60 + 30 * 110 + 1), [99, 111]);
  assert.deepEqual(episodesWithin(item, HEIGHTS, 1e9, 2e9), [1_000, 1_000]);
  assert.deepEqual(episodesWithin(running, HEIGHTS, -500, 500), [0, 2]);
});

test('the rows at the top edge stay where they are when others come above them', () => {
  const before = layOut([folded, folded, folded], HEIGHTS);
  const anchor = anchorAt(before, [7, 8, 9], 145);
  assert.deepEqual(anchor, { key: 9, within: 5 });
  const after = layOut([running, folded, folded, folded], HEIGHTS);
  assert.equal(offsetOf(after, [6, 7, 8, 9], anchor), after.tops[3] + 5);
  assert.equal(offsetOf(after, [6, 7, 8, 10], anchor), null);
});

test('nothing is held while the beginning is seen', () => {
  const laid = layOut([folded], HEIGHTS);
  assert.equal(anchorAt(laid, [1], 0), null);
  assert.equal(anchorAt(layOut([], HEIGHTS), [], 50), null);
});

test('rows are made some at a time, from where one looks, in both directions', () => {
  assert.deepEqual(grown(undefined, [10, 50], 4, 30), [30, 34]);
  assert.deepEqual(grown([30, 34], [10, 50], 4, 30), [30, 38]);
  assert.deepEqual(grown([30, 48], [10, 50], 4, 30), [28, 50]);
  assert.deepEqual(grown([28, 50], [10, 50], 100, 30), [10, 50]);
  assert.deepEqual(grown([10, 50], [40, 80], 4, 40), [40, 54]);
  assert.deepEqual(grown([10, 50], [60, 80], 4, 60), [60, 64]);
  assert.deepEqual(grown(undefined, [5, 5], 4, 0), [5, 5]);
  assert.deepEqual(grown([3, 9], [0, 10], 0, 0), [3, 9]);
});
