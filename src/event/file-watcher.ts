import { createSocket, type Socket } from 'node:dgram';
import { Epoll, epollBits } from '../native/epoll.ts';
import { type FileTrigger, type FileWatch, fileReady } from './file-event.ts';

/** One who watches a descriptor. */
interface Watcher {
  readonly onReady: (events: number) => void;
  events: number;
}

interface WatchedFile {
  readonly trigger: FileTrigger;
  readonly watchers: Set<Watcher>;
}

/** Descriptors that a thread's loop watches, by epoll as libevent does. It does not keep the loop alive. */
export class FileWatcher implements Disposable {
  readonly #epoll: Epoll;
  readonly #socket: Socket;
  readonly #files = new Map<number, WatchedFile>();

  private constructor(epoll: Epoll) {
    this.#epoll = epoll;
    this.#socket = createSocket('udp4');
    this.#socket.on('error', () => this.#poll());
  }

  /** Throws where there is no epoll, or no descriptor left. */
  static open(): FileWatcher {
    if (process.platform !== 'linux') throw new Error('file events need Linux');
    const epoll = Epoll.open();
    const watcher = epoll && new FileWatcher(epoll);
    if (watcher === undefined || !epoll?.openAsSocket((fd) => watcher.#socket.bind({ fd })))
      throw new Error('the system has no descriptor left for file events');
    watcher.#socket.unref();
    return watcher;
  }

  /** Throws for what cannot be watched. */
  watch(fd: number, trigger: FileTrigger, events: number, onReady: (events: number) => void): FileWatch {
    const file = this.#files.get(fd) ?? this.#add(fd, trigger);
    if (file.trigger !== trigger) throw new Error(`descriptor ${fd} is watched by level or by edge, not by both`);
    const watcher: Watcher = { onReady, events };
    file.watchers.add(watcher);
    this.#update(fd, file);
    return {
      setEvents: (wanted) => {
        watcher.events = wanted;
        this.#update(fd, file);
      },
      remove: () => this.#remove(fd, file, watcher),
    };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    this.#epoll[Symbol.dispose]();
  }

  #add(fd: number, trigger: FileTrigger): WatchedFile {
    if (!this.#epoll.add(fd, 0)) throw new Error(`descriptor ${fd} cannot be watched`);
    const file: WatchedFile = { trigger, watchers: new Set() };
    this.#files.set(fd, file);
    return file;
  }

  /** Changing what is watched for tells of it again where it is ready already, edges too. */
  #update(fd: number, { trigger, watchers }: WatchedFile): void {
    let events = 0;
    for (const watcher of watchers) events |= watcher.events;
    this.#epoll.change(fd, bitsOf(events) | (trigger === 'edge' ? epollBits.edgeTriggered : 0));
  }

  #remove(fd: number, file: WatchedFile, watcher: Watcher): void {
    if (!file.watchers.delete(watcher) || this.#files.get(fd) !== file) return;
    if (file.watchers.size > 0) {
      this.#update(fd, file);
      return;
    }
    this.#files.delete(fd);
    this.#epoll.remove(fd);
  }

  #poll(): void {
    this.#epoll.poll((fd, bits) => {
      const file = this.#files.get(fd);
      for (const watcher of [...(file?.watchers ?? [])]) {
        const events = eventsOf(bits) & watcher.events;
        if (events !== 0 && file?.watchers.has(watcher)) watcher.onReady(events);
      }
    });
  }
}

function bitsOf(events: number): number {
  return (
    ((events & fileReady.read) !== 0 ? epollBits.readable : 0) |
    ((events & fileReady.write) !== 0 ? epollBits.writable : 0) |
    ((events & fileReady.closed) !== 0 ? epollBits.peerClosed : 0)
  );
}

/** As libevent: what is broken or hung up is ready for all that is done with it. */
function eventsOf(bits: number): number {
  const isBroken = (bits & epollBits.error) !== 0;
  const isHungUp = (bits & epollBits.hangUp) !== 0 && (bits & epollBits.peerClosed) === 0;
  if (isBroken || isHungUp) return fileReady.read | fileReady.write;
  return (
    ((bits & epollBits.readable) !== 0 ? fileReady.read : 0) |
    ((bits & epollBits.writable) !== 0 ? fileReady.write : 0) |
    ((bits & epollBits.peerClosed) !== 0 ? fileReady.closed : 0)
  );
}
