/** The live connection: snapshot, then patches; comes back by itself, by another way if need be, and says when it is gone. */
import { request } from './api.js';
import { signal } from './dom.js';
import { OPEN, WAYS } from './ways.js';

/**
 * `lost` shows the bar; `locked` waits for a key. `way` is how it is live, or is tried.
 * @typedef {{state: 'connecting' | 'live' | 'lost' | 'locked', since: Date | null, attempt: number, way: import('./ways.js').Way}} Connection
 * @type {import('./types.js').Signal<Connection>}
 */
export const connection = signal({ state: 'connecting', since: null, attempt: 0, way: WAYS[0] });

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const STEADY_AFTER_MS = 5_000;
const SILENCE_MS = 10_000;
const GRACE_MS = 5_000;
const HIDDEN_MS = 250;
/** A way that fails so often, while the server answers otherwise, is left for the next one. */
const MOST_FAILURES = 2;
const CLIMB_AFTER_MS = 30_000;

/** @typedef {{snapshot(message: any): void, patches(messages: any[]): void}} Store where messages go */
/** @typedef {() => Promise<'locked' | 'reachable' | 'unreachable'>} Probe asks over HTTP why the connection fails: browsers do not tell */

/** One page's connection. */
class Live {
  /** @param {Probe} probe */
  constructor(probe) {
    this.messages = new Messages();
    this.probe = probe;
    /** @type {(() => void) | null} closes what is open */
    this.close = null;
    this.place = 0;
    this.failures = 0;
    this.timer = 0;
    this.triedAt = 0;
    this.openedAt = 0;
    this.climbing = false;
  }

  connect() {
    clearTimeout(this.timer);
    this.openedAt = 0;
    this.triedAt = Date.now();
    const opened = () => {
      if (this.openedAt) return;
      this.openedAt = this.messages.heardAt = Date.now();
      connection.value = { state: 'live', since: null, attempt: connection.value.attempt, way: WAYS[this.place] };
    };
    const close = OPEN[WAYS[this.place]](this.messages.seq, {
      opened,
      message: (message) => this.messages.hear(message),
      closed: () => {
        if (this.close === close) this.lost();
      },
    });
    this.close = close;
  }

  async lost() {
    this.close = null;
    const opened = this.openedAt > 0;
    const steady = opened && Date.now() - this.openedAt > STEADY_AFTER_MS;
    if (opened) this.say(steady ? 1 : connection.value.attempt + 1);
    const verdict = await this.probe();
    if (this.close !== null) return;
    if (verdict === 'locked') {
      connection.value = { ...connection.value, state: 'locked', since: null, attempt: 0 };
      return;
    }
    if (!opened) this.say(connection.value.attempt + 1);
    if (steady || verdict === 'unreachable') this.failures = 0;
    else this.failed();
    this.timer = window.setTimeout(() => this.connect(), this.failures ? FIRST_DELAY_MS : delay(connection.value.attempt));
  }

  /** This way does not work though the server does: after some tries take the next one. */
  failed() {
    this.failures += 1;
    if (this.failures < MOST_FAILURES || this.place === WAYS.length - 1) return;
    this.place += 1;
    this.failures = 0;
  }

  /** @param {number} attempt */
  say(attempt) {
    connection.value = { ...connection.value, state: 'lost', since: connection.value.since ?? new Date(), attempt };
  }

  reconnect() {
    if (connection.value.state !== 'live' && this.close === null) this.connect();
  }

  /** Silence is well when nothing happens; so ask whether something has. */
  async watch() {
    const watched = this.close;
    const { seq } = this.messages;
    if (!watched || Date.now() - Math.max(this.triedAt, this.messages.heardAt) < SILENCE_MS) return;
    if (!this.openedAt) return this.giveUp(MOST_FAILURES);
    try {
      const { messages } = await request('GET', 'updates', { query: { since: seq }, timeoutMs: SILENCE_MS / 2 });
      if (messages.length === 0) return void (this.messages.heardAt = Date.now());
      setTimeout(() => this.close === watched && this.messages.seq === seq && this.giveUp(MOST_FAILURES), GRACE_MS);
    } catch {
      if (this.close === watched) this.giveUp(0);
    }
  }

  /** What is open is deaf, or opens never; or nothing answers at all. @param {number} failures those of this way, counted now */
  giveUp(failures) {
    this.close?.();
    this.failures = failures;
    if (failures) this.openedAt &&= Date.now();
    return this.lost();
  }

  /** On a lower way, see whether the best one works by now; the first message proves it. */
  climb() {
    if (this.place === 0 || this.climbing || connection.value.state !== 'live') return;
    this.climbing = true;
    const end = () => {
      clearTimeout(timer);
      this.climbing = false;
    };
    const close = OPEN[WAYS[0]](null, {
      opened() {},
      message: (message) => {
        if (this.climbing) {
          end();
          this.close?.();
          this.place = this.failures = 0;
          this.close = close;
          this.openedAt = Date.now();
          connection.value = { ...connection.value, way: WAYS[0] };
        }
        this.messages.hear(message);
      },
      closed: () => (this.climbing ? end() : this.close === close && this.lost()),
    });
    const timer = setTimeout(() => {
      end();
      close();
    }, SILENCE_MS);
  }
}

/** Hands over what was heard, once per frame. */
class Messages {
  constructor() {
    /** Nothing is handed over before there is one. @type {Store | null} */
    this.store = null;
    /** @type {any[]} */
    this.waiting = [];
    this.seq = /** @type {number | null} */ (null);
    this.heardAt = 0;
    /** Takes back that what waits is handed over soon. @type {(() => void) | null} */
    this.takeBack = null;
  }

  /** @param {any} message */
  hear(message) {
    this.heardAt = Date.now();
    if (message.type === 'patch' && this.seq !== null && message.seq <= this.seq) return; // heard by another way already
    this.seq = message.seq;
    this.waiting.push(message);
    if (this.store) this.takeBack ??= soon(() => this.flush());
  }

  flush() {
    this.takeBack?.();
    this.takeBack = null;
    const messages = this.waiting;
    this.waiting = [];
    const last = messages.findLastIndex((message) => message.type === 'snapshot');
    if (last >= 0) this.store?.snapshot(messages[last]);
    const patches = messages.slice(last + 1);
    if (patches.length) this.store?.patches(patches);
  }
}

/** With the next frame, or a moment later in a page that has none. @param {() => void} run @returns {() => void} to let it be */
function soon(run) {
  if (document.hidden) {
    const timer = setTimeout(run, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run); // its number may be that of a timer as well
  return () => cancelAnimationFrame(frame);
}

/** @param {Probe} probe */
export function openLive(probe) {
  const live = new Live(probe);
  window.addEventListener('online', () => live.reconnect());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) live.reconnect();
    if (live.messages.takeBack) live.messages.flush();
  });
  setInterval(() => live.watch(), SILENCE_MS / 2);
  setInterval(() => live.climb(), CLIMB_AFTER_MS);
  live.connect();
  return {
    reconnect: () => live.reconnect(),
    /** Hand over what was heard, now and from now on. @param {Store} store */
    deliver(store) {
      live.messages.store = store;
      live.messages.flush();
    },
  };
}

/** Exponential, with jitter: a restarted server is not stormed. @param {number} attempt from 1 */
function delay(attempt) {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}
