/** Snapshot and patches. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { effect } from '../../frontend/app/dom.js';
import { Row, episodes, jobs } from '../../frontend/app/rows.js';
import { activeJobs, addJobs, applyPatches, applySnapshot, endings, listeners, stats, structure } from '../../frontend/app/state.js';

const job = (id, more = {}) => ({ id, anime_title: `Job ${id}`, status: 'queued', priority: 0, position: id, total_episodes: 2, progress_percentage: 0, ...more });
const episode = (id, more = {}) => ({ id, job_id: 1, position: id, status: 'downloading', phase: 'downloading', progress_percentage: 0, ...more });
const snapshot = (shown, running = []) =>
  applySnapshot({ jobs: Object.fromEntries(shown.map((each) => [each.id, each])), episodes: Object.fromEntries(running.map((each) => [each.id, each])), settings: {}, stats: { running: running.length } });
const order = () => activeJobs.value.map((row) => row.id);

beforeEach(() => {
  jobs.rows.clear();
  episodes.rows.clear();
  Object.assign(listeners, { jobMoved() {}, episodeMoved() {}, unknownJob() {}, unknownEpisode() {}, episodesReordered() {} });
});

test('what runs stands first, then the order of the queue; a paused one keeps its place', () => {
  snapshot([job(1), job(2, { status: 'paused' }), job(3, { status: 'downloading' }), job(4, { priority: 5 })]);
  assert.deepEqual(order(), [3, 4, 1, 2]);
  applyPatches([{ jobs: { 1: { position: 9 } } }]);
  assert.deepEqual(order(), [3, 4, 2, 1]);
});

test('a patch touches only the field that it changes', () => {
  snapshot([job(1)]);
  const row = jobs.rows.get(1);
  let drawn = 0;
  let named = 0;
  effect(() => void (row.$('progress_percentage').value, (drawn += 1)));
  effect(() => void (row.$('anime_title').value, (named += 1)));
  applyPatches([{ jobs: { 1: { progress_percentage: 5 } } }, { jobs: { 1: { progress_percentage: 6 } } }]);
  assert.deepEqual([drawn, named], [2, 1]);
  assert.equal(row.data.progress_percentage, 6);
});

test('progress lays nothing out anew, a status does', () => {
  snapshot([job(1)], [episode(11)]);
  const before = structure.value;
  applyPatches([{ jobs: { 1: { progress_percentage: 5, speed_bytes_per_s: 9 } }, episodes: { 11: { progress_percentage: 50 } }, stats: { running: 1 } }]);
  assert.equal(structure.value, before);
  applyPatches([{ jobs: { 1: { status: 'downloading' } } }]);
  assert.equal(structure.value, before + 1);
});

test('running episodes stand under their job, in order, and leave when they stop', () => {
  snapshot([job(1, { status: 'downloading' })], [episode(12), episode(11)]);
  const row = jobs.rows.get(1);
  assert.deepEqual(row.running.value.map((each) => each.id), [11, 12]);
  applyPatches([{ episodes: { 11: { status: 'completed', phase: null } } }]);
  assert.deepEqual(row.running.value.map((each) => each.id), [12]);
  assert.equal(episodes.rows.has(11), false);
});

test('a new snapshot forgets what is gone, and keeps the rows of what stays', () => {
  snapshot([job(1), job(2)]);
  const kept = jobs.rows.get(2);
  snapshot([job(2, { anime_title: 'New name' })]);
  assert.deepEqual(order(), [2]);
  assert.equal(jobs.rows.get(2), kept);
  assert.equal(kept.data.anime_title, 'New name');
});

test('a removed job leaves, an ended one is counted as news', () => {
  snapshot([job(1), job(2)]);
  const before = endings.value;
  applyPatches([{ jobs: { 1: null, 2: { status: 'completed' } } }]);
  assert.deepEqual(order(), []);
  assert.ok(endings.value > before);
});

test('an unknown job is asked for, a whole one is taken', () => {
  snapshot([]);
  const asked = [];
  listeners.unknownJob = (id) => asked.push(id);
  applyPatches([{ jobs: { 5: { progress_percentage: 1 }, 6: job(6) } }]);
  assert.deepEqual(asked, [5]);
  assert.deepEqual(order(), [6]);
});

test('what a patch says while a page is read wins over the page', async () => {
  snapshot([]);
  await addJobs(async () => {
    applyPatches([{ jobs: { 1: { status: 'paused' }, 2: null } }]);
    return [job(1), job(2)];
  });
  assert.deepEqual(order(), [1]);
  assert.equal(jobs.rows.get(1).data.status, 'paused');
});

test('a row that nobody looks at costs no signals', () => {
  const row = new Row({ id: 1, status: 'queued' });
  row.patch({ status: 'paused' });
  assert.equal(row.fields, null);
  assert.equal(row.$('status').value, 'paused');
});

test('figures of the queue are merged', () => {
  snapshot([]);
  applyPatches([{ stats: { slots: 4 } }]);
  assert.equal(stats.$('slots').value, 4);
});
