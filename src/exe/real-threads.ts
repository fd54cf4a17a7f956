import { Worker as Thread } from 'node:worker_threads';
import type { WorkerThreadFactory } from '../main/workers/worker-thread.ts';
import { NativeLedger } from '../native/native-ledger.ts';
import type { WorkerInit } from '../snapshot/worker-messages.ts';

/** Workers as threads of this process. */
export const realThreads: WorkerThreadFactory = {
  spawn(init, callbacks) {
    const ledger = new NativeLedger();
    const thread = new Thread(new URL('./worker-process.ts', import.meta.url), {
      workerData: { ...init, nativeLedger: ledger.memory } satisfies WorkerInit,
      name: `worker_${init.index}`,
    });
    let fault: string | undefined;
    thread.on('message', (message) => callbacks.onMessage(message));
    thread.on('error', (error) => {
      fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    thread.on('exit', () => {
      ledger.reclaim();
      callbacks.onExit({ error: fault });
    });
    return {
      post: (message) => thread.postMessage(message),
      terminate: () => void thread.terminate(),
    };
  },
};
