// What is done in the pages beside registrations themselves, from end to end, in each language: contracts, many at once,
// users, tokens, the profile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, quiet, until, visitor } from './browser.mjs';
import { PASSWORD } from './program.mjs';
import { scene } from './stage.mjs';

const { browser, staged, session, url } = await scene();

async function click(page, selector) {
  const arrived = page.waitForEvent('load');
  await page.locator(selector).first().click();
  await arrived;
}

const SAVE = 'main form button.primary';
const SAID = {
  en: { done: 'Done.', several: 'Disable 3 SIP registrations?', deleted: 'The contract was deleted.' },
  es: { done: 'Terminado.', several: '¿Deshabilitar 3 registros SIP?', deleted: 'El contrato se ha borrado.' },
};

for (const language of ['en', 'es']) {
  const say = SAID[language];
  const open = () => visitor(browser, { language, storageState: session });

  test(`a contract is added, changed and deleted, in ${language}`, async () => {
    const page = await open();
    await page.goto(`${url}/contracts`);
    await click(page, 'a[href="/contracts/new"]');
    await fill(page, { name: `Flow ${language}`, description: 'x' });
    await click(page, SAVE);
    const row = page.getByRole('row').filter({ hasText: `Flow ${language}` });
    await row.waitFor();
    const arrived = page.waitForEvent('load');
    await row.locator('a[href$="/edit"]').click();
    await arrived;
    await fill(page, { contact_address: 'no host', pace: '5' });
    await click(page, SAVE);
    assert.equal(await page.locator('.summary a').count(), 1);
    await fill(page, { contact_address: 'calls.example' });
    await click(page, SAVE);
    await click(page, `tr:has-text("Flow ${language}") a[href$="/delete"]`);
    await click(page, 'main form button.danger');
    await page.getByText(say.deleted).waitFor();
    quiet(page);
  });

  test(`many are disabled and enabled at once, in ${language}`, async () => {
    const page = await open();
    const state = (id) => staged.program.api('GET', `registrations/${id}/status`).then((status) => status.state);
    for (const [action, search, wanted] of [['disable', 'q=sip.north&contract=1', 'disabled'], ['enable', 'q=sip.north&contract=1', 'registered']]) {
      await page.goto(`${url}/entries?${search}`);
      assert.equal(await page.locator('tbody tr').count(), 3);
      await page.locator('#action').selectOption(action);
      await click(page, 'form#bulk button[value=all]');
      if (action === 'disable') await page.getByRole('heading', { name: say.several }).waitFor();
      await click(page, 'main form button');
      await page.locator('main a.primary').waitFor();
      await page.locator('[role=status]').getByText(say.done).waitFor();
      await until(`it is ${wanted}`, async () => (await state(staged.ids.registered)) === wanted);
    }
    quiet(page);
  });

  test(`a user and a token come and go, in ${language}`, async () => {
    const page = await open();
    const name = `uma-${language}`;
    await page.goto(`${url}/users/new`);
    await fill(page, { name, password: PASSWORD, again: PASSWORD });
    await page.locator('#role').selectOption('viewer');
    await click(page, SAVE);
    await click(page, `tr:has-text("${name}") a[href$="/edit"]`);
    await page.locator('#role').selectOption('manager');
    await click(page, SAVE);
    const them = await visitor(browser, { language });
    await them.goto(`${url}/sign-in`);
    await fill(them, { name, password: PASSWORD });
    await click(them, SAVE);
    assert.equal(await them.locator('a[href="/entries/new"]').count() > 0, true, 'a manager adds');
    await page.goto(`${url}/users`);
    await click(page, `tr:has-text("${name}") a[href$="/delete"]`);
    await click(page, 'main form button.danger');
    await them.goto(`${url}/entries`);
    assert.ok(them.url().includes('/sign-in'), 'whoever was deleted is out');
    await page.goto(`${url}/tokens/new`);
    await fill(page, { name: `robot-${language}` });
    await click(page, SAVE);
    assert.match(await page.locator('.secret').textContent(), /^alta_[0-9a-f]{64}$/);
    await page.goto(`${url}/tokens`);
    await click(page, `tr:has-text("robot-${language}") a[href$="/delete"]`);
    await click(page, 'main form button.danger');
    assert.equal(await page.getByText(`robot-${language}`).count(), 0);
    await page.goto(`${url}/audit?about=${name}`);
    assert.ok(await page.locator('tbody tr').count() >= 3, 'added, changed, deleted');
    quiet(page);
  });

  test(`the profile keeps language and time zone, in ${language}`, async () => {
    const page = await open();
    await page.goto(`${url}/profile`);
    await page.locator('#zone').selectOption('Atlantic/Canary');
    await click(page, SAVE);
    assert.equal(await page.locator('html').getAttribute('data-zone'), 'Atlantic/Canary');
    await page.locator('#zone').selectOption('');
    await click(page, SAVE);
    assert.equal(await page.locator('html').getAttribute('data-zone'), '');
    quiet(page);
  });
}
