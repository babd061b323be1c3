/** Figures that are asked for over REST and kept fresh: soon after a change, again after a failure, and with each new connection. */
import { ApiError } from './api.js';
import { computed, effect } from './dom.js';
import { connection } from './socket.js';

const AGAIN_MS = 3_000;

const isLive = computed(() => connection.value.state === 'live');

/**
 * @param {object} figures
 * @param {() => boolean} figures.wanted reads the signals at whose change they are stale; whether there is something to ask yet
 * @param {() => Promise<void>} figures.ask asks, and takes the answer
 * @param {number} figures.settleMs changes within this time are asked about together
 * @returns {() => void} to end it
 */
export function keepFresh({ wanted, ask, settleMs }) {
  let timer = 0;
  let due = 0;
  let asking = false;
  let stale = false;
  let ended = false;

  /** The earliest wish holds: changes without end put nothing off. @param {number} afterMs */
  const askIn = (afterMs) => {
    const moment = Date.now() + afterMs;
    if (timer && due <= moment) return;
    clearTimeout(timer);
    due = moment;
    timer = window.setTimeout(askNow, afterMs);
  };

  const askNow = async () => {
    timer = 0;
    stale = asking;
    if (asking) return; // one at a time; what has changed meanwhile is asked for when it has ended
    asking = true;
    let failed = false;
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed = true; // the bar says so when the connection is gone; with the next one it is asked again
    } finally {
      asking = false;
    }
    if (ended || !isLive.peek()) return;
    if (stale) askIn(settleMs);
    else if (failed) askIn(AGAIN_MS);
  };

  const end = effect(() => {
    if (wanted() && isLive.value) askIn(settleMs);
  });
  return () => {
    ended = true;
    end();
    clearTimeout(timer);
  };
}
