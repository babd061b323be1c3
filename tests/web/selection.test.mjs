/** What clicks select. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { episodes, jobs } from '../../frontend/app/rows.js';
import { clearSelection, isSelected, keepVisible, select, selectAll, selected, selection } from '../../frontend/app/selection.js';

const ORDER = ['job:1', 'episode:11', 'episode:12', 'job:2', 'job:3'];
const keys = () => [...selected.value].sort();

beforeEach(() => {
  clearSelection();
  for (const id of [1, 2, 3]) jobs.put({ id });
  for (const id of [11, 12]) episodes.put({ id, job_id: 1 });
});

test('a click selects the row alone', () => {
  select('job:1', {}, ORDER);
  select('job:2', {}, ORDER);
  assert.deepEqual(keys(), ['job:2']);
});

test('Ctrl adds and takes away', () => {
  select('job:1', { ctrl: true }, ORDER);
  select('job:3', { ctrl: true }, ORDER);
  select('job:1', { ctrl: true }, ORDER);
  assert.deepEqual(keys(), ['job:3']);
});

test('Shift selects a range in the visible order, in both directions, from the same begin', () => {
  select('job:2', {}, ORDER);
  select('job:3', { shift: true }, ORDER);
  assert.deepEqual(keys(), ['job:2', 'job:3']);
  select('episode:12', { shift: true }, ORDER);
  assert.deepEqual(keys(), ['episode:12', 'job:2']);
});

test('Ctrl and Shift add a range to what was selected before it', () => {
  select('job:1', {}, ORDER);
  select('job:2', { ctrl: true }, ORDER);
  select('job:3', { ctrl: true, shift: true }, ORDER);
  assert.deepEqual(keys(), ['job:1', 'job:2', 'job:3']);
  select('episode:12', { ctrl: true, shift: true }, ORDER);
  assert.deepEqual(keys(), ['episode:12', 'job:1', 'job:2']);
});

test('a range without a begin is a click', () => {
  select('job:2', { shift: true }, ORDER);
  assert.deepEqual(keys(), ['job:2']);
  keepVisible((key) => ['job:1', 'job:3'].includes(key));
  select('job:3', { shift: true }, ['job:1', 'job:3']);
  assert.deepEqual(keys(), ['job:3']);
});

test('all rows are selected, and none', () => {
  selectAll(ORDER);
  assert.equal(selected.value.size, 5);
  clearSelection();
  assert.equal(selected.value.size, 0);
});

test('what is shown no longer is selected no longer', () => {
  selectAll(ORDER);
  keepVisible((key) => key === 'job:2');
  assert.deepEqual(keys(), ['job:2']);
});

test('nothing is told when nothing vanishes', () => {
  selectAll(['job:2']);
  const before = selected.value;
  keepVisible((key) => ORDER.includes(key));
  assert.equal(selected.value, before);
});

test('the episodes of a selected job do not count again, and rows that are no more do not count', () => {
  selectAll(ORDER);
  assert.deepEqual(selection(), { jobs: [1, 2, 3], episodes: [] });
  select('job:1', { ctrl: true }, ORDER);
  jobs.rows.delete(3);
  assert.deepEqual(selection(), { jobs: [2], episodes: [11, 12] });
});

test('a row hears only of its own change', () => {
  const first = isSelected('job:1');
  let heard = 0;
  const stop = first.subscribe(() => (heard += 1));
  select('job:2', {}, ORDER);
  select('job:3', { ctrl: true }, ORDER);
  assert.equal(heard, 1);
  select('job:1', { ctrl: true }, ORDER);
  assert.equal(heard, 2);
  stop();
});
