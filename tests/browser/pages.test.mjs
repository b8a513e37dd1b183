// Every page, in both languages, both colour schemes and two widths, empty, full and refused: axe finds nothing,
// nothing reaches past the window, no message is missing, the console is silent. Pictures go to shots/.

import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { axe, fill, launch, messageIds, overflow, quiet, routes, visitor, words } from './browser.mjs';
import { PASSWORD, Program } from './program.mjs';
import { signedIn, stage } from './stage.mjs';

const shots = new URL('shots/', import.meta.url).pathname;
const WIDTHS = [1280, 320];
const LONG = 'x'.repeat(65);

let browser;
let ids;
const visited = new Set();

before(async () => {
  await rm(shots, { recursive: true, force: true });
  await mkdir(shots);
  browser = await launch();
  ids = await messageIds();
});
after(() => browser.close());

/** Sends the page's own form as it is, past the checks that the browser would make. */
async function send(page, form = 'main form') {
  const arrived = page.waitForEvent('load');
  await page.locator(form).last().evaluate((element) => {
    element.noValidate = true;
    element.requestSubmit(element.querySelector('button.primary'));
  });
  await arrived;
}

/** Does something that loads another page. */
async function arrives(page, act) {
  const arrived = page.waitForEvent('load');
  await act();
  await arrived;
}

/** Asks for something to be done to all that the list shows. */
async function choose(page, action) {
  await page.locator('#action').selectOption(action);
  await arrives(page, () => page.locator('form#bulk button[value=all]').click());
}

const refused = (fields) => async (page) => {
  await fill(page, fields);
  await send(page);
};

const beforeSetUp = (program) => [
  ['setup', '/setup', new URL(program.setup).search],
  ['setup-refused', '/setup', new URL(program.setup).search, refused({ name: LONG, password: 'short', again: 'shorter' })],
  ['setup-used', '/setup', '?token=old'],
  ['sign-in-too-early', '/sign-in'],
];
const whenEmpty = [['tokens-empty', '/tokens'], ['entries-empty', '/entries'], ['contracts-empty', '/contracts'], ['overview-empty', '/overview']];
const whenFull = ({ ids: { registered, at_risk }, contracts }) => [
  ['entries', '/entries'],
  ['entries-sorted', '/entries', '?sort=domain&order=desc&per=50'],
  ['entries-filtered', '/entries', '?group=problem&cause=auth_rejected&contract=none&q=9&sort=next'],
  ['entries-columns', '/entries', '', async (page) => {
    await page.locator('.columns summary').click();
    for (const name of ['user', 'next']) await page.locator(`.columns [name=${name}]`).check();
    await arrives(page, () => page.locator('.columns button').click());
  }],
  ['entries-bulk', '/entries', '', (page) => choose(page, 'delete')],
  ['job', '/entries', '', async (page) => {
    await choose(page, 'refresh');
    await arrives(page, () => page.locator('main form button').click());
    await page.locator('main a.primary').waitFor();
  }, '/jobs/{id}'],
  ['entries-none-found', '/entries', '?q=nobody'],
  ['entry-form', '/entries/new'],
  ['entry-form-refused', '/entries/new', '', refused({ username: 'a'.repeat(60), domain: 'no host', ddi: '+34910000001', expire: '5' })],
  ['entry-taken', '/entries/new', '', refused({ username: 'new', domain: 'sip.north.example', password: 'x', ddi: '+34910000001' })],
  ['entry-edit', '/entries/{id}/edit', at_risk],
  ['entry-edit-refused', '/entries/{id}/edit', at_risk, refused({ domain: '', ddi: '', password: 'another' })],
  ['entry-delete', '/entries/{id}/delete', registered],
  ['entry-tested', '/entries/{id}', registered, async (page) => {
    await arrives(page, () => page.locator('form[action$="/test"] button').click());
    await page.locator('[data-trial]:not([data-running])').waitFor();
  }, '/trials/{id}'],
  ['entry-form-tested', '/entries/new', '', async (page) => {
    await fill(page, { username: '910000003', domain: 'sip.north.example:5', password: 'x', ddi: '1', register_server_uri: 'sip:sip.north.example' });
    await page.locator('[data-try]').click();
    await page.locator('[data-trial] .story').waitFor();
  }],
  ['entry-form-test-refused', '/entries/new', '', async (page) => {
    await fill(page, { username: 'a', domain: 'no host', password: 'x', ddi: '1' });
    await page.locator('[data-try]').click();
    await page.locator('[data-trial-place] .summary').waitFor();
  }],
  ['entry-form-preset', '/entries/new', '?preset=generic'],
  ['keys', '/entries', '', (page) => page.keyboard.press('?')],
  ['away', '/entries/new', '', async (page) => {
    await page.route('**/healthz', (route) => route.abort());
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    await page.locator('[data-away]').waitFor();
    await page.unroute('**/healthz');
    page.complaints.splice(0);
  }],
  ['entry-messages', '/entries/{id}', registered, (page) => page.locator('.ladder summary').last().click()],
  ['overview', '/overview', '', (page) => page.locator('main details summary').click()],
  ['entry-duplicate', '/entries/new', `?like=${registered}`],
  ['contracts', '/contracts'],
  ['contract-form', '/contracts/new'],
  ['contract-form-refused', '/contracts/new', '', refused({ name: 'Voz Sur 2026/114' })],
  ['contract-edit', '/contracts/{id}/edit', contracts[0].id],
  ['contract-terms', '/contracts/{id}/edit', contracts[2].id],
  ['contract-terms-refused', '/contracts/{id}/edit', contracts[2].id, refused({ outbound_proxy: 'proxy', contact_address: 'a b', pace: '0' })],
  ['contract-edit-refused', '/contracts/{id}/edit', contracts[0].id, refused({ name: '' })],
  ['contract-delete', '/contracts/{id}/delete', contracts[0].id],
  ['profile', '/profile'],
  ['profile-saved', '/profile', '?saved=password'],
  ['profile-password', '/profile/password'],
  ['profile-password-refused', '/profile/password', '', refused({ current: PASSWORD, password: 'short', again: 'short' })],
  ['profile-factor', '/profile/factor'],
  ['profile-factor-refused', '/profile/factor', '', refused({ code: '000000x' })],
  ['users', '/users'],
  ['user-form', '/users/new'],
  ['user-form-refused', '/users/new', '', refused({ name: '', password: 'short', again: 'shorter' })],
  ['user-edit', '/users/{id}/edit', '1'],
  ['user-edit-refused', '/users/{id}/edit', '1', refused({ name: LONG })],
  ['user-password', '/users/{id}/password', '1'],
  ['user-password-refused', '/users/{id}/password', '1', refused({ password: 'administrator', again: 'x' })],
  ['user-delete', '/users/{id}/delete', '1'],
  ['user-delete-refused', '/users/{id}/delete', '1', send],
  ['tokens', '/tokens'],
  ['token-form', '/tokens/new'],
  ['token-form-refused', '/tokens/new', '', refused({ name: '' })],
  ['token-revoke', '/tokens/{id}/delete', '1'],
  ['system', '/system'],
  ['audit', '/audit'],
  ['audit-narrowed', '/audit', '?deed=contract_changed&who=x&about=y&from=2026-01-01&until=2026-01-31'],
  ['not-found', '/nothing'],
];
const eachState = ({ ids }) => Object.entries(ids).map(([state, id]) => [`entry-${state}`, '/entries/{id}', id]);
const forViewer = ({ ids: { rejected_auth } }) => [
  ['viewer-entries', '/entries'],
  ['viewer-entry', '/entries/{id}', rejected_auth],
  ['viewer-contracts', '/contracts'],
  ['viewer-forbidden', '/entries/new'],
];
const signedOut = [
  ['sign-in-code-too-early', '/sign-in/code'],
  ['sign-in', '/sign-in'],
  ['sign-in-refused', '/sign-in', '', refused({ name: 'somebody', password: 'something' })],
];

/** Holds one page, as it stands, to everything. */
async function hold(page, name, language, program) {
  const problems = [];
  const said = await words(page);
  for (const id of ids) if (new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(said)) problems.push(`message ${id} is missing`);
  const missing = program.said.filter((line) => line.includes('a message is missing'));
  program.said = program.said.filter((line) => !missing.includes(line));
  problems.push(...missing);
  if (/[{}\u2068\u2069]/.test(said)) problems.push('a message shows its brackets');
  if ((await page.locator('h1').textContent()).includes('Error:')) problems.push('the heading is not the title');
  if ((await page.locator('html').getAttribute('lang')) !== language) problems.push(`not in ${language}`);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const where = `${name} ${language} ${colorScheme} ${width}`;
      problems.push(...(await overflow(page)).map((text) => `${where}: ${text}`));
      problems.push(...(await axe(page)).map((text) => `${where}: ${text}`));
      await page.screenshot({ path: `${shots}${name}-${language}-${colorScheme}-${width}.png`, fullPage: true });
    }
  }
  assert.deepEqual(problems, []);
  quiet(page);
}

/** Holds all of these to everything, each a test of its own. */
async function holdAll(t, program, pages, session) {
  for (const language of ['en', 'es']) {
    const page = await visitor(browser, { language, storageState: session });
    for (const [name, route, rest = '', then, reached = route] of pages) {
      visited.add(reached);
      const path = route.includes('{id}') ? route.replace('{id}', rest) : route + rest;
      await t.test(`${name} in ${language}`, async () => {
        await page.goto(program.url + path);
        if (then) await then(page);
        await hold(page, name, language, program);
      });
    }
    await page.context().close();
  }
}

test('before and after setup, with nothing stored', async (t) => {
  const program = await Program.start();
  t.after(() => program.end());
  await holdAll(t, program, beforeSetUp(program));
  await holdAll(t, program, whenEmpty, await signedIn(browser, program));
});

test('with entries in every group of states', async (t) => {
  const staged = await stage();
  t.after(() => staged.end());
  const session = await signedIn(browser, staged.program);
  await holdAll(t, staged.program, eachState(staged), session);
  await holdAll(t, staged.program, whenFull(staged), session);
  await holdAll(t, staged.program, forViewer(staged), await signedIn(browser, staged.program, asViewer));
  await holdAll(t, staged.program, signedOut);
});

async function asViewer(page, program) {
  program.addUser('vera', 'viewer');
  await page.goto(`${program.url}/sign-in`);
  await fill(page, { name: 'vera', password: PASSWORD });
  await send(page);
}

test('no route is left out', async () => {
  const known = await routes();
  assert.ok(known.length >= 11, `read from the table: ${known}`);
  assert.deepEqual(known.filter((route) => !visited.has(route)), []);
});
