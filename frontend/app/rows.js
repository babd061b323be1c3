/** Jobs and episodes by id, each a row of signals: a patch touches only the text nodes and bars that show what it changes. */
import { signal } from './dom.js';

let lastKey = 0;

/**
 * One job or episode. A field becomes a signal when a view first asks for it, so ten thousand rows cost little.
 */
export class Row {
  /** @param {any} data */
  constructor(data) {
    this.id = data.id;
    /** Never used for two rows: a list's elements are told apart by it. */
    this.key = lastKey += 1;
    this.data = { ...data };
    /** @type {Map<string, import('./types.js').Signal<any>> | null} */
    this.fields = null;
    /** @type {import('./types.js').Signal<Row[]> | null} */
    this.runs = null;
    /** Whether a list shows this row, running or not. */
    this.listed = false;
  }

  /** Of a job: its running episodes, in order. */
  get running() {
    return (this.runs ??= signal(/** @type {Row[]} */ ([])));
  }

  /** @param {string} name @returns {import('./types.js').Signal<any>} */
  $(name) {
    this.fields ??= new Map();
    let field = this.fields.get(name);
    if (!field) this.fields.set(name, (field = signal(this.data[name])));
    return field;
  }

  /** @param {Record<string, any>} changes */
  patch(changes) {
    Object.assign(this.data, changes);
    if (!this.fields) return;
    for (const [name, value] of Object.entries(changes)) {
      const field = this.fields.get(name);
      if (field) field.value = value;
    }
  }
}

/**
 * Rows of one kind. What a patch said while a page was being read over REST wins over that page, which may be older.
 */
export class Table {
  constructor() {
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    /** @type {Map<number, Record<string, any> | null>} */
    this.heard = new Map();
    this.reads = 0;
  }

  /** @param {any} data a whole row @returns {Row} the row that stays the same for this id */
  put(data) {
    const now = { ...data, ...this.heard.get(data.id) };
    let row = this.rows.get(data.id);
    if (row) row.patch(now);
    else this.rows.set(data.id, (row = new Row(now)));
    return row;
  }

  /** Remember what a patch says, for the pages under way. @param {number} id @param {Record<string, any> | null} fields */
  hear(id, fields) {
    if (this.reads > 0) this.heard.set(id, fields && { ...this.heard.get(id), ...fields });
  }

  /**
   * Put rows that are read over REST.
   * @param {() => Promise<any[]>} read @returns {Promise<Row[]>}
   */
  async putRead(read) {
    this.reads += 1;
    try {
      const items = await read();
      return items.filter((data) => this.heard.get(data.id) !== null).map((data) => this.put(data));
    } finally {
      this.reads -= 1;
      if (this.reads === 0) this.heard.clear();
    }
  }
}

export const jobs = new Table();
export const episodes = new Table();
