// A name server for the tests: every provider's name leads to one registrar on loopback, except those that it does
// not know.

import dgram from 'node:dgram';
import { once } from 'node:events';

const A = 1;
const SRV = 33;

/** Starts for names that lead to this port; ends with the socket that it returns. */
export async function nameServer(port, unknown = 'typo.example') {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answer(query, port, unknown), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const end = () => socket.close();
  return { address: `127.0.0.1:${socket.address().port}`, end };
}

function answer(query, port, unknown) {
  let end = 12;
  const labels = [];
  while (query[end] !== 0) {
    labels.push(query.toString('latin1', end + 1, end + 1 + query[end]));
    end += query[end] + 1;
  }
  const kind = query.readUInt16BE(end + 1);
  const missing = labels.join('.').toLowerCase().endsWith(unknown);
  let data = null;
  if (!missing && kind === A) data = Buffer.from([127, 0, 0, 1]);
  if (!missing && kind === SRV && labels[0] === '_sip' && labels[1] === '_udp') data = srv(labels.slice(2), port);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(missing ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data ? 1 : 0, 6);
  const question = query.subarray(12, end + 5);
  return Buffer.concat([head, question, ...(data ? [record(kind, data)] : [])]);
}

function srv(host, port) {
  const name = host.map((label) => Buffer.from(String.fromCharCode(label.length) + label, 'latin1'));
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(port, 4);
  return Buffer.concat([numbers, ...name, Buffer.from([0])]);
}

/** About the name in the question, for a minute. */
function record(kind, data) {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(kind, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
