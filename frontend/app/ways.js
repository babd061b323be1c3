/** The ways a live message can come: WebSocket, server-sent events where a proxy breaks that, asking again and again where it breaks both. */
import { address, apiKey, request, utf8 } from './api.js';

/**
 * Each opens a stream after message `seq` (null: from a snapshot on) and returns what closes it without another word.
 * @typedef {'socket' | 'events' | 'polling'} Way
 * @typedef {{opened(): void, message(message: any): void, closed(): void}} Listener
 * @typedef {(seq: number | null, to: Listener) => () => void} Open
 */

export const WAYS = /** @type {Way[]} */ (['socket', 'events', 'polling']);
const POLL_MS = 1_000;

/** @type {Record<Way, Open>} */
export const OPEN = { socket: bySocket, events: byEvents, polling: byPolling };

/** @type {Open} */
function bySocket(seq, to) {
  const key = apiKey.peek();
  const protocols = key ? ['aniworld-dl', `aniworld-dl.key.${base64url(key)}`] : ['aniworld-dl'];
  const url = address('api/ws', { since: seq });
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url, protocols);
  socket.onopen = to.opened;
  socket.onmessage = (event) => to.message(JSON.parse(event.data));
  socket.onclose = to.closed;
  return () => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };
}

/** By fetch, because an EventSource cannot send a key. @type {Open} */
function byEvents(seq, to) {
  const stop = new AbortController();
  const follow = async () => {
    const key = apiKey.peek();
    const headers = { Accept: 'text/event-stream', ...(key ? { 'X-Api-Key': utf8(key) } : {}) };
    const response = await fetch(address('api/events', { since: seq }), { headers, signal: stop.signal, cache: 'no-store' });
    if (!response.ok || !response.body) return;
    to.opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const hear = eventReader(to.message);
    for (let part = await reader.read(); !part.done; part = await reader.read()) hear(part.value);
  };
  follow().catch(() => {}).then(() => stop.signal.aborted || to.closed());
  return () => stop.abort();
}

/**
 * Takes a stream of server-sent events apart, in whatever pieces it comes.
 * @param {(message: any) => void} tell @returns {(text: string) => void}
 */
export function eventReader(tell) {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) tell(JSON.parse(line.slice(6)));
  };
}

/** @type {Open} */
function byPolling(seq, to) {
  let timer = 0;
  let last = seq;
  let open = true;
  const ask = async () => {
    try {
      const { messages } = await request('GET', 'updates', { query: { since: last } });
      if (!open) return;
      to.opened();
      for (const message of messages) {
        last = message.seq;
        to.message(message);
      }
      timer = window.setTimeout(ask, POLL_MS);
    } catch {
      if (open) to.closed();
    }
  };
  ask();
  return () => {
    open = false;
    clearTimeout(timer);
  };
}

/** @param {string} text @returns {string} without padding, as a subprotocol's name allows no `=` */
function base64url(text) {
  return btoa(utf8(text)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
