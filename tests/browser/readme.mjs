// Makes readme.png, the picture in the README: node readme.mjs

import { writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import { launch, reads, visitor } from './browser.mjs';
import { setUp, stage } from './stage.mjs';

const WIDTH = 1200;
const HEIGHT = 720;
const SCALE = 0.8;

/** The picture's pixels as numbers into at most 256 colours, the most frequent ones; others take the nearest. */
async function reduce(page, png) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, i) => (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2]);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
    const far = (a, b) => [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0);
    const nearest = new Map(palette.map((colour, index) => [colour, index]));
    for (const colour of counts.keys()) {
      if (!nearest.has(colour)) nearest.set(colour, palette.reduce((best, c, i) => (far(c, colour) < far(palette[best], colour) ? i : best), 0));
    }
    return { palette, indices: pixels.map((pixel) => nearest.get(pixel)) };
  }, png.toString('base64'));
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG with a palette, which is a third of the size. */
function png({ palette, indices }) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(WIDTH, 0);
  head.writeUInt32BE(HEIGHT, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const rows = Array.from({ length: HEIGHT }, (_, row) => [0, ...indices.slice(row * WIDTH, (row + 1) * WIDTH)]).flat();
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const packed = deflateSync(Buffer.from(rows), { level: 9 });
  return Buffer.concat([start, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}

const staged = await stage();
const browser = await launch();
const page = await visitor(browser, {
  viewport: { width: Math.ceil(WIDTH / SCALE), height: HEIGHT / SCALE }, deviceScaleFactor: SCALE, timezoneId: 'Europe/Madrid',
});
await setUp(page, staged.program);
await page.goto(`${staged.program.url}/entries`);
await reads(page, 'Registered');
await page.locator('[data-live]').waitFor();
const shot = await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH / SCALE, height: HEIGHT / SCALE } });
await page.goto('about:blank');
await writeFile(new URL('readme.png', import.meta.url), png(await reduce(page, shot)));
await browser.close();
await staged.end();
