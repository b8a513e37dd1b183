// The real program, in a folder of its own, on ports that it chooses.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env.ALTA_BIN ?? new URL('../../target/debug/alta', import.meta.url).pathname;
const LIMIT = 30_000;

export const NAME = 'ada';
export const PASSWORD = 'correct horse battery';

export class Program {
  /** Starts with an empty data directory, with these settings over the tests' own. */
  static async start(settings = {}) {
    const program = new Program();
    program.settings = settings;
    program.folder = await mkdtemp(join(tmpdir(), 'alta-browser-'));
    await program.run('127.0.0.1:0');
    return program;
  }

  /** Serves at `listen` until the addresses are printed. */
  async run(listen) {
    this.said = [];
    this.child = spawn(binary, [], {
      cwd: this.folder,
      env: this.environment(listen),
    });
    this.child.stderr.on('data', (text) => this.said.push(String(text)));
    const lines = createInterface({ input: this.child.stdout });
    lines.on('line', (line) => this.said.push(line));
    // A fresh database is set up through the link; one with an administrator prints none.
    const last = this.setup ? 'sip: ' : 'setup: ';
    const found = new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no ${last} in time: ${this.said.join('\n')}`)), LIMIT);
      this.child.once('error', reject);
      this.child.once('exit', (code) => reject(new Error(`alta ended with ${code}: ${this.said.join('\n')}`)));
      lines.on('line', (line) => {
        if (!line.startsWith(last)) return;
        clearTimeout(limit);
        resolve();
      });
    });
    await found;
    this.url = this.printed('http: ');
    this.sip = this.printed('sip: udp ');
    this.setup ??= this.printed('setup: ');
  }

  environment(listen) {
    return {
      PATH: process.env.PATH,
      ALTA_HTTP_LISTEN: listen,
      ALTA_SIP_LISTEN: '127.0.0.1:0',
      ALTA_DATA_DIR: join(this.folder, 'data'),
      ...this.settings,
    };
  }

  /** What the program prints when it is run with these arguments, beside the one that serves. */
  command(args, input = '') {
    return execFileSync(binary, args, {
      cwd: this.folder, env: this.environment('127.0.0.1:0'), encoding: 'utf8', input,
    });
  }

  /** Adds somebody whose password is the tests' own. */
  addUser(name, role) {
    this.command(['user', 'add', name, '--role', role, '--password-stdin'], PASSWORD);
  }

  /** A call of the API, as an administrator. */
  async api(method, path, body) {
    this.token ??= this.command(['token', 'add', 'tests', '--role', 'administrator']).match(/alta_\S+/)[0];
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  /** What stands behind this beginning of a printed line. */
  printed(start) {
    return this.said.find((line) => line.startsWith(start))?.slice(start.length);
  }

  /** Stops as Ctrl-C does, and waits for the end. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await ended;
  }

  /** Stops, and starts again at the same address. */
  async resume() {
    await this.stop();
    await this.run(new URL(this.url).host);
  }

  async end() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
