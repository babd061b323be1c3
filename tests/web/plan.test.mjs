/** What of a plan is chosen, and what is asked for then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { canChoose, chosenAddresses, chosenBytes, firstChoice, fits, isWhole } from '../../frontend/app/views/add/plan.js';

const SERIES = 'https://media.example/series/';
const FILE = 'https://media.example/film.mp4';
const BAD = 'nobody:knows';

/** @param {Record<string, unknown>} fields */
function episode(fields) {
  return { address: 0, url: `${SERIES}1`, series: 'Nordlicht', season: 1, number: 1, title: null, verdict: 'new', estimated_bytes: 100, ...fields };
}

/** @param {any[]} episodes @param {any} [more] */
function plan(episodes, { addresses = [], totals = {} } = {}) {
  return { anime_title: 'Nordlicht', episodes, addresses, totals: { episodes: episodes.length, ...totals } };
}

const BOTH = plan([
  episode({}),
  episode({ url: `${SERIES}2`, number: 2, title: 'Zwei', estimated_bytes: 300 }),
  episode({ url: `${SERIES}3`, number: 3, verdict: 'duplicate', estimated_bytes: null }),
  episode({ address: 1, url: FILE, series: null, season: 1, number: 4, verdict: 'existing', estimated_bytes: null }),
]);

test('what is new is chosen at first; what exists can be, what is queued cannot', () => {
  assert.deepEqual([...firstChoice(BOTH)], [0, 1]);
  assert.deepEqual(BOTH.episodes.map(canChoose), [true, true, false, true]);
});

test('one whose file would have the name of another is not chosen at first; it can be, in its stead', () => {
  const clashing = plan([episode({}), episode({ url: `${SERIES}2`, verdict: 'clash' })]);
  assert.deepEqual([...firstChoice(clashing)], [0]);
  assert.deepEqual(clashing.episodes.map(canChoose), [true, true]);
  assert.deepEqual(chosenAddresses([SERIES], clashing, firstChoice(clashing)), [{ url: SERIES + '1', series: 'Nordlicht', season: 1, number: 1 }]);
});

test('an address all of whose possible episodes are chosen is asked for as it was given', () => {
  assert.deepEqual(chosenAddresses([SERIES, FILE], BOTH, new Set([0, 1])), [SERIES]);
  assert.deepEqual(chosenAddresses([SERIES, FILE], BOTH, new Set([0, 1, 3])), [SERIES, FILE]);
});

test('else its chosen episodes are, with what is known of them', () => {
  assert.deepEqual(chosenAddresses([SERIES, FILE], BOTH, new Set([1])), [
    { url: `${SERIES}2`, series: 'Nordlicht', season: 1, number: 2, title: 'Zwei' },
  ]);
  assert.deepEqual(chosenAddresses([SERIES, FILE], BOTH, new Set()), []);
});

test('addresses that nobody knows are left out; a series that could not be listed is asked for all the same', () => {
  const addresses = [
    { address: 0, url: BAD, series: false, listed: false, episodes: 0, error: { code: 'no_provider' } },
    { address: 1, url: SERIES, series: true, listed: false, episodes: 0, error: { code: 'stalled' } },
  ];
  assert.deepEqual(chosenAddresses([BAD, SERIES], plan([], { addresses }), new Set()), [SERIES]);
});

test('where the plan shows only some, single ones cannot be chosen', () => {
  const part = plan(BOTH.episodes, { totals: { episodes: 5000 } });
  assert.equal(isWhole(part), false);
  assert.deepEqual(chosenAddresses([SERIES, FILE], part, new Set([1])), [SERIES, FILE]);
});

test('unknown sizes are taken to be like the known ones', () => {
  assert.equal(chosenBytes(BOTH, new Set([0, 1])), 400);
  assert.equal(chosenBytes(BOTH, new Set([0, 3])), 300);
  assert.equal(chosenBytes(plan([episode({ estimated_bytes: null })]), new Set([0])), null);
});

test('it fits beside what is spoken for and what stays free, with room for what runs', () => {
  const totals = { free_bytes: 1000, reserve_bytes: 100, reserved_bytes: 200, estimated_bytes: 400, needed_bytes: 600 };
  assert.equal(fits(totals, 500), true);
  assert.equal(fits(totals, 501), false);
  assert.equal(fits(totals, null), null);
  assert.equal(fits({ ...totals, free_bytes: null }, 1), null);
});
