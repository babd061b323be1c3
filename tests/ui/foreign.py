"""Pages of other origins in the browser of a user, and all they can try to make of the service."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Frame, Page

REBOUND: Final = "rebound.example"
"""A name that leads to this machine in the browser of the tests, as an attacker's does who owns it."""
_PAGE: Final = "<!doctype html><title>foreign</title><form method=post target=there></form><iframe name=there></iframe>"

TRIES: Final = """async (target) => {
  const outcome = async (work) => Promise.race([
    work().then((value) => value ?? 'done', () => 'refused'),
    new Promise((resolve) => setTimeout(resolve, 5000, 'silence')),
  ]);
  const text = (answer) => answer.text().then((said) => (answer.ok ? said : 'refused'));
  const read = (path, options) => fetch(target + path, { credentials: 'include', ...options }).then(text);
  const blind = (path, options) =>
    fetch(target + path, { method: 'POST', mode: 'no-cors', credentials: 'include', ...options })
      .then((answer) => (answer.type === 'opaque' || answer.ok ? 'answered' : 'refused'));
  const job = JSON.stringify({ anime_title: 'stolen', episode_urls: ['http://127.0.0.1:9/1.m3u8'] });
  const form = new FormData();
  form.append('anime_title', 'stolen');
  const json = { 'Content-Type': 'application/json' };
  const load = (name, attribute, path, more = {}) => new Promise((resolve, reject) => {
    const tag = Object.assign(document.createElement(name), more);
    tag.onload = tag.onloadedmetadata = () => resolve('loaded');
    tag.onerror = reject;
    tag[attribute] = target + path;
    document.body.append(tag);
  });
  const listen = (source) => new Promise((resolve, reject) => {
    source.onmessage = () => resolve('heard');
    source.onclose = source.onerror = reject;
  });
  const tries = {
    'read jobs': () => read('api/jobs'),
    'read settings': () => read('api/settings', { cache: 'force-cache' }),
    'read without credentials': () => read('api/jobs', { credentials: 'omit' }),
    'read the description': () => read('openapi.json'),
    'pause': () => blind('api/queue/pause', { body: '' }),
    'add as text': () => blind('api/jobs', { body: job, headers: { 'Content-Type': 'text/plain' } }),
    'add as a blob': () => blind('api/jobs', { body: new Blob([job]) }),
    'add as a form': () => blind('api/jobs', { body: new URLSearchParams({ anime_title: 'stolen' }) }),
    'add in parts': () => blind('api/jobs', { body: form }),
    'add as JSON': () => read('api/jobs', { method: 'POST', body: job, headers: json }),
    'with the header of the page': () =>
      read('api/queue/pause', { method: 'POST', headers: { 'X-Requested-With': 'aniworld-dl' } }),
    'change settings': () =>
      read('api/settings', { method: 'PATCH', body: '{"max_concurrent_downloads": 1}', headers: json }),
    'put': () => read('api/settings', { method: 'PUT', body: '{}' }),
    'delete': () => read('api/jobs/1', { method: 'DELETE' }),
    'make a key': () => blind('api/keys', { body: '{"name": "stolen", "scope": "admin"}' }),
    'log in': () => blind('api/session', { body: '{"name": "admin", "password": "x"}' }),
    'WebSocket': () => listen(new WebSocket(target.replace('http', 'ws') + 'api/ws')),
    'EventSource': () => listen(new EventSource(target + 'api/events', { withCredentials: true })),
    'script': () => load('script', 'src', 'api/jobs'),
    'module': () => load('script', 'src', 'api/jobs', { type: 'module', crossOrigin: 'use-credentials' }),
    'picture': () => load('img', 'src', 'api/jobs'),
    'style': () => load('link', 'href', 'api/jobs', { rel: 'stylesheet' }),
    'film': () => load('video', 'src', 'api/jobs'),
    'window': async () => {
      const opened = window.open(target + 'api/jobs');
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (!opened.document.body.textContent.includes('items')) throw new Error('nothing to see');
      return 'seen';
    },
  };
  navigator.sendBeacon?.(target + 'api/jobs', new Blob([job], { type: 'text/plain' }));
  const found = {};
  for (const [name, work] of Object.entries(tries)) found[name] = await outcome(work);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== 'refused'));
}"""
"""Everything at once; returns what was not refused."""

SUBMIT: Final = """async (target) => {
  const [form, frame] = [document.forms[0], document.querySelector('iframe')];
  const seen = [];
  const shown = async (begin) => {
    const done = new Promise((resolve) => { frame.onload = resolve; });
    begin();
    await done;
    seen.push(frame.contentDocument?.body?.textContent ?? null);
  };
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
    form.enctype = type;
    for (const path of ['api/queue/pause', 'api/jobs', 'api/keys']) {
      form.action = target + path;
      await shown(() => form.submit());
    }
  }
  await shown(() => { frame.src = target; });
  return seen.filter((text) => text !== null);
}"""
"""Sends forms into a frame, and shows the service's page there; returns what can be read in the frame."""


@asynccontextmanager
async def foreign_page() -> AsyncIterator[str]:
    """A page of another port on this machine, which browsers count as the same site."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
        writer.write((head + _PAGE).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def attack(page: Page | Frame, target: str) -> tuple[dict[str, str], list[str]]:
    """Try everything from a page: return what was not refused, and what could be read in frames."""
    return await page.evaluate(TRIES, target), await page.evaluate(SUBMIT, target)


async def rebind(page: Page, target: str) -> str:
    """Make a page of a name that leads to the service by now, and return the service's address by that name.

    It begins as what the service says to that name, since the browser lets no page from elsewhere ask this machine.
    """
    url = target.replace("127.0.0.1", REBOUND)
    await page.goto(url)
    await page.set_content(_PAGE)
    return url


async def sandboxed(page: Page) -> Frame:
    """Return a frame that has no origin at all."""
    await page.evaluate(
        """(body) => {
          const frame = Object.assign(document.createElement('iframe'), { srcdoc: body });
          frame.sandbox = 'allow-scripts allow-forms allow-popups';
          const loaded = new Promise((resolve) => { frame.onload = resolve; });
          document.body.append(frame);
          return loaded;
        }""",
        _PAGE,
    )
    element = await page.wait_for_selector("iframe[sandbox]")
    frame = None if element is None else await element.content_frame()
    assert frame is not None
    return frame
