/** Who one is to the service, and how one can say so. */
import { ApiError, apiKey, forgetKey, keyWanted, request } from './api.js';
import { signal } from './dom.js';

/**
 * @typedef {'read' | 'download' | 'admin'} Scope
 * @typedef {{name: string, way: string, scope: Scope, expires_at: string | null}} Caller
 * @typedef {{caller: Caller | null, ways: {password: boolean, key: boolean, oidc: string | null}}} Session
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

/** The error's code with which somebody came back from the login provider; read once, so that a reload does not repeat it. */
export const cameBack = signal(new URLSearchParams(location.search).get('login') ?? '');
if (cameBack.peek()) history.replaceState(null, '', `${location.pathname}${location.hash}`);

/** Go to the login provider; it sends the browser back here, where it was. @throws {ApiError} */
export async function logInElsewhere() {
  const page = /^#\/[!-~]{0,490}$/.test(location.hash) ? location.hash : '';
  const { address } = await request('POST', 'session/oidc', { body: { page } });
  forgetKey();
  location.assign(address);
}

/** Be nobody again, here or wherever one has logged in; also at the login provider, where it has a page for that. @param {{everywhere?: boolean}} [options] @throws {ApiError} */
export async function logOut({ everywhere = false } = {}) {
  const there = apiKey.peek() === null ? await request('DELETE', everywhere ? 'sessions' : 'session') : null;
  forgetKey();
  if (there?.address) location.assign(there.address);
  else keyWanted.value = true;
}

export function mayAdminister() {
  return session.value?.caller?.scope === 'admin';
}
