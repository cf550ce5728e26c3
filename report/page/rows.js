'use strict';

// What the page knows about its rows. Nothing in this file touches the document.

// A row is [line, status, group, attempts, at, texts]; texts begin with these.
const ADDRESS = 0, LINK = 1, CODE = 2, ERROR = 3, ADVICE = 4, STATE = 5, USER = 6, REQUEST = 7, LINK_STATE = 8, GUEST_STATE = 9, ACCEPTED = 10, AS_OF = 11,
  NAME = 12, CELLS = 13;

const NEEDS_ATTENTION = ['failed', 'invalid', 'unconfirmed'];

// How many values of a column the reader can choose from.
const MOST_VALUES = 1000;

// Control and format characters, which are invisible and make one text look like
// another: all but tab, line breaks and the joiners of scripts and emoji. They are
// those of Go's text.Block, which shows the figures above the table.
const HIDDEN = /(?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}]/gu;

// revealed shows hidden characters by their code: [U+202E].
const revealed = (text) => text.replace(HIDDEN,
  (c) => '[U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') + ']');

// fold is a text as the search compares it: without case and accents.
function fold(text) {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{Mn}/gu, '');
}

// tabbed makes text one cell of a tab-separated line, without hidden characters.
// A spreadsheet would take some beginnings for a formula: they get its mark for text.
function tabbed(text) {
  const cell = text.replace(/[\t\r\n\u2028\u2029]+/g, ' ').replace(HIDDEN, '').trim();
  return /^[=+\-@]/.test(cell) ? "'" + cell : cell;
}

class Rows {
  constructor({ rows, lists }) {
    this.rows = rows;
    this.lists = lists;
    this.columns = this.#columns();
    const used = (c) => c.always || rows.some((row) => c.value(row) !== '');
    this.empty = this.columns.filter((c) => !used(c));
    this.columns = this.columns.filter(used);
    this.order = rows.map((_, i) => i);
    this.found = this.order;
    this.folded = new Array(rows.length);
    this.ranks = new Map();
  }

  // A column's kind says how a cell is drawn, its value what is sorted, searched
  // and filtered.
  #columns() {
    const { headings, statuses, address } = this.lists;
    const text = (name, at, kind = 'text') => ({ name, kind, value: (row) => row[5][at] ?? '' });
    const time = (name, at) => ({ name, kind: 'time', value: (row) => row[5][at] ? Date.parse(row[5][at]) / 1000 : '' });
    const cells = headings.map((heading, i) => text(heading, CELLS + i));
    return [
      { name: 'Row', kind: 'number', value: (row) => row[0] || '', always: true },
      { ...text(address < 0 ? 'Address' : headings[address], ADDRESS, 'address'), always: true },
      { name: 'Status', kind: 'state', value: (row) => statuses[row[1]], always: true },
      this.lists.noLinks ? text('Link state', LINK_STATE) : { ...text('Link', LINK, 'link'), always: true },
      text('Guest state', GUEST_STATE),
      time('Accepted', ACCEPTED),
      ...cells.filter((_, i) => i !== address),
      text('Error code', CODE, 'code'),
      text('Error', ERROR, 'long'),
      text('Advice', ADVICE, 'long'),
      { name: 'Answered', kind: 'time', value: (row) => row[4] || '' },
      time('State as of', AS_OF),
      { ...text('Invitation status', STATE), technical: true },
      { name: 'Attempts', kind: 'number', value: (row) => row[3] || '', technical: true },
      { ...text('User ID', USER, 'code'), technical: true },
      { ...text('Request ID', REQUEST, 'code'), technical: true },
    ];
  }

  // guestState is the column by which the rows are filtered that have a guest.
  get guestState() { return this.columns.find((c) => c.name === 'Guest state'); }

  get shown() { return this.found.length; }

  row(i) { return this.rows[i]; }

  name(row) { return row[5][NAME]; }

  link(row) { return row[5][LINK]; }

  // linkState is live, missing, uncertain or replaced, '' for a row without an invitation.
  linkState(row) { return row[5][LINK_STATE]; }

  // linkMeaning explains a link state, '' for one that needs no explanation.
  linkMeaning(state) { return this.lists.links[state] ?? ''; }

  // find keeps the rows that contain every word of the search and meet every
  // filter: {search, status, group, column, value}.
  find(wanted) {
    const words = fold(wanted.search).split(/\s+/).filter(Boolean);
    const tests = [this.#statusTest(wanted.status)];
    if (wanted.group >= 0) tests.push((row) => row[2] === wanted.group && row[0] !== 0);
    if (wanted.column && wanted.value !== null) {
      tests.push((row) => String(wanted.column.value(row)) === wanted.value);
    }
    const fits = tests.filter(Boolean);
    this.found = this.order.filter((i) => fits.every((test) => test(this.rows[i]))
      && (words.length === 0 || this.#holds(i, words)));
  }

  #statusTest(status) {
    if (status === '') return null;
    if (status === 'attention') return (row) => NEEDS_ATTENTION.includes(this.lists.statuses[row[1]]);
    if (status === 'gone') return (row) => row[0] === 0;
    return (row) => row[1] === Number(status) && row[0] !== 0;
  }

  #holds(i, words) {
    const text = this.folded[i] ?? this.fold(i);
    return words.every((word) => text.includes(word));
  }

  // fold stores what the search looks at in a row: every column but the link, which
  // is hidden until the reader asks for it, and the time, which differs by zone.
  fold(i) {
    const row = this.rows[i];
    const values = this.columns.filter((c) => c.kind !== 'link' && c.kind !== 'time').map((c) => c.value(row));
    this.folded[i] = fold(values.join('\n'));
    return this.folded[i];
  }

  // sort puts all rows in the order of a column, or of the list for null. Rows
  // with nothing there come last either way.
  sort(column, down) {
    const order = this.rows.map((_, i) => i);
    if (column) {
      const rank = this.ranks.get(column) ?? this.#rank(column);
      const way = down ? -1 : 1;
      order.sort((a, b) => (rank[a] < 0) - (rank[b] < 0) || way * (rank[a] - rank[b]) || a - b);
    }
    this.order = order;
  }

  // rank gives each row the place of its value among all values of the column, -1
  // for none: sorting numbers is much faster than comparing texts again and again.
  #rank(column) {
    const places = new Map();
    for (const row of this.rows) places.set(column.value(row), -1);
    places.delete('');
    const { compare } = new Intl.Collator(undefined, { numeric: true });
    const numbers = column.kind === 'number' || column.kind === 'time';
    const values = [...places.keys()].sort(numbers ? (a, b) => a - b : compare);
    values.forEach((value, place) => places.set(value, place));
    const rank = Int32Array.from(this.rows, (row) => places.get(column.value(row)) ?? -1);
    this.ranks.set(column, rank);
    return rank;
  }

  // values counts the values of a column: the most frequent ones in alphabetical
  // order, and how many more there are.
  values(column) {
    const counts = new Map();
    for (const row of this.rows) {
      const value = String(column.value(row));
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const all = [...counts].sort((a, b) => b[1] - a[1]);
    const { compare } = new Intl.Collator(undefined, { numeric: true });
    return {
      values: all.slice(0, MOST_VALUES).sort((a, b) => compare(a[0], b[0])),
      more: Math.max(0, all.length - MOST_VALUES),
    };
  }

  // statuses counts rows by the values of the status filter.
  statuses() {
    const counts = new Map();
    const add = (key) => counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const row of this.rows) {
      const name = this.lists.statuses[row[1]];
      if (NEEDS_ATTENTION.includes(name)) add('attention');
      add(row[0] === 0 ? 'gone' : String(row[1]));
    }
    return counts;
  }

  // linked are the rows found whose link can be handed out: not of guests who have accepted,
  // and not of those who have left the list.
  linked() {
    return this.found.filter((i) => {
      const row = this.rows[i];
      return this.linkState(row) === 'live' && row[5][GUEST_STATE] !== 'accepted' && row[0] !== 0;
    });
  }

  // lines is the links of the rows found, as name, address, link with tabs between.
  lines() {
    return this.linked().map((i) => {
      const row = this.rows[i];
      return [this.name(row), row[5][ADDRESS], this.link(row)].map(tabbed).join('\t');
    });
  }
}
