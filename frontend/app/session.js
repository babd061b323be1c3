/** Who one is to the service, and how one can say so. */
import { ApiError, apiKey, forgetKey, keyWanted, request } from './api.js';
import { signal } from './dom.js';

/**
 * @typedef {'read' | 'download' | 'admin'} Scope
 * @typedef {{name: string, way: string, scope: Scope, expires_at: string | null}} Caller
 * @typedef {{caller: Caller | null, ways: {password: boolean, key: boolean}}} Session
 */

export const SCOPES = /** @type {const} */ (['read', 'download', 'admin']);
/** null while nobody has asked. @type {import('./types.js').Signal<Session | null>} */
export const session = signal(/** @type {Session | null} */ (null));

/** Ask who one is; one that does not answer is asked again with the next login. */
export async function readSession() {
  try {
    session.value = await request('GET', 'session');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** @param {string} name @param {string} password @throws {ApiError} */
export async function logIn(name, password) {
  const answer = await request('POST', 'session', { body: { name, password } });
  forgetKey();
  session.value = answer;
  keyWanted.value = false;
}

/** Be nobody again, here or wherever one has logged in. @param {{everywhere?: boolean}} [options] @throws {ApiError} */
export async function logOut({ everywhere = false } = {}) {
  if (apiKey.peek() === null) await request('DELETE', everywhere ? 'sessions' : 'session');
  forgetKey();
  keyWanted.value = true;
}

export function mayAdminister() {
  return session.value?.caller?.scope === 'admin';
}
