// Ways of using it: by keyboard, without scripts, enlarged, in forced colours; and what guards against mistakes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, overflow, press, quiet, reads, until, visitor } from './browser.mjs';
import { NAME, PASSWORD } from './program.mjs';
import { scene } from './stage.mjs';

const { browser, staged, session, url } = await scene({ keys: { password: 'secret' }, plain: { password: 'secret' } });

const PAGES = ['/entries', '/entries/new', '/entries/1', '/entries/1/edit', '/entries/1/delete', '/contracts', '/contracts/new',
  '/contracts/1/edit', '/contracts/1/delete', '/overview', '/users', '/users/new', '/users/1/edit', '/users/1/password',
  '/tokens', '/tokens/new', '/audit', '/system', '/profile', '/profile/password', '/profile/factor', '/nothing'];

/** Tabs on until the focus stands where `selector` says; every stop on the way can be seen. */
async function tabTo(page, selector, key = 'Tab') {
  for (let stops = 0; stops < 100; stops += 1) {
    await page.keyboard.press(key);
    const [there, seen, what] = await page.evaluate((wanted) => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      return [element.matches(wanted), outlined && box.width > 0 && box.left >= 0, element.outerHTML.slice(0, 80)];
    }, selector);
    assert.ok(seen, `the focus cannot be seen: ${what}`);
    if (there) return;
  }
  assert.fail(`the keyboard does not reach ${selector}`);
}

async function enter(page) {
  const arrived = page.waitForEvent('load');
  await page.keyboard.press('Enter');
  await arrived;
}

test('by keyboard only', async () => {
  const page = await visitor(browser);
  await page.goto(url);
  await tabTo(page, '.skip');
  await page.keyboard.press('Enter');
  await tabTo(page, '#name');
  await page.keyboard.type(NAME);
  await tabTo(page, '#password');
  await page.keyboard.type(PASSWORD);
  await enter(page);
  await tabTo(page, 'a[href="/entries/new"]');
  await enter(page);
  for (const [id, value] of [['username', 'keys'], ['domain', 'sip.north.example'], ['password', 'secret'], ['ddi', '710']]) {
    await tabTo(page, `#${id}`);
    await page.keyboard.type(value);
  }
  await tabTo(page, 'details.group > summary');
  await page.keyboard.press('Enter');
  await tabTo(page, '#expire');
  await page.keyboard.type('5');
  await enter(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'summary');
  await tabTo(page, '.summary a');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'expire');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('600');
  await tabTo(page, '#password', 'Shift+Tab');
  await page.keyboard.type('secret');
  await enter(page);
  await reads(page, 'Registered');
  await tabTo(page, '.button.danger');
  await enter(page);
  await tabTo(page, 'button.danger');
  await enter(page);
  await until('it is unregistered', () => !staged.registrar.bindings.has('keys'));
  quiet(page);
});

test('nothing on a page is out of reach of the keyboard', async () => {
  const page = await visitor(browser, { storageState: session });
  for (const path of PAGES) {
    await page.goto(url + path);
    await page.evaluate(() => document.activeElement.blur());
    const count = await page.evaluate(() => {
      const all = [...document.querySelectorAll('a[href], button:enabled, input:enabled, select, summary')];
      const radios = new Set();
      const wanted = all.filter((e) => e.checkVisibility() && e.type !== 'hidden'
        && !(e.type === 'radio' && (radios.has(e.name) || !radios.add(e.name))));
      for (const element of wanted) element.dataset.wanted = '';
      // Day, month, year and the calendar of a date are stops of their own.
      return wanted.length + 3 * wanted.filter((e) => e.type === 'date').length;
    });
    const reached = new Set();
    for (let stops = 0; stops < count + 3; stops += 1) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(() => {
        delete document.activeElement.dataset.wanted;
        return document.activeElement.outerHTML;
      }));
    }
    const missed = await page.locator('[data-wanted]').evaluateAll((all) => all.map((e) => e.outerHTML.slice(0, 120)));
    assert.deepEqual(missed, [], path);
  }
});

test('without scripts', async () => {
  const page = await visitor(browser, { javaScriptEnabled: false });
  await page.goto(url);
  await fill(page, { name: NAME, password: PASSWORD });
  await press(page, 'Sign in');
  await press(page, 'Add a SIP registration', 'link');
  await fill(page, { username: 'plain', domain: 'sip.north.example', password: 'secret', ddi: '720' });
  await press(page, 'Save');
  await until('the page says so', async () => (await page.reload(), await page.locator('.tag').textContent()) === 'Registered');
  await press(page, 'Unregister');
  await until('it is unregistered', () => !staged.registrar.bindings.has('plain'));
  await press(page, 'Register now');
  await until('it is bound again', () => staged.registrar.bindings.has('plain'));
  await press(page, 'Disable');
  await until('it is unregistered', () => !staged.registrar.bindings.has('plain'));
  await press(page, 'Enable');
  await press(page, 'Edit', 'link');
  await fill(page, { ddi: '721' });
  await press(page, 'Save');
  await until('the new DDI is bound', () => staged.registrar.bindings.get('plain')?.includes(':721@'));
  await press(page, 'Español');
  await press(page, 'English');
  await press(page, 'Delete', 'link');
  await press(page, 'Delete');
  await fill(page, { q: 'south' });
  await press(page, 'Search');
  assert.equal(await page.locator('tbody tr').count(), 4);
  await press(page, 'Username', 'link');
  assert.equal(await page.locator('[aria-sort="ascending"]').textContent(), 'Username ▲');
  await press(page, 'Peering contracts', 'link');
  await press(page, 'Add contract', 'link');
  await fill(page, { name: 'Third' });
  await press(page, 'Save');
  await press(page, 'Delete Third?', 'link');
  await press(page, 'Delete');
  await press(page, 'Sign out');
  quiet(page);
});

test('at twice the size, and in forced colours', async () => {
  const page = await visitor(browser, { storageState: session, viewport: { width: 640, height: 400 }, deviceScaleFactor: 2, forcedColors: 'active' });
  for (const path of PAGES) {
    await page.goto(url + path);
    assert.deepEqual(await overflow(page), [], path);
    const bare = await page.locator('.tag, .button, .field input').evaluateAll((all) => all
      .filter((e) => e.checkVisibility() && (getComputedStyle(e).borderTopStyle === 'none' || getComputedStyle(e).borderTopColor === getComputedStyle(e).backgroundColor))
      .map((e) => e.outerHTML.slice(0, 80)));
    assert.deepEqual(bare, [], `no edge on ${path}`);
  }
  quiet(page);
});

test('changes that are not saved are not left without a question', async () => {
  const page = await visitor(browser, { storageState: session });
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return asked.length === 1 ? dialog.dismiss() : dialog.accept();
  });
  await page.goto(`${url}/entries/1/edit`);
  await page.locator('#ddi').pressSequentially('9');
  await page.getByText('There are changes that have not been saved.').waitFor();
  await page.getByRole('link', { name: 'Cancel' }).click({ noWaitAfter: true });
  await until('it asks', () => asked.length === 1);
  assert.equal(await page.locator('#ddi').inputValue(), '9+34910000001');
  await press(page, 'Cancel', 'link');
  assert.deepEqual(asked, ['beforeunload', 'beforeunload']);
  await press(page, 'Edit', 'link');
  await press(page, 'Cancel', 'link');
  await press(page, 'Edit', 'link');
  await page.locator('#realm').evaluate((input) => { input.closest('details').open = true; });
  await page.locator('#realm').pressSequentially('browser.test');
  await press(page, 'Save');
  assert.equal(asked.length, 2);
});

test('a password can be looked at while it is typed, and comes back empty', async () => {
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/entries/new`);
  await fill(page, { username: 'x', domain: 'no host', ddi: '1', password: 'secret' });
  const type = () => page.locator('#password').getAttribute('type');
  assert.equal(await type(), 'password');
  await page.getByRole('button', { name: 'Show: Password' }).click();
  assert.equal(await type(), 'text');
  await page.getByRole('button', { name: 'Hide: Password' }).click();
  assert.equal(await type(), 'password');
  await press(page, 'Save');
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.locator('#password').inputValue(), '');
  assert.equal(await page.locator('#domain').inputValue(), 'no host');
  await page.goto(`${url}/entries/1/edit`);
  await page.getByText('Change password').click();
  await fill(page, { password: 'another', domain: 'no host' });
  await press(page, 'Save');
  await page.getByText('Type the new password once more').waitFor();
  assert.equal(await page.locator('#password').inputValue(), '');
});

test('a long list is turned page by page, and the address keeps the place', async () => {
  const many = Array.from({ length: 30 }, (_, n) => (
    { username: `many-${n}`, domain: 'sip.north.example', password: 'secret', ddi: `8${100 + n}`, enabled: false }));
  await staged.program.api('POST', 'registrations', many);
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/entries?q=many`);
  const rows = () => page.locator('tbody th').allTextContents();
  const first = await rows();
  assert.equal(first.length, 25);
  await press(page, 'Next', 'link');
  assert.deepEqual(await rows(), ['8125', '8126', '8127', '8128', '8129']);
  await page.reload();
  assert.equal((await rows()).length, 5);
  await press(page, 'Previous', 'link');
  assert.deepEqual(await rows(), first);
  await press(page, 'DDI', 'link');
  assert.equal((await rows())[0], '8129');
  await press(page, '50', 'link');
  assert.equal((await rows()).length, 30);
  quiet(page);
});
