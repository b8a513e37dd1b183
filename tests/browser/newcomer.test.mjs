// The first minutes of a newcomer, in each language: from the setup link to an entry of one's own and out again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fill, launch, press, quiet, reads, until, visitor } from './browser.mjs';
import { NAME, PASSWORD, Program } from './program.mjs';
import { Registrar } from './registrar.mjs';

const SAID = {
  en: {
    create: 'Create administrator', empty: 'No SIP registrations yet', demo: 'Try the demo provider',
    registered: 'Registered', rejected: 'Credentials rejected', unreachable: 'Unreachable', registering: 'Registering',
    about: 'Calls to this DDI can arrive.', refused: 'The provider refused the user or the password.',
    silent: 'Nobody answered.', todo: 'What to do:', add: 'Add a SIP registration', save: 'Save',
    again: 'Save and add another', edit: 'Edit', remove: 'Delete', sure: /^Delete own@.*\?$/, cancel: 'Cancel',
    deleted: 'The SIP registration was deleted.', granted: 'Granted', other: 'Español', title: 'SIP registrations',
    out: 'Sign out', into: 'Sign in', mistaken: 'That user and password do not match.',
  },
  es: {
    create: 'Crear administrador', empty: 'Todavía no hay registros SIP', demo: 'Probar el operador de demostración',
    registered: 'Registrado', rejected: 'Credenciales rechazadas', unreachable: 'Sin respuesta', registering: 'Registrando',
    about: 'Pueden llegar llamadas a este DDI.', refused: 'El operador no acepta el usuario o la contraseña.',
    silent: 'Nadie respondió.', todo: 'Qué hacer:', add: 'Añadir registro SIP', save: 'Guardar',
    again: 'Guardar y añadir otro', edit: 'Editar', remove: 'Borrar', sure: /^¿Borrar own@.*\?$/, cancel: 'Cancelar',
    deleted: 'El registro SIP se ha borrado.', granted: 'Tiempo concedido', other: 'English', title: 'Registros SIP',
    out: 'Cerrar sesión', into: 'Entrar', mistaken: 'El usuario o la contraseña no son correctos.',
  },
};

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const has = (page, text) => page.locator('main').getByText(text).first().waitFor();
/** Leaves a mark that a reload would wipe off; the answer says whether it is still there. */
async function mark(page) {
  await page.evaluate(() => { window.untouched = true; });
  return () => page.evaluate(() => window.untouched === true);
}

async function firstMinutes(t, language) {
  const say = SAID[language];
  const program = await Program.start();
  t.after(() => program.end());
  const registrar = await Registrar.start({ own: { password: 'secret' }, other: { password: 'secret' } });
  t.after(() => registrar.end());
  const domain = `127.0.0.1:${registrar.port}`;
  const page = await visitor(browser, { language });

  await page.goto(program.setup);
  await fill(page, { name: NAME, password: PASSWORD, again: PASSWORD });
  await press(page, say.create);
  await has(page, say.empty);

  await press(page, say.demo);
  const untouched = await mark(page);
  await reads(page, say.registered, '900000001');
  await reads(page, say.rejected, '900000002');
  await reads(page, say.unreachable, '900000003', 60_000);
  assert.ok(await untouched(), 'the list was loaded again');
  for (const [ddi, explained] of [['900000001', [say.about]], ['900000002', [say.refused, say.todo]], ['900000003', [say.silent, say.todo]]]) {
    await press(page, ddi, 'link');
    for (const text of explained) await has(page, text);
    await page.goto(`${program.url}/entries`);
  }

  await press(page, say.add, 'link');
  await fill(page, { username: 'other', domain, password: 'secret', ddi: '700' });
  await press(page, say.again);
  await until('the other entry is bound', () => registrar.bindings.has('other'));
  await fill(page, { username: 'own', domain, password: 'secret', ddi: '701' });
  registrar.hold();
  await press(page, say.save);
  const stays = await mark(page);
  await reads(page, say.registering);
  registrar.release();
  await reads(page, say.registered);
  await has(page, say.about);
  await page.locator('.facts').getByText(say.granted, { exact: true }).waitFor();
  assert.ok(await stays(), 'the entry page was loaded again');
  assert.match(registrar.bindings.get('own'), /sip:701@/);

  const others = registrar.of('other').length;
  const [{ callId }] = registrar.of('own');
  await press(page, say.edit, 'link');
  await page.locator('#ddi').fill('702');
  await press(page, say.save);
  await until('the new DDI is bound', () => registrar.bindings.get('own')?.includes('sip:702@'));
  await reads(page, say.registered);
  assert.equal(registrar.of('other').length, others, 'another entry was touched');

  await press(page, say.remove, 'link');
  await page.getByRole('heading', { name: say.sure }).waitFor();
  await press(page, say.cancel, 'link');
  assert.ok(registrar.bindings.has('own'));
  await press(page, say.remove, 'link');
  await press(page, say.remove);
  await has(page, say.deleted);
  await until('it is unregistered', () => !registrar.bindings.has('own'));
  assert.deepEqual(new Set(registrar.of('own').map((request) => request.callId)), new Set([callId]));

  const there = language === 'en' ? 'es' : 'en';
  for (const [to, name] of [[there, say.other], [language, SAID[there].other]]) {
    await press(page, name);
    assert.equal(await page.locator('html').getAttribute('lang'), to);
    await page.getByRole('heading', { name: SAID[to].title, exact: true }).waitFor();
  }

  await press(page, say.out);
  await fill(page, { name: NAME, password: 'not the one at all' });
  await press(page, say.into);
  await has(page, say.mistaken);
  await page.locator('#password').fill(PASSWORD);
  await until('the delay after a mistake is over', async () => {
    await press(page, say.into);
    if (page.url().endsWith('/entries')) return true;
    await page.locator('#password').fill(PASSWORD);
    return false;
  });
  await page.getByRole('row').filter({ hasText: '900000001' }).waitFor();
  quiet(page);
}

describe('from the setup link to signing in again', { concurrency: true }, () => {
  test('in English', (t) => firstMinutes(t, 'en'));
  test('in Spanish', (t) => firstMinutes(t, 'es'));
});
