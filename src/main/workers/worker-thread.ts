import type { FromWorker, ToWorker, WorkerInit } from '../../snapshot/worker-messages.ts';

/** Why a thread ended: of itself after `shutdown`, or of a fault. */
export interface WorkerExit {
  readonly error: string | undefined;
}

export interface WorkerThreadCallbacks {
  onMessage(message: FromWorker): void;
  onExit(exit: WorkerExit): void;
}

/** A running worker: a thread, or its twin in the same thread for simulation. */
export interface WorkerThread {
  post(message: ToWorker): void;
  /** Ends it without its help. */
  terminate(): void;
}

export interface WorkerThreadFactory {
  spawn(init: WorkerInit, callbacks: WorkerThreadCallbacks): WorkerThread;
}
