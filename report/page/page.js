'use strict';

(() => {
  const PAGE = 100; // rows
  const WIDE = 12; // columns that fit on paper beside each other

  const byId = (id) => document.getElementById(id);
  const count = (n) => n.toLocaleString('en');
  const many = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

  // What the reader asked for. The table always shows exactly this.
  const wanted = { search: '', status: '', group: -1, column: null, value: null };
  const view = { page: 0, sorted: null, down: false, links: false };

  const rows = new Rows(JSON.parse(byId('data').textContent));

  // ---- Times in the reader's zone, with UTC behind them.

  const clock = new Intl.DateTimeFormat(undefined, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
  });

  function setTime(element, date) {
    const utc = date.toISOString().replace(/\.\d+Z$/, 'Z');
    element.dateTime = utc;
    element.title = utc.replace('T', ' ').replace('Z', ' UTC');
    element.textContent = clock.format(date);
    return element;
  }

  for (const element of document.querySelectorAll('time')) setTime(element, new Date(element.dateTime));

  // ---- Elements. Text never becomes markup.

  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  const option = (value, label) => make('option', { value, textContent: label });

  // ---- The table.

  // What the buttons of the rows copy; it is forgotten together with them.
  const copies = new WeakMap();

  const cells = {
    number: (value) => make('td', { className: 'number', textContent: value }),
    address: (value) => Object.assign(make('th', { textContent: revealed(value) }), { scope: 'row' }),
    state: (value) => make('td', { className: 'state' }, make('span', { className: 'status ' + value, textContent: value })),
    text: (value) => make('td', { textContent: revealed(value) }),
    long: (value) => make('td', { className: 'long', textContent: revealed(value) }),
    code: (value) => make('td', { className: 'code', textContent: revealed(value) }),
    time: (value) => make('td', { className: 'time' }, value === '' ? '' : setTime(make('time'), new Date(value * 1000))),
    link(value, row) {
      const state = rows.linkState(row);
      const cell = make('td', { className: 'link ' + state });
      if (value !== '' && state !== 'replaced') {
        const button = make('button', { type: 'button', textContent: 'Copy link' });
        button.setAttribute('aria-label', 'Copy link of ' + revealed(row[5][ADDRESS]));
        copies.set(button, { text: value, done: `Copied the link of ${revealed(row[5][ADDRESS])}.` });
        cell.append(button);
      }
      const meaning = rows.linkMeaning(state);
      if (meaning !== '') cell.append(make('span', { className: 'badge', textContent: state, title: meaning }));
      if (view.links && value !== '') cell.append(make('code', { textContent: revealed(value) }));
      return cell;
    },
  };

  function line(i) {
    const row = rows.row(i);
    return make('tr', {}, ...rows.columns.map((column) => {
      const cell = cells[column.kind](column.value(row), row);
      cell.dataset.name = revealed(column.name); // for paper, and for cards on a narrow screen
      if (column.technical) cell.classList.add('technical');
      return cell;
    }));
  }

  function drawHeadings() {
    byId('headings').replaceChildren(...rows.columns.map((column) => {
      const button = make('button', { type: 'button', textContent: revealed(column.name) });
      button.addEventListener('click', () => sortBy(column));
      const heading = make('th', { scope: 'col', className: column.kind }, button);
      if (column.technical) heading.classList.add('technical');
      heading.dataset.name = revealed(column.name); // for paper
      column.heading = heading;
      return heading;
    }));
  }

  const pages = () => Math.max(1, Math.ceil(rows.shown / PAGE));

  function drawLines(from = view.page * PAGE, to = from + PAGE) {
    const fragment = document.createDocumentFragment();
    for (const i of rows.found.slice(from, to)) fragment.append(line(i));
    byId('lines').replaceChildren(fragment);
  }

  // Paper gets the rows of all pages.
  const drawForPaper = () => drawLines(0, Infinity);

  // filters says in words what the table is limited to; it is printed, too.
  function filters() {
    const words = [];
    if (wanted.search.trim()) words.push(`“${wanted.search.trim()}”`);
    if (wanted.status !== '') words.push('status: ' + statusNames.get(wanted.status));
    if (wanted.group >= 0) words.push('error: ' + revealed(rows.lists.groups[wanted.group]));
    if (wanted.value !== null) words.push(`${revealed(wanted.column.name)}: ${revealed(wanted.value) || '(empty)'}`);
    return words;
  }

  function draw() {
    const words = filters(), total = rows.rows.length, linked = rows.linked().length;
    byId('hits').textContent = words.length === 0 ? `${many(total, 'row')}.`
      : `${count(rows.shown)} of ${many(total, 'row')}: ${words.join(', ')}.`
        + (rows.shown === 0 ? ' No matches.' : '');
    byId('clear').hidden = words.length === 0;
    byId('group').hidden = wanted.group < 0;
    if (wanted.group >= 0) {
      byId('group').textContent = `Only error ${revealed(rows.lists.groups[wanted.group])} ✕`;
      byId('group').setAttribute('aria-label', `Remove the filter: only error ${revealed(rows.lists.groups[wanted.group])}`);
    }
    byId('copy').textContent = `Copy links to hand out (${count(linked)})`;
    byId('copy').title = 'Without guests who have accepted, and those who have left the list.';
    byId('copy').disabled = linked === 0;
    for (const control of [byId('copy'), byId('show').parentElement]) control.hidden = rows.lists.noLinks;
    byId('place').textContent = `Page ${count(view.page + 1)} of ${count(pages())}`;
    byId('pages').hidden = pages() === 1;
    for (const id of ['first', 'previous']) setOff(byId(id), view.page === 0);
    for (const id of ['next', 'last']) setOff(byId(id), view.page >= pages() - 1);
    drawLines();
  }

  // setOff keeps a button reachable by keyboard: the disabled attribute would take
  // the focus from a reader who has just pressed it.
  function setOff(button, off) { button.setAttribute('aria-disabled', String(off)); }

  // ---- What the reader does.

  function find() {
    rows.find(wanted);
    view.page = 0;
    byId('frame').scrollTop = 0;
    draw();
  }

  function sortBy(column) {
    view.down = view.sorted === column && !view.down;
    view.sorted = column;
    for (const c of rows.columns) c.heading.removeAttribute('aria-sort');
    column.heading.setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
    rows.sort(column, view.down);
    find();
  }

  function turnTo(page) {
    if (page < 0 || page >= pages()) return;
    view.page = page;
    byId('frame').scrollTop = 0;
    draw();
  }

  async function copy(text, done, button) {
    let ok = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      ok = copyBySelection(text);
    }
    byId('copied').textContent = '';
    requestAnimationFrame(() => {
      byId('copied').textContent = ok ? done : 'The browser did not allow this page to copy. Show the links and copy them by hand.';
    });
    button.classList.toggle('done', ok);
    setTimeout(() => button.classList.remove('done'), 2000);
  }

  // Pages that came over plain http have no navigator.clipboard.
  function copyBySelection(text) {
    const focused = document.activeElement;
    const area = make('textarea', { value: text, className: 'visually-hidden' });
    document.body.append(area);
    area.select();
    const ok = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return ok;
  }

  function clear() {
    Object.assign(wanted, { search: '', status: '', group: -1, column: null, value: null });
    byId('search').value = '';
    byId('status').value = '';
    byId('column').value = '';
    offerValues();
    find();
  }

  // showOnly drops all other filters and goes to the rows; the figures call it.
  function showOnly(filter) {
    clear();
    Object.assign(wanted, filter);
    byId('status').value = wanted.status;
    if (wanted.column !== null) {
      byId('column').value = String(rows.columns.indexOf(wanted.column));
      offerValues();
      byId('value').value = '=' + wanted.value;
    }
    find();
    byId('rows').focus();
    byId('rows').scrollIntoView();
  }

  function offerValues() {
    const select = byId('value');
    select.disabled = wanted.column === null;
    select.replaceChildren(option('', 'any'));
    if (wanted.column === null) return;
    const { values, more } = rows.values(wanted.column);
    // The value of an option is "=" and the text, because an empty text is a choice, too.
    for (const [value, n] of values) select.append(option('=' + value, `${revealed(value).slice(0, 80) || '(empty)'} (${count(n)})`));
    if (more > 0) {
      const rest = option('', `… and ${count(more)} more: use the search`);
      rest.disabled = true;
      select.append(rest);
    }
  }

  // ---- Setting up.

  const statusNames = new Map([['', 'any'], ['attention', 'needs attention']]);
  rows.lists.statuses.forEach((name, at) => statusNames.set(String(at), name));
  statusNames.set('gone', 'no longer in the list');

  function offerStatuses() {
    const counts = rows.statuses();
    for (const [value, name] of statusNames) {
      if (value === '') byId('status').append(option('', 'any'));
      else if (counts.has(value)) byId('status').append(option(value, `${name} (${count(counts.get(value))})`));
    }
  }

  function offerColumns() {
    byId('column').append(option('', 'choose…'));
    rows.columns.forEach((column, i) => {
      if (!['link', 'state', 'time'].includes(column.kind)) byId('column').append(option(String(i), revealed(column.name)));
    });
  }

  function listen() {
    byId('search').addEventListener('input', (e) => { wanted.search = e.target.value; find(); });
    byId('status').addEventListener('change', (e) => { wanted.status = e.target.value; find(); });
    byId('column').addEventListener('change', (e) => {
      wanted.column = e.target.value === '' ? null : rows.columns[Number(e.target.value)];
      wanted.value = null;
      offerValues();
      find();
    });
    byId('value').addEventListener('change', (e) => {
      wanted.value = e.target.value === '' ? null : e.target.value.slice(1);
      find();
    });
    byId('group').addEventListener('click', () => { wanted.group = -1; find(); byId('search').focus(); });
    byId('clear').addEventListener('click', () => { clear(); byId('search').focus(); });
    byId('show').addEventListener('change', (e) => { view.links = e.target.checked; showLinks(); });
    byId('copy').addEventListener('click', (e) => {
      const lines = rows.lines();
      copy(lines.join('\n') + '\n', `Copied ${many(lines.length, 'link')}, of all pages.`, e.target);
    });
    byId('first').addEventListener('click', () => turnTo(0));
    byId('previous').addEventListener('click', () => turnTo(view.page - 1));
    byId('next').addEventListener('click', () => turnTo(view.page + 1));
    byId('last').addEventListener('click', () => turnTo(pages() - 1));
    for (const button of document.querySelectorAll('[data-status]')) {
      button.addEventListener('click', () => showOnly({ status: button.dataset.status }));
    }
    for (const button of document.querySelectorAll('[data-guest]')) {
      button.addEventListener('click', () => showOnly({ column: rows.guestState, value: button.dataset.guest }));
    }
    for (const button of document.querySelectorAll('[data-group]')) {
      button.addEventListener('click', () => showOnly({ group: Number(button.dataset.group) }));
    }
    byId('lines').addEventListener('click', (e) => {
      const wish = copies.get(e.target);
      if (wish) copy(wish.text, wish.done, e.target);
    });
    addEventListener('beforeprint', drawForPaper);
    addEventListener('afterprint', () => drawLines());
  }

  function showLinks() {
    document.body.classList.toggle('with-links', view.links);
    byId('table').classList.toggle('wide', view.links || rows.columns.filter((c) => !c.technical).length > WIDE);
    drawLines();
  }

  // prepare folds the rows for the search, some at a time, so that the page stays
  // responsive.
  function prepare(from = 0) {
    const to = Math.min(from + 2000, rows.rows.length);
    for (let i = from; i < to; i++) rows.fold(i);
    if (to < rows.rows.length) setTimeout(prepare, 0, to);
  }

  drawHeadings();
  offerStatuses();
  offerColumns();
  offerValues();
  listen();
  byId('show').checked = false; // browsers remember it over a reload
  clear();
  showLinks();
  for (const id of ['tools', 'frame']) byId(id).hidden = false;
  if (rows.empty.length > 0) {
    byId('left-out').textContent = 'Not shown, because they are empty in every row: ' + rows.empty.map((c) => revealed(c.name)).join(', ') + '.';
    byId('left-out').hidden = false;
  }
  setTimeout(prepare, 0);
})();
