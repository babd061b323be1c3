/** The live connection: snapshot, then patches; comes back by itself, and says when it is gone. */
import { address, apiKey, utf8 } from './api.js';
import { signal } from './dom.js';

/**
 * `lost` shows the bar; `locked` waits for a key.
 * @typedef {{state: 'connecting' | 'live' | 'lost' | 'locked', since: Date | null, attempt: number}} Connection
 * @type {import('./types.js').Signal<Connection>}
 */
export const connection = signal({ state: 'connecting', since: null, attempt: 0 });

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const STEADY_AFTER_MS = 5_000;
const SILENCE_MS = 20_000;

/**
 * @param {{snapshot(message: any): void, patches(messages: any[]): void}} store where messages go
 * @param {() => Promise<'locked' | 'reachable' | 'unreachable'>} probe asks over HTTP why the connection fails: browsers do not tell
 */
export function openLive(store, probe) {
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {any[]} */
  let waiting = [];
  let seq = /** @type {number | null} */ (null);
  let frame = 0;
  let timer = 0;
  let lastHeard = 0;
  let openedAt = 0;

  const connect = () => {
    clearTimeout(timer);
    openedAt = 0;
    const key = apiKey.peek();
    const protocols = key ? ['aniworld-dl', `aniworld-dl.key.${base64url(key)}`] : ['aniworld-dl'];
    const url = address('api/ws', { since: seq });
    url.protocol = url.protocol.replace('http', 'ws');
    const opening = (socket = new WebSocket(url, protocols));
    opening.onopen = () => {
      openedAt = lastHeard = Date.now();
      connection.value = { state: 'live', since: null, attempt: connection.value.attempt };
    };
    opening.onmessage = (event) => hear(JSON.parse(event.data));
    opening.onclose = () => {
      if (socket === opening) lost();
    };
  };

  const hear = (/** @type {any} */ message) => {
    lastHeard = Date.now();
    if (typeof message.seq === 'number') seq = message.seq;
    waiting.push(message);
    if (!frame) frame = document.hidden ? window.setTimeout(flush, 250) : requestAnimationFrame(flush);
  };

  const flush = () => {
    frame = 0;
    const messages = waiting;
    waiting = [];
    const last = messages.findLastIndex((message) => message.type === 'snapshot');
    if (last >= 0) store.snapshot(messages[last]);
    const patches = messages.slice(last + 1).filter((message) => message.type === 'patch');
    if (patches.length) store.patches(patches);
  };

  const lost = async () => {
    socket = null;
    const steady = openedAt > 0 && Date.now() - openedAt > STEADY_AFTER_MS;
    const opened = openedAt > 0;
    if (opened) say(steady ? 1 : connection.value.attempt + 1);
    const verdict = opened ? 'reachable' : await probe();
    if (socket !== null) return;
    if (verdict === 'locked') {
      connection.value = { state: 'locked', since: null, attempt: 0 };
      return;
    }
    if (!opened) say(connection.value.attempt + 1);
    timer = window.setTimeout(connect, delay(connection.value.attempt));
  };

  const say = (/** @type {number} */ attempt) => {
    connection.value = { state: 'lost', since: connection.value.since ?? new Date(), attempt };
  };

  const reconnect = () => {
    if (connection.value.state !== 'live' && socket === null) connect();
  };

  const watch = async () => {
    const watched = socket;
    if (connection.value.state !== 'live' || Date.now() - lastHeard < SILENCE_MS) return;
    if ((await probe()) === 'unreachable' && socket === watched) {
      watched?.close();
      socket = null;
      await lost();
    }
  };

  window.addEventListener('online', reconnect);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) reconnect();
    if (frame) {
      cancelAnimationFrame(frame);
      clearTimeout(frame);
      flush();
    }
  });
  setInterval(watch, SILENCE_MS / 2);
  connect();
  return { reconnect };
}

/** Exponential, with jitter: a restarted server is not stormed. @param {number} attempt from 1 */
function delay(attempt) {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/** @param {string} text @returns {string} without padding, as a subprotocol's name allows no `=` */
function base64url(text) {
  return btoa(utf8(text)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
