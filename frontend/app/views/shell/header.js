/** What is true of the whole service: speed, slots, waiting, space; and how the page looks and speaks. */
import { html, useComputed } from '../../dom.js';
import { bytes, integer, speed } from '../../format.js';
import { LANGUAGES, locale, t, useLanguage } from '../../i18n.js';
import { notify } from '../../notices.js';
import { stats } from '../../state.js';
import { nextTheme, theme } from '../../theme.js';
import { MoreButton } from '../hands/hands.js';
import { Sparkline } from '../pictures/sparkline.js';
import { Nav } from './nav.js';
import { Figure, Icon, IconButton } from '../parts.js';

const THEME_ICONS = /** @type {Record<string, string>} */ ({ auto: 'monitor', light: 'sun', dark: 'moon' });

export function Header() {
  return html`<div class="top-inner">
    <h1 class="brand"><img src="icon.svg" alt="" width="28" height="28" />${t('app.name')}</h1>
    <${Nav} />
    <${Totals} />
    <div class="preferences">
      <${LanguageChoice} />
      <${IconButton} icon=${THEME_ICONS[theme.value]} label=${t('theme.switch', { theme: t(`theme.${theme.value}`) })} onClick=${nextTheme} />
      <${MoreButton} />
    </div>
  </div>`;
}

function Totals() {
  const running = useComputed(() => t('total.running_of', { running: stats.$('running').value, slots: stats.$('slots').value }));
  return html`<dl class="totals">
    <div class="total"><dt><${Icon} name="gauge" />${t('total.speed')}</dt><dd><${Figure} row=${stats} field="speed_bytes_per_s" as=${speed} /></dd><${Sparkline} /></div>
    <div class="total"><dt><${Icon} name="download" />${t('total.running')}</dt><dd><span class="figure">${running}</span></dd></div>
    <div class="total"><dt><${Icon} name="hourglass" />${t('total.queued')}</dt><dd><${Figure} row=${stats} field="queued" as=${integer} /></dd></div>
    <div class="total"><dt><${Icon} name="hard-drive" />${t('total.free')}</dt><dd><${Figure} row=${stats} field="free_bytes" as=${bytes} /></dd></div>
  </dl>`;
}

function LanguageChoice() {
  const choose = (/** @type {any} */ event) => {
    useLanguage(event.currentTarget.value, { keep: true }).catch(() => notify('error', t('error.unreachable')));
  };
  return html`<label class="language">
    <span class="unseen">${t('app.language')}</span>
    <select onChange=${choose}>
      ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag} selected=${tag === locale.value}>${name}</option>`)}
    </select>
  </label>`;
}
