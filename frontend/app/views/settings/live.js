/** One setting that takes effect at once: its field, its bounds, what is wrong with what was typed, and the way back. */
import { waited } from '../../actions.js';
import { request } from '../../api.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { has, t } from '../../i18n.js';
import { announce } from '../../notices.js';
import { UNITS, boundsOf, isWhole, readNumber, sameValue, typedOf } from '../../setting_fields.js';
import { settings } from '../../state.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';
import { ScheduleEditor } from './schedule.js';

/** @typedef {import('../../setting_fields.js').Setting} Setting */
/** @typedef {{setting: Setting, value: any, save(value: any): Promise<boolean>, say(fault: string): void, shared: Record<string, any>}} FieldProps */

/** @param {string} name */
export function settingLabel(name) {
  return has(`settings.name.${name}`) ? t(`settings.name.${name}`) : name;
}

/** What a value is called. @param {string} name @param {any} value */
export function valueWords(name, value) {
  if (value === null || value === undefined || value === '') return t('settings.none');
  if (Array.isArray(value)) return value.length ? value.join(', ') : t('settings.none');
  if (has(`settings.value.${name}.${value}`)) return t(`settings.value.${name}.${value}`);
  const unit = UNITS[name];
  if (typeof value !== 'number') return String(value);
  return unit ? t('settings.with_unit', { value: Number(typedOf(name, value)), unit: unitWords(unit) }) : t('settings.number', { value });
}

/** @param {string} unit */
function unitWords(unit) {
  return has(`settings.unit.${unit}`) ? t(`settings.unit.${unit}`) : unit;
}

/** @param {{setting: Setting}} props */
export function LiveSetting({ setting }) {
  const { name } = setting;
  const value = name in settings.value ? settings.value[name] : setting.value;
  const fault = useSignal('');
  const saved = useSignal(false);
  const save = async (/** @type {any} */ wished) => {
    saved.value = false;
    try {
      const now = await waited(() => request('PATCH', 'settings', { body: { [name]: wished } }));
      settings.value = { ...settings.value, ...now };
      fault.value = '';
      saved.value = true;
      announce(t('settings.saved', { name: settingLabel(name) }));
      return true;
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
      return false;
    }
  };
  const Field = fieldOf(setting);
  const id = `setting-${name}`;
  const described = [`${id}-hint`, fault.value && `${id}-fault`].filter(Boolean).join(' ');
  const shared = { id, 'aria-describedby': described, 'aria-invalid': fault.value ? 'true' : null };
  const changed = !sameValue(value, setting.configured);
  return html`<div class="setting" data-wide=${Field === ScheduleField} data-setting=${name}>
    <div class="setting-head">
      ${Field === ScheduleField ? html`<h4 id=${`${id}-label`}>${settingLabel(name)}</h4>` : html`<label for=${id}>${settingLabel(name)}</label>`}
      ${saved.value && !fault.value && html`<span class="saved"><${Icon} name="check" />${t('settings.saved_short')}</span>`}
    </div>
    <${Field} setting=${setting} value=${value} save=${save} say=${(/** @type {string} */ words) => (fault.value = words)} shared=${shared} />
    <p class="hint" id=${`${id}-hint`}>${has(`settings.hint.${name}`) ? t(`settings.hint.${name}`) : name}</p>
    ${fault.value && html`<p class="fault words" id=${`${id}-fault`} role="alert">${fault.value}</p>`}
    ${changed &&
    html`<button type="button" class="button small back" onClick=${() => save(setting.configured)}>
      <${Icon} name="rotate-ccw" />${t('settings.reset', { value: valueWords(name, setting.configured) })}<span class="unseen"> (${settingLabel(name)})</span>
    </button>`}
  </div>`;
}

/** @param {Setting} setting @returns {(props: FieldProps) => any} */
function fieldOf({ name, kind, choices }) {
  if (name === 'bandwidth_schedule') return ScheduleField;
  if (kind === 'boolean') return SwitchField;
  if (kind === 'integer' && choices.length > 0) return NumberOrWordField;
  if (kind === 'integer' || kind === 'number') return NumberField;
  return choices.length > 0 ? ChoiceField : TextField;
}

/** @param {FieldProps} props */
function NumberField({ setting, value, save, say, shared }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const typed = typedOf(setting.name, value);
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = typed;
  }, [typed]);
  const apply = async () => {
    const read = readNumber(setting, field.current?.validity.badInput ? 'x' : (field.current?.value ?? ''));
    if ('fault' in read) say(t(read.fault, read.values));
    else if (sameValue(read.value, value)) say('');
    else await save(read.value);
  };
  const { min, max } = boundsOf(setting);
  const unit = UNITS[setting.name];
  return html`<div class=${unit ? 'with-unit' : 'plain'}>
    <input ...${shared} ref=${field} type="number" inputmode=${isWhole(setting.name) ? 'numeric' : 'decimal'} min=${min} max=${max} step=${isWhole(setting.name) ? 1 : 'any'}
      placeholder=${setting.nullable ? t(`settings.empty.${setting.name}`) : null} onChange=${apply} />
    ${unit && html`<span class="unit" aria-hidden="true">${unitWords(unit)}</span>`}
  </div>`;
}

/** A number, or a word in its place. @param {FieldProps} props */
function NumberOrWordField({ setting, value, save, say, shared }) {
  const word = String(setting.choices[0]);
  const isWord = value === word;
  const turn = (/** @type {any} */ event) => save(event.currentTarget.checked ? word : Number(typeof setting.configured === 'number' ? setting.configured : 3));
  return html`<div class="either">
    ${isWord ? html`<input ...${shared} type="text" value=${t(`settings.value.${setting.name}.${word}`)} readonly />` : html`<${NumberField} setting=${setting} value=${value} save=${save} say=${say} shared=${shared} />`}
    <label class="check"><input type="checkbox" checked=${isWord} onChange=${turn} />${t('settings.auto')}</label>
  </div>`;
}

/** @param {FieldProps} props */
function ChoiceField({ setting, value, save, shared }) {
  return html`<select ...${shared} onChange=${(/** @type {any} */ event) => save(event.currentTarget.value)}>
    ${setting.choices.map((choice) => html`<option key=${choice} value=${choice} selected=${choice === value}>${valueWords(setting.name, choice)}</option>`)}
  </select>`;
}

/** @param {FieldProps} props */
function TextField({ setting, value, save, shared }) {
  const wished = (/** @type {string} */ text) => (setting.kind === 'array' ? text.split(',').map((part) => part.trim()).filter(Boolean) : text.trim() || null);
  return html`<input ...${shared} type="text" value=${Array.isArray(value) ? value.join(', ') : (value ?? '')} onChange=${(/** @type {any} */ event) => save(wished(event.currentTarget.value))} />`;
}

/** @param {FieldProps} props */
function SwitchField({ setting, value, save, shared }) {
  return html`<label class="check"><input ...${shared} type="checkbox" checked=${value} onChange=${(/** @type {any} */ event) => save(event.currentTarget.checked)} />
    <span aria-hidden="true">${t(`settings.switch.${setting.name}`)}</span></label>`;
}

/** @param {FieldProps} props */
function ScheduleField({ value, save, shared }) {
  return html`<${ScheduleEditor} rules=${value} save=${save} shared=${shared} />`;
}
