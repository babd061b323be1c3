import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAYS, HOURS, gridOf, readRule, rulesOf } from '../../frontend/app/schedule.js';

const empty = () => DAYS.map(() => HOURS.map(() => null));

test('a rule is read', () => {
  assert.deepEqual(readRule('mon-fri 08:00-18:00 500K'), { days: [0, 1, 2, 3, 4], start: 480, stop: 1080, effect: 512000 });
  assert.deepEqual(readRule('sat+sun 19:00-01:00 stop'), { days: [5, 6], start: 1140, stop: 60, effect: 'stop' });
  assert.deepEqual(readRule('sun-mon 00:00-24:00 2000000')?.days, [0, 6]);
  assert.equal(readRule('daily 01:00-07:00 none')?.effect, 'none');
});

test('what is no rule is none', () => {
  for (const text of ['', 'mon', 'mon 8-9 stop', 'mon 08:00-25:00 stop', 'xyz 08:00-09:00 stop', 'mon-tue-wed 08:00-09:00 stop', 'mon 08:00-09:00 fast', 'mon 08:00-09:00 5']) {
    assert.equal(readRule(text), null, text);
  }
});

test('the first rule that fits holds', () => {
  const { cells, exact } = gridOf(['mon 08:00-10:00 stop', 'daily 00:00-24:00 2M']);
  assert.ok(exact);
  assert.deepEqual(cells[0].slice(7, 11), [2097152, 'stop', 'stop', 2097152]);
  assert.equal(cells[6][23], 2097152);
});

test('a rule over midnight goes on the next day, also from Sunday to Monday', () => {
  const { cells } = gridOf(['sun 22:00-02:00 stop']);
  assert.deepEqual([cells[6][22], cells[6][23], cells[0][0], cells[0][1], cells[0][2]], ['stop', 'stop', 'stop', 'stop', null]);
});

test('what the grid cannot show is told', () => {
  assert.equal(gridOf(['mon 08:30-10:00 stop']).exact, false);
  assert.equal(gridOf(['nonsense']).exact, false);
});

test('equal spans of several days become one rule', () => {
  const cells = empty();
  for (const day of [0, 1, 2, 3, 4]) for (const hour of [8, 9]) cells[day][hour] = 1_000_000;
  for (const day of [5, 6]) cells[day][23] = 'stop';
  assert.deepEqual(rulesOf(cells), ['mon-fri 08:00-10:00 1000000', 'sat+sun 23:00-24:00 stop']);
  for (const day of DAYS.keys()) cells[day][0] = 'none';
  assert.equal(rulesOf(cells)[0], 'daily 00:00-01:00 none');
});

test('rules survive the way to the grid and back', () => {
  for (const rules of [[], ['daily 00:00-24:00 stop'], ['mon+wed-fri 03:00-05:00 2048', 'mon 05:00-06:00 none']]) {
    const { cells } = gridOf(rules);
    assert.deepEqual(gridOf(rulesOf(cells)).cells, cells);
  }
});
