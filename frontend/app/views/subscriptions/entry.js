/** One address that is followed: how it is, what it has queued and what it waits for; what can be done with it. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { act, busyName, plan, unfollow } from '../../following.js';
import { duration, integer, moment } from '../../format.js';
import { t } from '../../i18n.js';
import { errorWords } from '../../words.js';
import { Icon, IconButton } from '../parts.js';
import { FollowForm } from './form.js';
import { EpisodeTable, PlanWords } from './plan.js';

/** @typedef {import('../../following.js').Subscription} Subscription */

const ICONS = { active: 'clock', checking: 'search', paused: 'circle-pause', failing: 'circle-alert' };
/** As the badges of downloads are coloured. */
const COLOURS = { active: 'queued', checking: 'downloading', paused: 'paused', failing: 'failed' };
/** What is said of the episodes so far. @type {import('../../following.js').Verdict[]} */
const COUNTED = ['taken', 'waiting', 'exists', 'queued', 'before', 'filtered'];
const MOST_EPISODES = 200;

/** @param {{of: Subscription}} props */
export function Entry({ of }) {
  const shown = useSignal(/** @type {'' | 'plan' | 'episodes' | 'change'} */ (''));
  const toggle = (/** @type {'plan' | 'episodes' | 'change'} */ what) => (shown.value = shown.value === what ? '' : what);
  const title = of.anime_title;
  return html`<li class="followed" data-status=${of.status}>
    <article aria-label=${title}>
      <div class="ended-head">
        <h3 class="words" dir="auto">${title}</h3>
        <span class="badge" data-status=${COLOURS[of.status]}><${Icon} name=${ICONS[of.status]} />${t(`follow.status.${of.status}`)}</span>
        <div class="actions">
          <${IconButton} icon="search" name=${busyName(of.id, 'check')} label=${t('follow.check', { title })} onClick=${() => act(of, 'check')} />
          ${of.paused ? html`<${IconButton} icon="play" name=${busyName(of.id, 'resume')} label=${t('follow.resume', { title })} onClick=${() => act(of, 'resume')} />` : html`<${IconButton} icon="pause" name=${busyName(of.id, 'pause')} label=${t('follow.pause', { title })} onClick=${() => act(of, 'pause')} />`}
          <${IconButton} icon="pencil" label=${t('follow.change_of', { title })} onClick=${() => toggle('change')} />
          <${IconButton} icon="trash-2" kind="remove" name=${busyName(of.id, 'remove')} label=${t('follow.remove', { title })} onClick=${() => unfollow(of)} />
        </div>
      </div>
      <p class="path words"><a href=${of.url} target="_blank" rel="noopener noreferrer">${of.url}</a></p>
      <${Facts} of=${of} />
      <${Fault} of=${of} />
      <p class="follow-looks">
        <button type="button" class="button small" aria-expanded=${shown.value === 'episodes'} onClick=${() => toggle('episodes')}><${Icon} name="list" />${t('follow.episodes_of')}<span class="unseen"> (${title})</span></button>
        <button type="button" class="button small" aria-expanded=${shown.value === 'plan'} onClick=${() => toggle('plan')}><${Icon} name="eye" />${t('follow.plan')}<span class="unseen"> (${title})</span></button>
      </p>
      ${shown.value === 'change' && html`<${FollowForm} of=${of} done=${() => (shown.value = '')} />`}
      ${shown.value === 'plan' && html`<${Asked} key="plan" of=${of} ask=${() => plan(of.id)} show=${(/** @type {any} */ found) => html`<${PlanWords} plan=${found} />`} />`}
      ${shown.value === 'episodes' && html`<${Asked} key=${of.checked_at} of=${of} ask=${() => request('GET', `subscriptions/${of.id}/episodes`, { query: { limit: MOST_EPISODES } })} show=${(/** @type {any} */ found) => html`<${EpisodeTable} items=${found.items} caption=${`${t('follow.episodes_of')} (${title})`} />`} />`}
    </article>
  </li>`;
}

/** @param {{of: Subscription}} props */
function Facts({ of }) {
  const tags = [of.language, of.provider, of.episodes, of.specials && t('follow.tag.specials'), of.only_new && t('follow.tag.only_new')].filter(Boolean);
  const counts = COUNTED.filter((verdict) => of.counts[verdict] > 0).map((verdict) => t(`follow.count.${verdict}`, { count: of.counts[verdict], number: integer(of.counts[verdict]) }));
  return html`<dl class="quick-facts">
      <div class="quick-fact"><dt>${t('follow.every')}</dt><dd>${duration(of.interval_s)}</dd></div>
      ${of.checked_at && html`<div class="quick-fact"><dt>${t('follow.checked')}</dt><dd><time datetime=${of.checked_at}>${moment(of.checked_at)}</time></dd></div>`}
      ${of.next_check_at && html`<div class="quick-fact"><dt>${t('follow.next')}</dt><dd><time datetime=${of.next_check_at}>${moment(of.next_check_at)}</time></dd></div>`}
    </dl>
    <p class="follow-tags">${tags.map((tag) => html`<span key=${tag} class="label-tag" dir="auto">${tag}</span>`)}</p>
    ${counts.length > 0 && html`<p class="follow-counts">${counts.join(' · ')}</p>`}`;
}

/** Why the last check failed, and the page to open where a person is needed. @param {{of: Subscription}} props */
function Fault({ of }) {
  if (!of.error) return null;
  const url = of.error.code === 'needs_person' ? String(of.error.params?.url ?? of.url) : '';
  return html`<p class="fault words icon-line" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(of.error)} ${t('follow.failures', { count: of.failures })}
    ${/^https?:/.test(url) && html` <a href=${url} target="_blank" rel="noopener noreferrer">${t('follow.open_page')}</a>`}</span></p>`;
}

/** Asks the server when it is shown. @param {{of: Subscription, ask(): Promise<any>, show(found: any): any}} props */
function Asked({ ask, show }) {
  const found = useSignal(/** @type {any} */ (null));
  const fault = useSignal('');
  useEffect(() => {
    ask().then(
      (answer) => (found.value = answer),
      (error) => (fault.value = errorWords(error)),
    );
  }, []);
  if (fault.value) return html`<p class="fault words" role="alert">${fault.value}</p>`;
  return html`<div class="follow-found" role="status">${found.value ? show(found.value) : t('add.looking')}</div>`;
}
