/** REST: one function that asks, one error class, and the key if one is used. */
import { signal } from './dom.js';
import { recall, remember } from './storage.js';

/** The key sent with every request. @type {import('./types.js').Signal<string | null>} */
export const apiKey = signal(recall('api-key'));
/** Whether the server wants to know who we are: a key, or a login. @type {import('./types.js').Signal<boolean>} */
export const keyWanted = signal(false);

/** An answer that is no success. `code` and `params` choose the words; `unreachable` and `no_answer` mean that none came. */
export class ApiError extends Error {
  /** @param {number} status @param {import('./types.js').ErrorData} problem */
  constructor(status, problem) {
    super(problem.text || problem.code);
    this.status = status;
    this.code = problem.code;
    this.params = problem.params ?? {};
    this.text = problem.text ?? '';
    /** Every bad field of a request. @type {import('./types.js').FieldError[]} */
    this.fields = problem.fields ?? [];
  }
}

/** @param {string} path relative to the page, so that a sub-path works @param {Record<string, unknown>} [query] */
export function address(path, query = {}) {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  return url;
}

/** @param {string} key @param {boolean} keep over the end of this tab */
export function useKey(key, keep) {
  remember('api-key', key, { forTab: !keep });
  apiKey.value = key;
  keyWanted.value = false;
}

export function forgetKey() {
  remember('api-key', null);
  apiKey.value = null;
}

/**
 * @param {string} method
 * @param {string} path below `api/`
 * @param {{body?: unknown, query?: Record<string, unknown>, headers?: Record<string, string>, timeoutMs?: number}} [options]
 *   body: a value, or a file that is JSON
 * @returns {Promise<any>} the parsed body, null when there is none
 * @throws {ApiError}
 */
export async function request(method, path, { body, query, headers = {}, timeoutMs = 20_000 } = {}) {
  /** @type {Record<string, string>} */
  const sent = { Accept: 'application/json', 'X-Requested-With': 'aniworld-dl', ...headers };
  if (body !== undefined) sent['Content-Type'] = 'application/json';
  const key = apiKey.peek();
  if (key) sent['X-Api-Key'] = utf8(key);
  let response;
  try {
    response = await fetch(address(`api/${path}`, query), {
      method,
      headers: sent,
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new ApiError(0, late ? { code: 'no_answer', params: { after_s: timeoutMs / 1_000 } } : { code: 'unreachable', text: String(cause) });
  }
  const answer = await parsed(response);
  if (response.ok) return answer;
  if (response.status === 401 && answer?.code !== 'login_refused' && apiKey.peek() === key) keyWanted.value = true; // else a newer key is on its way
  throw new ApiError(response.status, problem(response, answer));
}

/** The bytes of a text as characters: a header or a subprotocol carries bytes only. @param {string} text */
export function utf8(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** @param {Response} response */
async function parsed(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {Response} response @param {any} answer @returns {import('./types.js').ErrorData} */
function problem(response, answer) {
  if (typeof answer?.code === 'string') return { code: answer.code, params: answer.params ?? {}, text: answer.detail ?? answer.title, fields: answer.errors };
  return { code: 'unexpected_answer', params: { status: response.status } };
}
