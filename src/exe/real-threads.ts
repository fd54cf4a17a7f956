import { Worker as Thread } from 'node:worker_threads';
import type { WorkerThreadFactory } from '../main/workers/worker-thread.ts';

/** Workers as threads of this process. */
export const realThreads: WorkerThreadFactory = {
  spawn(init, callbacks) {
    const thread = new Thread(new URL('./worker-process.ts', import.meta.url), {
      workerData: init,
      name: `worker_${init.index}`,
    });
    let fault: string | undefined;
    thread.on('message', (message) => callbacks.onMessage(message));
    thread.on('error', (error) => {
      fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    thread.on('exit', () => callbacks.onExit({ error: fault }));
    return {
      post: (message) => thread.postMessage(message),
      terminate: () => void thread.terminate(),
    };
  },
};
