// A platform with two contracts and entries in every group of states.

import { after } from 'node:test';
import { launch, until, visitor } from './browser.mjs';
import { nameServer } from './names.mjs';
import { NAME, PASSWORD, Program } from './program.mjs';
import { Registrar } from './registrar.mjs';

const NORTH = 'sip.north.example';
const SOUTH = 'sip.south.example';

const ENTRIES = [
  { ddi: '+34910000001', username: '910000001', domain: NORTH, contract: 0, state: 'registered' },
  { ddi: '+34910000002', username: '910000002', domain: NORTH, contract: 0, state: 'registered' },
  { ddi: '+34910000003', username: '910000003', domain: NORTH, contract: 0, state: 'rejected_auth', password: 'mistyped' },
  { ddi: '+34930000010', username: 'trunk-10', domain: SOUTH, contract: 1, state: 'at_risk' },
  { ddi: '+34930000011', username: 'trunk-11', domain: SOUTH, contract: 1, state: 'rejected', refuse: '403 Account blocked' },
  { ddi: '+34930000012', username: 'trunk-12', domain: SOUTH, contract: 1, state: 'registering', silent: true },
  { ddi: '+34930000013', username: 'trunk-13', domain: SOUTH, contract: 1, state: 'misconfigured', realm: 'south' },
  { ddi: '+34950000020', username: '950000020', domain: 'sip.typo.example', state: 'retrying' },
  { ddi: '+34950000021', username: '950000021', domain: NORTH, state: 'disabled', enabled: false },
];

/** Starts it; `end()` ends all of it. */
export async function stage() {
  const accounts = Object.fromEntries(ENTRIES.map(({ username, silent, refuse }) => [username, { password: 'secret', silent, refuse }]));
  const registrar = await Registrar.start(accounts);
  const names = await nameServer(registrar.port);
  const program = await Program.start({ ALTA_DNS_SERVER: names.address });
  const contracts = [];
  for (const [name, description] of [['Telefonía Norte', 'Two lines of the head office'], ['Voz Sur 2026/114', '']]) {
    contracts.push(await program.api('POST', 'contracts', { name, description }));
  }
  contracts.push(await program.api('POST', 'contracts', {
    name: 'Interconnection', description: 'Private line', numbering: 'multi_ddi', contact_address: 'calls.platform.example:5080',
    outbound_proxy: 'sip:10.0.0.1;transport=tcp', outbound: true, pace: 20,
  }));
  const sent = ENTRIES.map(({ ddi, username, domain, contract, password = 'secret', realm, enabled }) => (
    { ddi, username, domain, password, realm, enabled, contract_id: contracts[contract]?.id }));
  const { items } = await program.api('POST', 'registrations', sent);
  const status = (id) => program.api('GET', `registrations/${id}/status`);
  const reach = (index, state) => until(`${ENTRIES[index].username} is ${state}`, async () => (await status(items[index].id)).state === state);
  for (const [index, { state }] of ENTRIES.entries()) await reach(index, state === 'at_risk' ? 'registered' : state);
  const risk = ENTRIES.findIndex(({ state }) => state === 'at_risk');
  accounts[ENTRIES[risk].username].refuse = '503 Maintenance';
  await program.api('POST', `registrations/${items[risk].id}/refresh`);
  await reach(risk, 'at_risk');
  const ids = Object.fromEntries(ENTRIES.map(({ state }, index) => [state, items[index].id]));
  const end = async () => {
    await program.end();
    registrar.end();
    names.end();
  };
  return { program, registrar, accounts, ids, contracts, end };
}

/** Makes the first administrator, who is signed in afterwards. */
export async function setUp(page, program) {
  await page.goto(program.setup);
  for (const id of ['password', 'again']) await page.locator(`#${id}`).fill(PASSWORD);
  await page.locator('#name').fill(NAME);
  await page.locator('main form button.primary').click();
  await page.waitForURL('**/entries');
}

/** Signs in somewhere else, and hands over the session alone: the language stays each visitor's. */
export async function signedIn(browser, program, enter = setUp) {
  const page = await visitor(browser);
  await enter(page, program);
  const { cookies } = await page.context().storageState();
  await page.context().close();
  return { cookies: cookies.filter(({ name }) => !name.includes('language')), origins: [] };
}

/** A browser, the platform and a session for a whole file of tests, with these accounts more; they end with it. */
export async function scene(accounts = {}) {
  const [browser, staged] = await Promise.all([launch(), stage()]);
  after(async () => {
    await browser.close();
    await staged.end();
  });
  Object.assign(staged.accounts, accounts);
  return { browser, staged, url: staged.program.url, session: await signedIn(browser, staged.program) };
}
