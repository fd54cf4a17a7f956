/** `idle-connections.ts PORT COUNT plain|tls`: opens COUNT connections to PORT, has a request answered on each, says so on stdout and holds them until it is ended. */
import { connect } from 'node:net';
import { connect as connectByTls } from 'node:tls';

const [port = '0', count = '1', transport = 'plain'] = process.argv.slice(2);
const atOnce = 64;
const left = { open: Number(count), answer: Number(count) };

function openNext(): void {
  if (left.open-- <= 0) return;
  const target = { port: Number(port), host: '127.0.0.1', rejectUnauthorized: false };
  const onConnected = () => socket.write('GET / HTTP/1.1\r\nhost: bench\r\n\r\n');
  const socket = transport === 'tls' ? connectByTls(target, onConnected) : connect(target, onConnected);
  socket.once('data', () => {
    if (--left.answer === 0) process.stdout.write('idle\n');
    openNext();
  });
  socket.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}

for (let i = 0; i < atOnce; i++) openNext();
