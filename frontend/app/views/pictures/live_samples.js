/** The throughput of the last minutes and of the last day: what the server has kept, and what the live figures add to it. */
import { ApiError, request } from '../../api.js';
import { computed, effect, signal } from '../../dom.js';
import { connection } from '../../socket.js';
import { snapshots, stats } from '../../state.js';
import { RECENT_S, Recent } from './samples.js';

/** @typedef {{from: string, step_s: number, mean_bytes_per_s: (number | null)[], peak_bytes_per_s: (number | null)[]}} Day */

const DAY_EVERY_MS = 60_000;
const CALM_S = 5;
/** Timers come late: so much later the same may be said of the time between. */
const LATE_S = 3;

const recent = new Recent(RECENT_S);
const ticks = signal(0);
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Of the last day, null until it is read. @type {import('../../types.js').Signal<Day | null>} */
export const day = signal(null);
/** Counts the changes of what is shown: every second, more calmly for who wants less motion. */
export const beats = computed(() => Math.floor(ticks.value / (reducedMotion.matches ? CALM_S : 1)));

let users = 0;
let stop = () => {};

/** Keep the figures up to date until the function that is returned is called. */
export function follow() {
  users += 1;
  if (users === 1) stop = start();
  return () => {
    users -= 1;
    if (users === 0) stop();
  };
}

/** @returns {{seconds: number[], values: (number | null)[]}} the last five minutes by this device's clock, the oldest first */
export function recentSeries() {
  const values = recent.list();
  return { seconds: values.map((_, index) => recent.last - values.length + 1 + index), values };
}

function start() {
  const timer = setInterval(beat, 1_000);
  const refresh = setInterval(readAgain, DAY_EVERY_MS);
  const seen = () => document.hidden || readAgain();
  document.addEventListener('visibilitychange', seen);
  const forget = effect(() => {
    if (snapshots.value > 0) readAgain();
  });
  return () => {
    clearInterval(timer);
    clearInterval(refresh);
    document.removeEventListener('visibilitychange', seen);
    forget();
  };
}

function beat() {
  const known = connection.peek().state === 'live';
  const now = thisSecond();
  const value = known ? stats.data.speed_bytes_per_s : null;
  for (let late = Math.min(LATE_S, now - recent.last - 1); late > 0; late -= 1) recent.push(now - late, value);
  recent.push(now, value);
  ticks.value = ticks.peek() + 1;
}

function thisSecond() {
  return Math.floor(Date.now() / 1000);
}

/** The server knows what this page has not seen; the ends of both are the same moment, whatever their clocks say. */
async function readAgain() {
  try {
    const found = await request('GET', 'throughput');
    recent.seed(thisSecond(), found.recent.bytes_per_s);
    day.value = found.day;
    ticks.value = ticks.peek() + 1;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the bar above says that there is no connection
  }
}
