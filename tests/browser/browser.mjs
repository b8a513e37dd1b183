// Headless Chromium, and what every page of Alta is held to.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const root = new URL('../../', import.meta.url);
const LIMIT = 10_000;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** A browser with an empty profile. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });
}

/** The ids that have a hyphen: those would show if a message were missing. */
export async function messageIds() {
  const folder = new URL('locales/en/', root);
  const files = await Promise.all((await readdir(folder)).map((file) => readFile(new URL(file, folder), 'utf8')));
  const ids = files.join('\n').match(/^[a-z][\w-]*(?= =)/gm);
  return new Set(ids.filter((id) => id.includes('-')));
}

/** Pages that answer GET with HTML, as the table of routes has them. */
export async function routes() {
  const table = await readFile(new URL('src/web/routes.rs', root), 'utf8');
  const paths = [...table.matchAll(/^ {4}"(\/[^"]*)" \{\s*GET (?:Page|Public)/gm)].map(([, path]) => path);
  return paths.filter((path) => !/^\/(static|favicon|healthz|readyz|entries\/status|entries\.csv|profile\/factor\/picture)|exchanges\.txt$|^\/$/.test(path));
}

/** A visitor: a window of its own, and the complaints of everything that it opens. */
export async function visitor(browser, { language = 'en', ...options } = {}) {
  const context = await browser.newContext({
    locale: language === 'es' ? 'es-ES' : 'en-GB',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  page.complaints = [];
  const refused = new Set();
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.status() >= 400) refused.add(response.url());
  });
  page.on('console', (message) => {
    // Chromium reports each page whose status is an error, those that a test asks for too.
    const expected = refused.has(message.location().url) && message.text().startsWith('Failed to load resource');
    if (!expected) page.complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

/** No console message since it was asked last, a report of the content security policy included. */
export function quiet(page) {
  assert.deepEqual(page.complaints.splice(0), [], `console at ${page.url()}`);
}

/** What axe-core finds, one line each. */
export async function axe(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const options = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };
  const found = await page.evaluate((options) => window.axe.run(document, options), options);
  return found.violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}

/** How far the page reaches past its window, and what does. */
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > clientWidth + 1);
    return [`${scrollWidth} > ${clientWidth}`, ...wide.map((e) => `${e.tagName}.${e.className}`)];
  });
}

/** Everything that is read or read out. */
export function words(page) {
  return page.evaluate(() => {
    const spoken = [...document.querySelectorAll('[aria-label], [title], [placeholder], [data-on], [data-pause], [data-show]')];
    const said = spoken.flatMap((e) => ['aria-label', 'title', 'placeholder', ...Object.keys(e.dataset).map((k) => `data-${k}`)]
      .map((name) => e.getAttribute(name) ?? ''));
    return [document.title, document.body.textContent, ...said].join('\n');
  });
}

/** Presses what a person would, and waits for the page that it leads to. */
export async function press(page, name, role = 'button') {
  const arrived = page.waitForEvent('load');
  await page.getByRole(role, { name, exact: true }).first().click();
  await arrived;
}

/** Fills fields by their ids, and unfolds the group that hides one. */
export async function fill(page, fields) {
  for (const [id, value] of Object.entries(fields)) {
    const field = page.locator(`#${id}`);
    if (!(await field.isVisible())) await page.locator('details', { has: field }).locator('> summary').click();
    await field.fill(value);
  }
}

/** The tag of the first status on the page, or in a row with this text, once it says so. */
export async function reads(page, state, row, limit = LIMIT) {
  const place = row ? page.getByRole('row').filter({ hasText: row }) : page.locator('main');
  await place.locator('.tag .label', { hasText: new RegExp(`^${state}$`) }).first().waitFor({ timeout: limit });
}

/** Waits until a condition holds; `what` says which when it never does. */
export async function until(what, holds) {
  const end = Date.now() + LIMIT;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
