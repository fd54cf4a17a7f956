/** The entry of a worker thread. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerInit } from '../snapshot/worker-messages.ts';
import { startWorkerThread } from './worker-thread-main.ts';

if (parentPort === null) throw new Error('this file is the entry of a worker thread');
void startWorkerThread(workerData as WorkerInit, parentPort);
