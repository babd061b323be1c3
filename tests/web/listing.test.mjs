/** What the queue lists, and how a stream of events is taken apart. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { jobs } from '../../frontend/app/rows.js';
import { applySnapshot, moreWaiting } from '../../frontend/app/state.js';
import { failure, listed, need, restart, titleKey, unread, wanted } from '../../frontend/app/views/queue/listing.js';
import { eventReader } from '../../frontend/app/ways.js';

const job = (id, more = {}) => ({ id, anime_title: `Job ${id}`, status: 'queued', priority: 0, position: id, total_episodes: 2, ...more });
const ids = () => listed.value.map((row) => row.id);
/** @type {URLSearchParams[]} */
let asked = [];

/** Answer requests for jobs with these pages. */
function serve(...pages) {
  asked = [];
  globalThis.document = { baseURI: 'http://service.test/base/' };
  globalThis.fetch = async (url) => {
    asked.push(new URL(url).searchParams);
    const page = pages.shift();
    return new Response(JSON.stringify(page ?? { code: 'internal', params: {} }), { status: page ? 200 : 500 });
  };
}

beforeEach(() => {
  jobs.rows.clear();
  wanted.value = { q: '', status: '' };
  applySnapshot({ jobs: {}, episodes: {} });
});

test('case and width do not count in a search', () => {
  assert.equal(titleKey('ＡＢＣ Straße'), titleKey('abc straße'));
});

test('the search and the filter choose among what is here', () => {
  applySnapshot({ jobs: { 1: job(1, { anime_title: 'Nordlicht' }), 2: job(2, { anime_title: 'Südlicht', status: 'paused' }), 3: job(3) }, episodes: {} });
  assert.deepEqual(ids(), [1, 2, 3]);
  wanted.value = { q: ' LICHT', status: '' };
  assert.deepEqual(ids(), [1, 2]);
  wanted.value = { q: 'licht', status: 'paused' };
  assert.deepEqual(ids(), [2]);
});

test('nothing is asked for that the snapshot has', async () => {
  serve();
  applySnapshot({ jobs: { 1: job(1), 2: job(2, { status: 'paused' }) }, episodes: {} });
  await restart();
  wanted.value = { q: '1', status: '' };
  await restart();
  assert.deepEqual([ids(), unread.value, failure.value, asked], [[1], 0, null, []]);
});

test('pages are read by their cursor until enough is here', async () => {
  moreWaiting.value = true;
  serve(
    { items: [job(1), job(2)], next_cursor: 'a', total: 5 },
    { items: [job(3), job(4)], next_cursor: 'b', total: 5 },
    { items: [job(5)], next_cursor: null, total: 5 },
  );
  await restart();
  assert.deepEqual([ids(), unread.value], [[1, 2], 3]);
  await need(2);
  assert.equal(asked.length, 1);
  await need(3);
  assert.deepEqual([ids(), unread.value], [[1, 2, 3, 4], 1]);
  await need(100);
  assert.deepEqual([ids(), unread.value], [[1, 2, 3, 4, 5], 0]);
  assert.deepEqual(asked.map((query) => query.get('cursor')), [null, 'a', 'b']);
  assert.deepEqual(asked.map((query) => query.get('limit')), ['1', '200', '200']);
  assert.deepEqual(new Set(asked.map((query) => query.get('order'))), new Set(['queue']));
});

test('ended jobs are listed the newest first', async () => {
  wanted.value = { q: 'x', status: 'completed' };
  serve({ items: [job(1, { anime_title: 'x', status: 'completed' }), job(9, { anime_title: 'xx', status: 'completed' })], next_cursor: null, total: 2 });
  await restart();
  assert.deepEqual(ids(), [9, 1]);
  assert.deepEqual([asked[0].get('status'), asked[0].get('q')], ['completed', 'x']);
});

test('a page that cannot be read is told and can be tried again', async () => {
  moreWaiting.value = true;
  serve();
  await restart();
  assert.equal(failure.value.code, 'internal');
  serve({ items: [], next_cursor: null, total: 0 });
  await restart();
  assert.equal(failure.value, null);
});

test('events are understood in whatever pieces they come', () => {
  const heard = [];
  const hear = eventReader((message) => heard.push(message.seq));
  for (const piece of ['id: 1\nda', 'ta: {"seq":', '1}\n', '\n: keep-alive\n\nid: 2\ndata: {"seq":2}\n\nid: 3\n', 'data: {"seq":3}', '\n\n']) hear(piece);
  assert.deepEqual(heard, [1, 2, 3]);
});
