/** Start: the words and what has been heard so far, then the page. */
import { ApiError, apiKey, keyWanted, request } from './api.js';
import { effect, html, render } from './dom.js';
import { watchEndings } from './history.js';
import { t } from './i18n.js';
import { live, words } from './live.js';
import { announce, notify } from './notices.js';
import { notifyEnd } from './notifications.js';
import { readSession } from './session.js';
import { addEpisodes, addJobs, applyPatches, applySnapshot, hasEnded, listeners } from './state.js';
import { watchTitle } from './title.js';
import { App } from './views/shell/app.js';
import { placeWords } from './words.js';

await words;

listeners.jobMoved = (row) => {
  const { anime_title: title, status } = row.data;
  if (hasEnded(status)) notifyEnd(row);
  if (status === 'failed') notify('error', t('announce.job_failed', { title }), { stays: false });
  else announce(t('announce.job', { title, status: t(`status.${status}`) }));
};
listeners.episodeMoved = (row) => {
  if (row.data.status === 'failed') announce(t('announce.episode_failed', { episode: placeWords(row.data) }));
};
listeners.unknownJob = (id) => {
  addJobs(async () => [await request('GET', `jobs/${id}`)]).catch(forgotten);
};
listeners.unknownEpisode = (id) => {
  addEpisodes(async () => [await request('GET', `episodes/${id}`)]).catch(forgotten);
};

/** A row that was removed before it could be read, or a connection that is gone, is no news. @param {unknown} error */
function forgotten(error) {
  if (!(error instanceof ApiError)) throw error;
}

effect(() => {
  if (!apiKey.value && keyWanted.value) return;
  live.reconnect();
  readSession();
});
live.deliver({ snapshot: applySnapshot, patches: applyPatches });
watchEndings();
watchTitle();
render(html`<${App} reconnect=${live.reconnect} />`, /** @type {HTMLElement} */ (document.getElementById('app')));
