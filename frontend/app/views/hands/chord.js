/** Keys as readers know them. */
import { isCharacters } from '../../chords.js';
import { html } from '../../dom.js';
import { has, t } from '../../i18n.js';
import { singleKeys } from '../../keys.js';

const SYMBOLS = /** @type {Record<string, string>} */ ({ ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→' });

/** @param {{chord: string | undefined}} props nothing for a key that is switched off */
export function Keys({ chord }) {
  if (!chord || (!singleKeys.value && isCharacters(chord))) return null;
  return html`<span class="chord">${chord.split(/(?<=.)[+ ]/).map((key) => html`<kbd key=${key}>${keyWords(key)}</kbd>`)}</span>`;
}

/** @param {string} key */
function keyWords(key) {
  if (SYMBOLS[key]) return SYMBOLS[key];
  const name = `hands.keyname.${key.toLowerCase()}`;
  return has(name) ? t(name) : key.length === 1 ? key.toUpperCase() : key;
}
