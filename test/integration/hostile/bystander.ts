/** One that behaves: asks again and again on one connection, on a thread of its own, and notes how long each answer takes. */
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const everyMs = 5;
/** Some attacks are over in a moment: so many answers there are in any case before he stops. */
const fewestAnswers = 10;
const patienceMs = 10_000;
const request = 'GET /good HTTP/1.1\r\nhost: good\r\n\r\n';

export interface Latencies {
  readonly answers: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

export class Bystander implements AsyncDisposable {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Resolves with the first answer. */
  static async start(port: number): Promise<Bystander> {
    const worker = new Worker(new URL(import.meta.url), { workerData: port });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    return new Bystander(worker);
  }

  /** Of all answers since the start; none when his connection was closed. */
  async stop(): Promise<Latencies> {
    const told = new Promise<number[]>((resolve, reject) => {
      this.#worker.once('message', resolve).once('error', reject);
    });
    this.#worker.postMessage('stop');
    const sorted = (await told).sort((a, b) => a - b);
    return { answers: sorted.length, medianMs: sorted[sorted.length >> 1] ?? 0, worstMs: sorted.at(-1) ?? 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

function goOnAsking(port: number, tell: (message: unknown) => void): () => void {
  const latencies: number[] = [];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let stopping = false;
  let sentMs = 0;
  let received = '';
  const ask = (): void => {
    sentMs = performance.now();
    socket.write(request);
  };
  socket.on('connect', ask).on('data', (bytes) => {
    received += bytes.toString('latin1');
    if (!received.endsWith('\r\n\r\ngood')) return;
    received = '';
    if (latencies.push(performance.now() - sentMs) === 1) tell('ready');
    if (stopping && latencies.length >= fewestAnswers) tell(latencies);
    setTimeout(ask, everyMs);
  });
  socket.on('close', () => tell([]));
  return () => {
    stopping = true;
    if (latencies.length >= fewestAnswers) tell(latencies);
    else setTimeout(() => tell(latencies), patienceMs);
  };
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const told = goOnAsking(workerData, (message) => port.postMessage(message));
  port.once('message', told);
}
