/** The upstream where nginx is not installed: `backend.ts PORT` answers every request with 100 bytes, `/big` with 64 MiB. */
import { createServer } from 'node:http';

const [port = '0'] = process.argv.slice(2);
const small = '0123456789'.repeat(10);
const big = new Uint8Array(64 * 1024 * 1024);

createServer((request, response) => {
  request.resume().on('end', () => response.end(request.url === '/big' ? big : small));
}).listen(Number(port), '127.0.0.1', 4096);
