// Opens the pages that TestInBrowser wrote in a real Chromium and uses them as a
// reader does. PAGES is their folder, CHROMIUM the browser.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const { PAGES, CHROMIUM } = process.env;
const TIMEOUT = 20_000; // ms, for every wait

let browser, context, page, troubles;

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], timeout: TIMEOUT });
});
after(() => browser?.close());

// open shows a page in a browser without a network. Whatever a page should never
// do is gathered, and fails the test at its end.
async function open(name, options = {}, prepare = () => {}) {
  context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Tokyo', offline: true, ...options });
  context.setDefaultTimeout(TIMEOUT);
  page = await context.newPage();
  page.on('console', (message) => troubles.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.stack}`));
  page.on('request', (request) => { if (request.url() !== url(name)) troubles.push(`request: ${request.url()}`); });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
  await prepare(context, page);
  await page.goto(url(name));
  await page.locator('#frame').waitFor();
}

const url = (name) => pathToFileURL(`${PAGES}/${name}.html`).href;

const hits = () => page.locator('#hits').textContent();
const shown = () => page.locator('#lines tr').count();
const addresses = () => page.locator('#lines th').allTextContents();
const column = async (name) => {
  const headings = await page.locator('#headings th').allTextContents();
  return page.locator(`#lines tr > :nth-child(${headings.indexOf(name) + 1})`).allTextContents();
};
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const copied = (text) => page.locator('#copied', { hasText: text }).waitFor({ state: 'attached' });
const withClipboard = { permissions: ['clipboard-read', 'clipboard-write'] };

beforeEach(() => { troubles = []; });
afterEach(async () => {
  if (page) troubles.push(...await page.evaluate(() => window.violations));
  await context?.close();
  page = context = undefined;
  assert.deepEqual(troubles, []);
});

describe('finding rows', { timeout: 10 * TIMEOUT }, () => {
  test('search: all words, without case and accents', async () => {
    await open('small');
    assert.equal(await hits(), '40 rows.');
    await page.fill('#search', 'BERGSTROM fabrikam');
    assert.match(await hits(), /^2 of 40 rows: “BERGSTROM fabrikam”\.$/);
    assert.deepEqual(await addresses(), ['guest00000@fabrikam.example', 'guest00035@fabrikam.example']);
    await page.fill('#search', 'nobody is called this');
    assert.match(await hits(), /^0 of 40 rows.* No matches\.$/);
    await page.fill('#search', '');
    assert.equal(await shown(), 40);
  });

  test('search does not look into hidden links', async () => {
    await open('small');
    await page.fill('#search', 'login.microsoftonline');
    assert.match(await hits(), /^0 of 40/);
  });

  test('filter by status', async () => {
    await open('small');
    await page.selectOption('#status', { label: 'failed (2)' });
    assert.deepEqual([...new Set(await column('Status'))], ['failed']);
    assert.equal(await hits(), '2 of 40 rows: status: failed.');
    await page.selectOption('#status', { label: 'needs attention (6)' });
    assert.deepEqual([...new Set(await column('Status'))].sort(), ['failed', 'invalid', 'unconfirmed']);
  });

  test('filter by a column that the reader chooses, together with a status', async () => {
    await open('small');
    await page.selectOption('#column', { label: 'Account Manager' });
    await page.selectOption('#value', { label: 'Maren Oud (14)' });
    assert.deepEqual([...new Set(await column('Account Manager'))], ['Maren Oud']);
    assert.equal(await shown(), 14);
    await page.selectOption('#status', { label: 'failed (2)' });
    assert.equal(await hits(), '1 of 40 rows: status: failed, Account Manager: Maren Oud.');
    await page.selectOption('#column', { label: 'Project' });
    assert.equal(await hits(), '2 of 40 rows: status: failed.');
    await page.click('#clear');
    assert.equal(await hits(), '40 rows.');
    assert.equal(await page.locator('#value').isDisabled(), true);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  });

  test('an error above the table shows its rows', async () => {
    await open('small');
    await page.fill('#search', 'fabrikam');
    await page.click('[data-group] >> text=/these 2 rows: InvalidRow/');
    assert.equal(await hits(), '2 of 40 rows: error: InvalidRow.');
    assert.deepEqual([...new Set(await column('Error code'))], ['InvalidRow']);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'rows');
    await page.click('#group');
    assert.equal(await shown(), 40);
  });

  test('a count above the table shows its rows', async () => {
    await open('small');
    await page.click('[data-status] >> text=unconfirmed');
    assert.equal(await hits(), '2 of 40 rows: status: unconfirmed.');
    assert.equal(await page.locator('#status').evaluate((s) => s.selectedOptions[0].text), 'unconfirmed (2)');
  });

  test('a state of guests above the table shows its rows', async () => {
    await open('small');
    await page.click('[data-guest] >> text=not accepted');
    const states = await column('Guest state');
    assert.deepEqual([...new Set(states)], ['not accepted']);
    assert.equal(await hits(), `${states.length} of 40 rows: Guest state: not accepted.`);
    assert.equal(await page.locator('#value').evaluate((s) => s.selectedOptions[0].text), `not accepted (${states.length})`);
  });

  test('every column sorts, up and down, empty cells last', async () => {
    await open('small');
    const headings = await page.locator('#headings th').allTextContents();
    assert.ok(headings.length > 10);
    for (const name of headings.filter((n) => !['Link', 'Answered', 'Accepted', 'State as of'].includes(n))) {
      const button = page.locator('#headings button', { hasText: new RegExp(`^${name}$`) });
      for (const [way, sign] of [['ascending', 1], ['descending', -1]]) {
        await button.click();
        assert.equal(await page.locator('#headings [aria-sort]').count(), 1);
        assert.equal(await page.locator(`#headings [aria-sort="${way}"]`).textContent(), name);
        const values = await column(name);
        const full = values.filter((v) => v !== '');
        assert.deepEqual(values.slice(full.length).filter((v) => v !== ''), [], `${name}: empty cells come last`);
        const { compare } = new Intl.Collator('en-GB', { numeric: true });
        assert.deepEqual(full, full.toSorted((a, b) => sign * compare(a, b)), `${name} ${way}`);
      }
    }
  });

  test('times sort by time, links by themselves', async () => {
    await open('small');
    const at = (await page.locator('#headings th').allTextContents()).indexOf('Answered') + 1;
    const stamps = () => page.locator(`#lines td:nth-child(${at}) time`).evaluateAll((all) => all.map((t) => t.dateTime));
    for (const reverse of [false, true]) {
      await page.click('#headings button >> text=Answered');
      const sorted = (await stamps()).toSorted();
      assert.deepEqual(await stamps(), reverse ? sorted.reverse() : sorted);
    }
    await page.click('#headings button >> text=Link');
    const linked = await page.locator('#lines tr').evaluateAll((all) => all.map((tr) => tr.querySelector('.link button') !== null));
    assert.deepEqual(linked, [...Array(30).fill(true), ...Array(10).fill(false)]);
  });

  test('columns that say nothing are left out, and named', async () => {
    await open('small');
    assert.equal((await page.locator('#headings th').allTextContents()).includes('Notes'), false);
    assert.equal(await page.locator('#left-out').textContent(), 'Not shown, because they are empty in every row: Notes.');
  });
});

describe('links', { timeout: 10 * TIMEOUT }, () => {
  const link = /^https:\/\/login\.microsoftonline\.com\/redeem\?rd=\S{200,}$/;

  test('they are hidden until asked for', async () => {
    await open('small');
    const visible = () => page.evaluate(() => document.body.innerText.includes('microsoftonline'));
    const inTable = () => page.locator('#table').evaluate((t) => t.outerHTML.includes('microsoftonline'));
    assert.equal(await visible() || await inTable(), false);
    await page.check('#show');
    assert.equal(await visible() && await inTable(), true);
    assert.equal(await page.locator('#lines .link code').count(), 30);
    await page.uncheck('#show');
    assert.equal(await visible() || await inTable(), false);
  });

  test('one is copied without being shown', async () => {
    await open('small', withClipboard);
    await page.getByRole('button', { name: 'Copy link of guest00002@wide.example' }).click();
    await copied('Copied the link of guest00002@wide.example.');
    const text = await clipboard();
    assert.match(text, link);
    assert.match(text, /user%3d000002/);
    assert.equal(await page.locator('#lines .link code').count(), 0);
  });

  test('those of all rows found are copied with names and addresses', async () => {
    await open('small', withClipboard);
    await page.fill('#search', 'fabrikam');
    const wanted = (await addresses()).length;
    const linked = await page.locator('#lines tr').evaluateAll((all) => all.filter((tr) => tr.querySelector('.link button') !== null
      && tr.querySelector('[data-name="Guest state"]').textContent !== 'accepted').length);
    assert.ok(linked > 0 && linked < wanted);
    assert.equal(await page.locator('#copy').textContent(), `Copy links to hand out (${linked})`);
    await page.click('#copy');
    await copied(`Copied ${linked} links, of all pages.`);
    const lines = (await clipboard()).trimEnd().split('\n').map((l) => l.split('\t'));
    assert.equal(lines.length, linked);
    assert.ok(!lines.some((cells) => cells[1] === 'guest00000@fabrikam.example')); // has accepted
    for (const cells of lines) {
      assert.equal(cells.length, 3);
      assert.match(cells[2], link);
    }
  });

  test('they are copied where there is no clipboard of the new kind', async () => {
    await open('small', withClipboard, (context) => context.addInitScript(() => {
      const { clipboard } = navigator;
      window.readBack = () => clipboard.readText();
      Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });
    }));
    await page.getByRole('button', { name: 'Copy link of guest00002@wide.example' }).click();
    await copied('Copied the link of guest00002@wide.example.');
    assert.match(await page.evaluate(() => window.readBack()), link);
  });

  test('those that are not live have a badge, and a dead one has no button', async () => {
    await open('links', withClipboard);
    await page.check('#show');
    const cells = await page.locator('#lines .link').evaluateAll((all) => all.map((td) => [
      td.querySelector('button') !== null, td.querySelector('.badge')?.textContent ?? '', td.querySelector('code') !== null,
      getComputedStyle(td.querySelector('code') ?? td).textDecorationLine,
    ]));
    assert.deepEqual(cells, [
      [true, '', true, 'none'], [false, 'missing', false, 'none'], [true, 'uncertain', true, 'none'],
      [false, 'replaced', true, 'line-through'], [false, '', false, 'none'],
    ]);
    assert.match(await page.locator('.badge >> text=replaced').getAttribute('title'), /^This link does not work any more/);
    assert.equal(await page.locator('#copy').textContent(), 'Copy links to hand out (1)');
    await page.click('#copy');
    await copied('Copied 1 link');
    assert.match(await clipboard(), /^\tguest0@x\.example\thttps:\S+\n$/);
  });

  test('nothing to copy, no button', async () => {
    await open('small');
    await page.selectOption('#status', { label: 'failed (2)' });
    assert.equal(await page.locator('#copy').isDisabled(), true);
  });
});

describe('hostile lists', { timeout: 10 * TIMEOUT }, () => {
  test('stay text', async () => {
    await open('hostile', withClipboard);
    await page.check('#show');
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator('main img, main [onerror]').count(), 0);
    const headings = (await page.locator('#headings th').allTextContents()).join();
    assert.ok(headings.includes('<img src=x onerror="window.owned=1">'), headings);
    assert.ok((await page.locator('#lines').textContent()).includes('</script><script>window.owned=1</script>'));
  });

  test('do not turn text around', async () => {
    await open('hostile');
    const text = await page.evaluate(() => document.body.textContent.replace(document.getElementById('data').textContent, ''));
    assert.equal(/[\u202a-\u202e\u2066-\u2069]/.test(text.replace(/<script>.*/s, '')), false);
    assert.ok((await column('Company')).includes('moc.[U+202E]elpmaxe'));
  });

  test('show hidden characters in the rows as in the figures', async () => {
    await open('hidden', withClipboard);
    const figure = await page.locator('header .about bdi').first().textContent();
    assert.match(figure, /\[U\+0000\].*\[U\+007F\].*\[U\+00AD\].*\[U\+200B\]x\u200cx\u200dx\[U\+200E\].*\[U\+FEFF\].*\[U\+E0041\]/);
    assert.deepEqual(await column('Name'), [figure]);
    await page.click('#copy');
    await copied('Copied');
    assert.match((await clipboard()).split('\t')[0], /^[x\u200c\u200d]+$/);
  });

  test('give spreadsheets no formula and no more cells', async () => {
    await open('hostile', withClipboard);
    await page.click('#copy');
    await copied('Copied');
    const lines = (await clipboard()).trimEnd().split('\n').map((l) => l.split('\t'));
    assert.deepEqual(lines.map((l) => l.length), [3, 3]);
    assert.equal(lines[0][0], "'=cmd|' /C calc'!A0");
    assert.equal(lines[1][0], 'two lines and a tab');
  });
});

describe('readers', { timeout: 10 * TIMEOUT }, () => {
  test('times are in their zone, with UTC behind them', async () => {
    await open('small');
    const time = page.locator('header time');
    assert.equal(await time.textContent(), '20 Nov 2026, 22:58:30');
    assert.equal(await time.getAttribute('title'), '2026-11-20 13:58:30 UTC');
    const at = (await page.locator('#headings th').allTextContents()).indexOf('Answered') + 1;
    assert.equal(await page.locator(`#lines td:nth-child(${at}) time`).first().textContent(), '20 Nov 2026, 22:58:30');
    assert.equal(await page.locator('.axis time').first().getAttribute('title'), '2026-11-20 13:58:30 UTC');
  });

  test('an error shows as many rows as it counts', async () => {
    await open('left');
    await page.getByRole('button', { name: 'Show this row' }).click();
    assert.match(await hits(), /^1 of 2 rows/);
    assert.deepEqual(await addresses(), ['a@x.example']);
  });

  test('the keyboard alone is enough', async () => {
    await open('small', withClipboard);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    const press = async (key, times = 1) => { for (let i = 0; i < times; i++) await page.keyboard.press(key); };
    await press('Tab');
    assert.equal(await focused(), 'Skip to the rows');
    await press('Enter');
    await press('Tab');
    assert.equal(await focused(), 'search');
    await page.keyboard.type('northwind');
    assert.match(await hits(), /^16 of 40/);
    await press('Tab');
    await page.keyboard.type('invi');
    assert.match(await hits(), /^14 of 40 rows: “northwind”, status: invited/);
    await press('Tab', 2);
    assert.equal(await focused(), 'show', 'a disabled field is passed over');
    await press('Space');
    assert.equal(await page.locator('#lines .link code').count(), 14);
    await press('Tab');
    await press('Enter');
    const [, linked] = (await page.locator('#copy').textContent()).match(/^Copy links to hand out \((\d+)\)$/);
    assert.ok(linked > 0 && linked < 14, 'some have accepted');
    await copied(`Copied ${linked} links`);
    await press('Tab');
    assert.equal(await focused(), 'clear');
    await press('Tab');
    assert.equal(await focused(), 'frame', 'the table can be scrolled');
    await press('Tab');
    await press('Enter');
    assert.equal(await page.locator('#headings [aria-sort]').textContent(), 'Row');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid', 'the focus is seen');
  });

  for (const scheme of ['light', 'dark']) {
    test(`no barrier that axe knows of, ${scheme}`, async () => {
      await open('small', { colorScheme: scheme, bypassCSP: true });
      await page.check('#show');
      await page.click('[data-group]');
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`), []);
    });
  }

  test('dark where the reader likes it dark, and never on paper', async () => {
    await open('small', { colorScheme: 'dark' });
    const light = (property) => page.evaluate((name) => {
      const [r, g, b] = getComputedStyle(document.body)[name].match(/\d+/g).map(Number);
      return (r + g + b) / 765;
    }, property);
    assert.ok(await light('backgroundColor') < 0.2 && await light('color') > 0.8);
    await page.emulateMedia({ media: 'print' });
    assert.ok(await light('backgroundColor') === 1 && await light('color') < 0.2);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    assert.ok(await light('backgroundColor') > 0.9 && await light('color') < 0.2);
  });

  test('on a laptop rows are seen without scrolling', async () => {
    await open('medium', { viewport: { width: 1280, height: 720 } });
    const seen = await page.locator('#lines tr').evaluateAll((all) => all.filter((tr) => tr.getBoundingClientRect().bottom <= innerHeight).length);
    assert.ok(seen >= 6, `${seen} rows`);
  });

  for (const width of [400, 320]) {
    test(`at ${width} pixels a row is a card with its link in reach, and nothing scrolls sideways`, async () => {
      await open('small', { viewport: { width, height: 800 }, hasTouch: true, ...withClipboard });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      const first = page.locator('#lines tr').first();
      for (const part of ['th', 'td.state', 'td.link button']) {
        const box = await first.locator(part).boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width, part);
      }
      const company = first.locator('td[data-name="Company"]');
      assert.equal(await company.evaluate((td) => getComputedStyle(td, '::before').content), '"Company "');
      await first.locator('td.link button').tap();
      await copied('Copied the link of guest00000@fabrikam.example.');
      await page.check('#show');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    });
  }

  test('without JavaScript the figures are there', async () => {
    context = await browser.newContext({ javaScriptEnabled: false, offline: true });
    const bare = await context.newPage();
    await bare.goto(url('small'));
    assert.match(await bare.locator('main').innerText(), /needs JavaScript[\s\S]*30\s+invited/);
    assert.equal(await bare.locator('#tools').isVisible(), false);
  });
});

describe('paper', { timeout: 10 * TIMEOUT }, () => {
  // printed is what stands in the table while a page is printed.
  async function printed() {
    await page.evaluate(() => addEventListener('beforeprint', () => {
      window.printed = [...document.querySelectorAll('#lines tr')].map((tr) => tr.textContent);
    }));
    await page.pdf({ preferCSSPageSize: true });
    return page.evaluate(() => window.printed);
  }

  test('all rows, not only those of the page', async () => {
    await open('medium');
    assert.equal(await shown(), 100);
    assert.equal((await printed()).length, 250);
    assert.equal(await shown(), 100, 'afterwards the page is as it was');
  });

  test('or those found', async () => {
    await open('medium');
    await page.selectOption('#status', { label: 'failed (13)' });
    assert.equal((await printed()).length, 13);
  });

  test('links only where they are shown', async () => {
    await open('small');
    assert.equal((await printed()).join().includes('microsoftonline'), false);
    await page.check('#show');
    assert.equal((await printed()).join().includes('microsoftonline'), true);
  });

  test('a row that is too wide names its own cells', async () => {
    await open('small');
    await page.check('#show');
    await page.evaluate(() => addEventListener('beforeprint', () => {
      window.named = [...document.querySelectorAll('#lines tr:first-child > *')].map((c) => c.dataset.name);
    }));
    await page.pdf();
    assert.deepEqual(await page.evaluate(() => window.named), await page.locator('#headings th').allTextContents());
  });

  test('nothing is cut off', async () => {
    const viewport = { width: 1032, height: 700 }; // what A4 has between its margins
    for (const [name, links] of [['small', false], ['small', true], ['wide', false]]) {
      await context?.close();
      await open(name, { viewport });
      if (links) await page.check('#show');
      await page.emulateMedia({ media: 'print' });
      const right = await page.locator('#lines tr > *').evaluateAll((all) => Math.max(...all.map((c) => c.getBoundingClientRect().right)));
      assert.ok(right <= viewport.width, `${name}, links ${links}: ${right} pixels`);
      assert.ok((await page.locator('#lines tr').first().innerText()).includes('guest00000@fabrikam.example'));
    }
  });

  test('nothing that only works on a screen', async () => {
    await open('small');
    await page.emulateMedia({ media: 'print' });
    for (const id of ['#search', '#copy', '#pages', '.groups button', '#lines .link', '.skip', '#headings button']) {
      assert.equal(await page.locator(id).first().isVisible(), false, id);
    }
    const heading = await page.locator('#headings th').first().evaluate((th) => getComputedStyle(th, '::before').content);
    assert.equal(heading, '"Row"');
  });
});

describe('50,000 rows', { timeout: 10 * TIMEOUT }, () => {
  const report = (t, name, ms) => { t.diagnostic(`${name}: ${ms.toFixed(0)} ms`); return ms; };

  test('pages', async () => {
    await open('large');
    const place = () => page.locator('#place').textContent();
    assert.equal(await place(), 'Page 1 of 500');
    assert.equal(await shown(), 100);
    await page.click('#next');
    assert.equal(await place(), 'Page 2 of 500');
    assert.equal((await column('Row'))[0], '102');
    await page.click('#last');
    assert.equal(await place(), 'Page 500 of 500');
    assert.equal((await column('Row')).at(-1), '50001');
    await page.press('#next', 'Enter'); // there is none
    assert.equal(await place(), 'Page 500 of 500');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'next', 'the focus stays where it was');
    await page.click('#previous');
    await page.click('#first');
    assert.equal(await place(), 'Page 1 of 500');
    await page.click('#last');
    await page.fill('#search', 'guest');
    assert.equal(await place(), 'Page 1 of 500', 'what is found is read from its beginning');
    await page.fill('#search', 'guest0001');
    assert.equal(await page.locator('#pages').isVisible(), false, 'ten rows need no pages');
  });

  test('something is seen soon', async (t) => {
    await open('large');
    const [paint, ready] = await page.evaluate(() => [
      performance.getEntriesByName('first-contentful-paint')[0].startTime,
      performance.getEntriesByType('navigation')[0].domContentLoadedEventStart,
    ]);
    report(t, 'until the table can be used', ready);
    assert.ok(report(t, 'first paint', paint) < 3000);
  });

  // busy gives the processor time that the page's thread spends on something, in
  // milliseconds: how many others are at work on this machine does not count.
  async function busy(session, something) {
    const spent = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find((m) => m.name === 'TaskDuration').value * 1000;
    };
    const start = await spent();
    await something();
    await page.evaluate(() => document.body.offsetHeight); // the layout counts
    return await spent() - start;
  }

  async function openMeasured() {
    await open('large');
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return session;
  }

  test('a keystroke is answered at once', async (t) => {
    const session = await openMeasured();
    const times = [];
    for (const text of ['first', 'f', 'fa', 'fab', 'fabrikam', 'fabrikam berg', 'guest0', 'no such guest', 'f']) {
      times.push(await busy(session, () => page.fill('#search', text)));
    }
    report(t, 'the very first keystroke', times.shift());
    report(t, 'the usual one', times.toSorted((a, b) => a - b)[times.length >> 1]);
    // Less than 100 is what is wanted; a slow machine is no reason to fail.
    assert.ok(report(t, 'the slowest of the others', Math.max(...times)) < 200);
  });

  test('every column sorts in time', async (t) => {
    const session = await openMeasured();
    const times = [];
    for (const button of await page.locator('#headings button').all()) {
      times.push(await busy(session, () => button.dispatchEvent('click')));
    }
    assert.ok(report(t, 'the slowest column', Math.max(...times)) < 1000);
  });
});
