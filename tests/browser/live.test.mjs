// What changes on a page that stays open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, quiet, reads, until, visitor } from './browser.mjs';
import { setUp, stage } from './stage.mjs';

let browser;
let staged;
let page;
let entry;

before(async () => {
  browser = await launch();
  staged = await stage();
  page = await visitor(browser);
  await setUp(page, staged.program);
  entry = `${staged.program.url}/entries/${staged.ids.registered}`;
});
after(async () => {
  await browser.close();
  await staged.end();
});

const account = () => staged.accounts['910000002'];
const refresh = () => staged.program.api('POST', `registrations/${staged.ids.registered}/refresh`);
const indicator = (word) => page.locator('[data-live-word]', { hasText: new RegExp(`^${word}$`) }).waitFor();
const spoken = (text) => page.locator('[data-say]', { hasText: text }).waitFor({ state: 'attached' });
const focused = () => page.evaluate(() => document.activeElement.textContent);

test('the entry page takes over what is new and keeps the focus', async () => {
  await page.goto(entry);
  await indicator('Live');
  await page.evaluate(() => { window.untouched = true; });
  await page.getByRole('link', { name: 'Edit' }).focus();
  account().refuse = '503 Maintenance';
  await refresh();
  await reads(page, 'Registered, refresh failing');
  await page.locator('.story').getByText('The provider answered “503 Maintenance”.').waitFor();
  await page.locator('.facts').getByText('Failed attempts in a row').waitFor();
  await spoken('Registered, refresh failing');
  assert.equal(await focused(), 'Edit');
  delete account().refuse;
  await refresh();
  await reads(page, 'Registered');
  await page.locator('.facts').getByText('Failed attempts in a row').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Edit');
  assert.ok(await page.evaluate(() => window.untouched), 'the page was loaded again');
  quiet(page);
});

test('focus on a button that goes away is not lost', async () => {
  await page.getByRole('button', { name: 'Unregister' }).focus();
  await staged.program.api('POST', `registrations/${staged.ids.registered}/unregister`);
  await reads(page, 'Unregistered');
  await page.getByRole('button', { name: 'Unregister' }).waitFor({ state: 'detached' });
  assert.equal(await focused(), '910000002@sip.north.example');
  await refresh();
  await reads(page, 'Registered');
  quiet(page);
});

test('when the page cannot be read again, it stays', async () => {
  await page.route(entry, (route) => route.fulfill({ status: 503, body: 'away' }));
  account().refuse = '503 Maintenance';
  await refresh();
  await reads(page, 'Registered, refresh failing');
  await page.locator('.facts').getByText('+34910000002', { exact: true }).waitFor();
  await page.unroute(entry);
  delete account().refuse;
  await refresh();
  await reads(page, 'Registered');
  assert.deepEqual(page.complaints.splice(0).filter((text) => !text.includes('503')), []);
});

test('the list patches its rows, speaks sums only, and can be paused', async () => {
  await page.goto(`${staged.program.url}/entries`);
  await indicator('Live');
  account().refuse = '503 Maintenance';
  await refresh();
  await reads(page, 'Registered, refresh failing', '+34910000002');
  await spoken(/^(OK|At risk): \d+/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await indicator('Paused');
  delete account().refuse;
  await refresh();
  const status = () => staged.program.api('GET', `registrations/${staged.ids.registered}/status`);
  await until('it is registered', async () => (await status()).state === 'registered');
  await reads(page, 'Registered, refresh failing', '+34910000002');
  await page.getByRole('button', { name: 'Resume' }).click();
  await indicator('Live');
  await reads(page, 'Registered', '+34910000002');
  quiet(page);
});

test('a restart is seen and survived', async () => {
  await staged.program.stop();
  await indicator('Reconnecting');
  await staged.program.resume();
  await indicator('Live');
  await reads(page, 'Registered', '+34910000002');
  assert.deepEqual(page.complaints.splice(0).filter((text) => !/net::ERR_/.test(text)), []);
});
