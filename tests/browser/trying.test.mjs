// A test of an account beside its form, shortcuts, ticking, copying, and what happens while Alta is away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, press, quiet, reads, until, visitor } from './browser.mjs';
import { scene } from './stage.mjs';

const SAID = {
  en: { registers: 'Would be registered for 3,600 s', fails: 'Would not be registered', refused: 'The provider refused the user or the password.', known: 'The provider accepts this account', undone: 'What the test registered is undone', copy: 'Copy', copied: 'Copied' },
  es: { registers: 'Quedaría registrado durante 3600 s', fails: 'No quedaría registrado', refused: 'El operador no acepta el usuario o la contraseña.', known: 'El operador acepta esta cuenta', undone: 'Anulado lo que registró la prueba', copy: 'Copiar', copied: 'Copiado' },
};

const { browser, staged, session, url } = await scene({ fresh: { password: 'secret' } });

const place = (page) => page.locator('[data-trial-place]');

for (const language of ['en', 'es']) {
  const say = SAID[language];

  test(`an account is tried beside its form, in ${language}`, async () => {
    const page = await visitor(browser, { language, storageState: session });
    await page.goto(`${url}/entries/new`);
    await fill(page, { username: 'fresh', domain: 'sip.north.example', password: 'mistyped', ddi: '810' });
    const before = staged.registrar.of('fresh').length;
    await page.locator('[data-try]').click();
    await place(page).getByText(say.fails).first().waitFor();
    await place(page).getByText(say.refused).waitFor();
    await page.locator('#password').fill('secret');
    await page.locator('[data-try]').click();
    await place(page).getByText(say.registers).first().waitFor();
    await place(page).getByText(say.undone).waitFor();
    assert.equal(staged.registrar.bindings.has('fresh'), false);
    assert.equal(staged.registrar.of('fresh').length - before, 5);
    assert.equal(await page.locator('#password').inputValue(), 'secret', 'what was typed stays');
    // What is missing is said by the browser, where it is.
    await page.locator('#ddi').fill('');
    await page.locator('[data-try]').click();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'ddi');
    quiet(page);
  });

  test(`an account in use is asked about, and its messages can be copied, in ${language}`, async () => {
    const page = await visitor(browser, { language, storageState: session, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${url}/entries/${staged.ids.registered}`);
    const bound = staged.registrar.bindings.get('910000002');
    const arrived = page.waitForEvent('load');
    await page.locator('form[action$="/test"] button').click();
    await arrived;
    await page.locator('.story').getByText(say.known).waitFor();
    assert.equal(staged.registrar.bindings.get('910000002'), bound);
    await page.locator('details.group > summary').click();
    await page.locator('.ladder summary').first().click();
    await page.getByRole('button', { name: say.copy, exact: true }).click();
    await page.getByRole('button', { name: say.copied, exact: true }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^REGISTER sip:sip\.north\.example SIP\/2\.0\n/);
    assert.ok(!text.includes('Contact:'), text);
    quiet(page);
  });
}

test('each step is shown while it happens', async () => {
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/entries/new`);
  await fill(page, { username: 'fresh', domain: 'sip.north.example', password: 'secret', ddi: '810' });
  staged.registrar.hold();
  await page.locator('[data-try]').click();
  await place(page).getByText('REGISTER sent to').waitFor();
  await place(page).getByText('Waiting for an answer.').waitFor();
  assert.equal(await place(page).locator('.story').count(), 0);
  staged.registrar.release();
  await place(page).getByText('asks for user and password').waitFor();
  await place(page).getByText('Would be registered').first().waitFor();
  await page.locator('[data-trial]:not([data-running])').waitFor();
  quiet(page);
});

test('without scripts a test has a page of its own', async () => {
  const page = await visitor(browser, { storageState: session, javaScriptEnabled: false });
  await page.goto(`${url}/entries/new`);
  await fill(page, { username: 'fresh', domain: 'sip.north.example', password: 'secret', ddi: '810' });
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const other = await opened;
  await other.locator('.story').getByText('Would be registered for').waitFor();
  assert.equal(await page.locator('#password').inputValue(), 'secret', 'the form is as it was');
});

test('shortcuts search, add, walk, tick and explain themselves, and can be switched off', async () => {
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/overview`);
  let arrived = page.waitForEvent('load');
  await page.keyboard.press('/');
  await arrived;
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  await until('the search has the focus', async () => (await focused()) === 'q');
  await page.keyboard.type('n/');
  assert.equal(await page.locator('#q').inputValue(), 'n/', 'in a field, keys are text');
  await page.goto(`${url}/entries`);
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), '+34910000001');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), '+34910000002');
  await page.keyboard.press(' ');
  const ticked = () => page.locator('input[name=id]:checked').count();
  assert.equal(await ticked(), 1);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press(' ');
  assert.equal(await ticked(), 2);
  const all = page.getByRole('checkbox', { name: 'Tick all lines of this page' });
  assert.ok(await all.evaluate((box) => box.indeterminate));
  await all.check();
  assert.equal(await ticked(), 9);
  await all.uncheck();
  assert.equal(await ticked(), 0);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.getByRole('checkbox', { name: 'Shortcuts are on in this browser' }).uncheck();
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('n');
  await page.keyboard.press('?');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.ok(page.url().endsWith('/entries'));
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await page.getByRole('checkbox', { name: 'Shortcuts are on in this browser' }).check();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('h1').click();
  arrived = page.waitForEvent('load');
  await page.keyboard.press('n');
  await arrived;
  assert.ok(page.url().endsWith('/entries/new'));
  quiet(page);
});

test('a message that somebody reads stays open while others come', async () => {
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/entries/${staged.ids.registered}`);
  await page.locator('[data-live-word]', { hasText: 'Live' }).waitFor();
  const rungs = () => page.locator('.ladder li').count();
  const before = await rungs();
  await page.locator('.ladder summary').first().click();
  staged.accounts['910000002'].refuse = '503 Maintenance';
  await staged.program.api('POST', `registrations/${staged.ids.registered}/refresh`);
  await reads(page, 'Registered, refresh failing');
  await until('more messages are shown', async () => (await rungs()) > before);
  assert.ok(await page.locator('.ladder details').first().evaluate((details) => details.open));
  delete staged.accounts['910000002'].refuse;
  quiet(page);
});

test('while Alta is away the page says so, and nothing that was typed is lost', async () => {
  const page = await visitor(browser, { storageState: session });
  await page.goto(`${url}/entries`);
  await page.locator('[data-live-word]', { hasText: 'Live' }).waitFor();
  const form = await page.context().newPage();
  await form.goto(`${url}/entries/new`);
  await fill(form, { username: 'later', domain: 'sip.north.example', password: 'secret', ddi: '811' });
  await staged.program.stop();
  await page.locator('[data-away]').waitFor();
  await form.evaluate(() => dispatchEvent(new Event('offline')));
  await form.locator('[data-away]').waitFor();
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  assert.equal(await form.locator('#username').inputValue(), 'later');
  await staged.program.resume();
  await form.locator('[data-away]').waitFor({ state: 'hidden' });
  await press(form, 'Save');
  await form.getByRole('heading', { name: 'later@sip.north.example' }).waitFor();
});
