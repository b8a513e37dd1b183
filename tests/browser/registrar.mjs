// A small registrar: UDP, digest with MD5, and a memory of who is bound. It answers when it is let.
// An account is `{ password }`, and may be told to keep `silent` or to `refuse` with a status line.

import { createHash, randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';

const md5 = (text) => createHash('md5').update(text).digest('hex');
const REALM = 'browser.test';

export class Registrar {
  /** Starts with these accounts, by user name. */
  static async start(accounts) {
    const registrar = new Registrar();
    registrar.accounts = accounts;
    registrar.nonce = randomBytes(8).toString('hex');
    registrar.bindings = new Map();
    registrar.requests = [];
    registrar.held = null;
    registrar.socket = dgram.createSocket('udp4');
    registrar.socket.on('message', (bytes, from) => registrar.take(String(bytes), from));
    registrar.socket.bind(0, '127.0.0.1');
    await once(registrar.socket, 'listening');
    registrar.port = registrar.socket.address().port;
    return registrar;
  }

  end() {
    this.socket.close();
  }

  /** Keeps answers back until they are released. */
  hold() {
    this.held ??= [];
  }

  release() {
    const held = this.held ?? [];
    this.held = null;
    for (const send of held) send();
  }

  /** Requests of this user since the start. */
  of(user) {
    return this.requests.filter((request) => request.user === user);
  }

  take(text, from) {
    const lines = text.split('\r\n');
    if (!lines[0].startsWith('REGISTER ')) return;
    const all = (name) => lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
    const one = (name) => all(name)[0]?.slice(name.length + 1).trim() ?? '';
    const user = /sip:([^@]+)@/.exec(one('to'))?.[1] ?? '';
    const contact = one('contact');
    const expires = Number(/expires=(\d+)/.exec(contact)?.[1] ?? one('expires'));
    this.requests.push({ user, expires, callId: one('call-id'), cseq: parseInt(one('cseq'), 10) });
    if (this.accounts[user]?.silent) return;
    const [status, ...headers] = this.answer(user, one('authorization'), contact, expires);
    const kept = ['via', 'from', 'to', 'call-id', 'cseq'].flatMap(all);
    const tagged = kept.map((line) => (/^to:/i.test(line) && !line.includes(';tag=') ? `${line};tag=t` : line));
    const answer = [`SIP/2.0 ${status}`, ...tagged, ...headers, 'Content-Length: 0', '', ''].join('\r\n');
    const send = () => this.socket.send(answer, from.port, from.address);
    if (this.held) this.held.push(send);
    else send();
  }

  answer(user, authorization, contact, expires) {
    const challenge = `WWW-Authenticate: Digest realm="${REALM}", nonce="${this.nonce}", algorithm=MD5, qop="auth"`;
    if (!authorization) return ['401 Unauthorized', challenge];
    if (this.accounts[user]?.refuse) return [this.accounts[user].refuse];
    const said = Object.fromEntries([...authorization.matchAll(/(\w+)="?([^",]+)"?/g)].map(([, k, v]) => [k, v]));
    const secret = md5(`${said.username}:${REALM}:${this.accounts[user]?.password}`);
    const request = md5(`REGISTER:${said.uri}`);
    const due = md5([secret, this.nonce, said.nc, said.cnonce, said.qop, request].join(':'));
    if (said.response !== due) return ['401 Unauthorized', challenge];
    if (!contact) return ['200 OK', ...(this.bindings.has(user) ? [`Contact: ${this.bindings.get(user)}`] : [])];
    if (expires === 0) this.bindings.delete(user);
    else this.bindings.set(user, contact);
    return ['200 OK', ...(expires ? [`Contact: ${contact.replace(/;expires=\d+/, '')};expires=${expires}`] : [])];
  }
}
