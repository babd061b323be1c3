import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_LINES, atLeast, fieldsText, lineText, withNew } from '../../frontend/app/log_lines.js';

const line = (seq, level = 'info', fields = {}) => ({ seq, level, at: '2026-01-31T18:00:00.000Z', logger: 'a', event: 'moved', fields });

test('new lines are put behind, each once', () => {
  const known = withNew([], { items: [line(1), line(2)], last: 2 });
  assert.deepEqual(withNew(known, { items: [line(2), line(3)], last: 3 }).map(({ seq }) => seq), [1, 2, 3]);
  assert.equal(withNew(known, { items: [], last: 2 }), known);
});

test('a service that was started anew begins anew', () => {
  assert.deepEqual(withNew([line(40)], { items: [line(1)], last: 1 }).map(({ seq }) => seq), [1]);
});

test('only so many are kept', () => {
  const many = Array.from({ length: MOST_LINES + 5 }, (_, index) => line(index + 1));
  assert.equal(withNew([], { items: many, last: many.length }).length, MOST_LINES);
});

test('a level shows itself and what is worse', () => {
  const lines = [line(1, 'debug'), line(2), line(3, 'warning'), line(4, 'error'), line(5, 'critical')];
  assert.deepEqual(atLeast(lines, 'info').map(({ seq }) => seq), [2, 3, 4, 5]);
  assert.deepEqual(atLeast(lines, 'error').map(({ seq }) => seq), [4, 5]);
});

test('a line as text', () => {
  const fields = { id: 4, reason: 'two words', none: null };
  assert.equal(fieldsText(line(1, 'info', fields)), 'id=4 reason="two words"');
  assert.equal(lineText(line(1, 'warning', fields)), '2026-01-31T18:00:00.000Z WARNING moved id=4 reason="two words"');
});
