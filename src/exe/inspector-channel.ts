import { type Debugger, type InspectorNotification, type NodeWorker, Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

/** Told of scripts and of pauses, once `Debugger.enable` was posted. */
export interface DebuggerListener {
  onScript(script: Debugger.ScriptParsedEventDataType): void;
  onPaused(calls: readonly Debugger.CallFrame[]): void;
}

type OnResult = (result: unknown) => void;

/** What a worker's inspector says, wrapped as text by main's. */
interface WorkerMessage {
  readonly id?: number;
  readonly result?: unknown;
  readonly method?: string;
  readonly params?: unknown;
}

/**
 * A conversation with the inspector of another thread, in V8's protocol. A worker thread reaches main's inspector, and
 * through it those of its siblings, even while main or the sibling runs an endless loop. Once there is no such thread,
 * what was posted to it is answered with nothing.
 */
export class InspectorChannel implements Disposable {
  readonly #session = new Session();
  readonly #results = new Map<number, OnResult>();
  readonly #thread: string;
  readonly #listener: DebuggerListener | undefined;
  /** Posted before the way to the worker was open. */
  #early: (() => void)[] | undefined;
  /** Of the worker, at main's inspector. */
  #workerSession = '';
  #gone = false;
  #nextId = 1;

  /** @param thread `main_thread`, or the name that the worker thread was given */
  constructor(thread: string, listener?: DebuggerListener) {
    this.#thread = thread;
    this.#listener = listener;
    if (isMainThread) this.#session.connect();
    else this.#session.connectToMainThread();
    if (thread === 'main_thread') this.#listen();
    else this.#attach();
  }

  post(method: string, onResult?: OnResult): void {
    if (this.#thread === 'main_thread') this.#session.post(method, {}, (_error, result) => onResult?.(result));
    else if (this.#early === undefined) this.#postToWorker(method, onResult);
    else this.#early.push(() => this.#postToWorker(method, onResult));
  }

  /** Only when the thread has been told to go on: alone it would stay paused. */
  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  #listen(): void {
    this.#session.on('Debugger.scriptParsed', ({ params }) => this.#listener?.onScript(params));
    this.#session.on('Debugger.paused', ({ params }) => this.#listener?.onPaused(params.callFrames));
  }

  #attach(): void {
    this.#early = [];
    this.#session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      // "[worker <id>] <name>"
      if (!workerInfo.title.endsWith(`] ${this.#thread}`)) return;
      this.#workerSession = sessionId;
      this.#postEarly();
    });
    this.#session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => {
      if (sessionId === this.#workerSession) this.#onGone();
    });
    this.#session.on('NodeWorker.receivedMessageFromWorker', (notification) => this.#onWorkerMessage(notification));
    // The threads that are there are told of before it answers.
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
      if (this.#workerSession === '') this.#onGone();
    });
  }

  #postEarly(): void {
    const posted = this.#early;
    this.#early = undefined;
    for (const post of posted ?? []) post();
  }

  #onGone(): void {
    this.#gone = true;
    this.#postEarly();
    for (const onResult of this.#results.values()) onResult(undefined);
    this.#results.clear();
  }

  #postToWorker(method: string, onResult: OnResult | undefined): void {
    if (this.#gone) return onResult?.(undefined);
    const id = this.#nextId++;
    if (onResult !== undefined) this.#results.set(id, onResult);
    const message = JSON.stringify({ id, method, params: {} });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#workerSession, message });
  }

  #onWorkerMessage({ params }: InspectorNotification<NodeWorker.ReceivedMessageFromWorkerEventDataType>): void {
    if (params.sessionId !== this.#workerSession) return;
    const { id, result, method, params: event } = JSON.parse(params.message) as WorkerMessage;
    if (method === 'Debugger.scriptParsed') this.#listener?.onScript(event as Debugger.ScriptParsedEventDataType);
    if (method === 'Debugger.paused') this.#listener?.onPaused((event as Debugger.PausedEventDataType).callFrames);
    if (id === undefined) return;
    this.#results.get(id)?.(result);
    this.#results.delete(id);
  }
}
