/** Figures that are asked for again when they may have changed. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../frontend/app/api.js';
import { signal } from '../../frontend/app/dom.js';
import { keepFresh } from '../../frontend/app/fresh.js';
import { connection } from '../../frontend/app/socket.js';

globalThis.window = globalThis;

const SETTLE_MS = 300;
const changes = signal(0);
/** What is asked, each still without an answer. @type {{resolve: () => void, reject: (error: Error) => void}[]} */
let asked = [];
let end = () => {};

const is = (state) => (connection.value = { ...connection.value, state });
const settled = () => new Promise((resolve) => setImmediate(resolve));
const pass = async (ms) => {
  mock.timers.tick(ms);
  await settled();
};

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  asked = [];
  changes.value = 0;
  is('live');
  end = keepFresh({ wanted: () => changes.value > 0, ask: () => new Promise((resolve, reject) => asked.push({ resolve, reject })), settleMs: SETTLE_MS });
});

afterEach(() => {
  end();
  mock.timers.reset();
});

test('nothing is asked before there is something to ask', async () => {
  await pass(60_000);
  assert.equal(asked.length, 0);
});

test('changes without end put nothing off', async () => {
  for (let number = 0; number < 10; number += 1) {
    changes.value += 1;
    await pass(SETTLE_MS / 3);
    asked.forEach(({ resolve }) => resolve());
    await settled();
  }
  assert.equal(asked.length, 3);
});

test('one is asked at a time, and what changes meanwhile is asked for afterwards', async () => {
  changes.value += 1;
  await pass(SETTLE_MS);
  changes.value += 1;
  await pass(10 * SETTLE_MS);
  assert.equal(asked.length, 1);
  asked[0].resolve();
  await settled();
  await pass(SETTLE_MS);
  assert.equal(asked.length, 2);
  asked[1].resolve();
  await settled();
  await pass(60_000);
  assert.equal(asked.length, 2);
});

test('what fails is asked again', async () => {
  changes.value += 1;
  await pass(SETTLE_MS);
  asked[0].reject(new ApiError(0, { code: 'no_answer' }));
  await settled();
  await pass(SETTLE_MS);
  assert.equal(asked.length, 1);
  await pass(3_000);
  assert.equal(asked.length, 2);
});

test('what fails because the connection is gone is asked for with the next one', async () => {
  changes.value += 1;
  await pass(SETTLE_MS);
  is('lost');
  asked[0].reject(new ApiError(0, { code: 'unreachable' }));
  await settled();
  await pass(60_000);
  assert.equal(asked.length, 1);
  is('live');
  await pass(SETTLE_MS);
  assert.equal(asked.length, 2);
});

for (const [then, more] of /** @type {const} */ ([['it fails', 0], ['something has changed and it fails', 1]])) {
  test(`who has ended it is asked nothing more when ${then}`, async () => {
    changes.value += 1;
    await pass(SETTLE_MS);
    changes.value += more;
    end();
    asked[0].reject(new ApiError(0, { code: 'no_answer' }));
    await settled();
    await pass(60_000);
    assert.equal(asked.length, 1);
  });
}
