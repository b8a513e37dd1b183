// A second factor, from its picture to a sign-in with it and one without the telephone, in each language.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { axe, fill, launch, overflow, quiet, visitor } from './browser.mjs';
import { PASSWORD, Program } from './program.mjs';

let browser;
let program;

before(async () => {
  browser = await launch();
  program = await Program.start();
});
after(async () => {
  await browser.close();
  await program.end();
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of an authenticator (RFC 6238), so many steps of thirty seconds from now. */
function code(secret, later = 0) {
  const bits = [...secret.replace(/[\s=]/g, '')].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function send(page, selector = 'main form button.primary') {
  const arrived = page.waitForEvent('load');
  await page.locator(selector).click();
  await arrived;
}

/** The page is fit to be shown in both colour schemes and at both widths. */
async function fits(page) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual([...await overflow(page), ...await axe(page)], [], `${page.url()} ${colorScheme} ${width}`);
    }
  }
  quiet(page);
}

async function signIn(page, name) {
  await page.goto(`${program.url}/sign-in`);
  await fill(page, { name, password: PASSWORD });
  await send(page);
}

for (const language of ['en', 'es']) {
  test(`in ${language}`, async () => {
    const name = `fara-${language}`;
    program.addUser(name, 'manager');
    const page = await visitor(browser, { language });
    await signIn(page, name);
    await page.goto(`${program.url}/profile/factor`);
    const secret = await page.locator('.secret').textContent();
    await fill(page, { code: code(secret) });
    await send(page);
    const codes = await page.locator('.codes code').allTextContents();
    assert.equal(codes.length, 10);
    await fits(page);
    await page.goto(`${program.url}/profile/factor`);
    await page.locator('button.danger').waitFor();
    await fits(page);
    await send(page, 'form[action="/sign-out"] button');

    await signIn(page, name);
    await page.locator('#code').waitFor();
    await fits(page);
    await fill(page, { code: '000000' });
    await send(page);
    await page.locator('[role=alert].summary').waitFor();
    await fits(page);
    // The present one was used above.
    await fill(page, { code: code(secret, 1) });
    await send(page);
    await page.waitForURL('**/entries');
    await send(page, 'form[action="/sign-out"] button');

    await signIn(page, name);
    await fill(page, { code: codes[0] });
    await send(page);
    await page.waitForURL('**/entries');
    await send(page, 'form[action="/sign-out"] button');
    await signIn(page, name);
    await fill(page, { code: codes[0] });
    await send(page);
    await page.locator('[role=alert].summary').waitFor();
    quiet(page);
  });
}
