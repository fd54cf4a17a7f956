/** The entry of the guard dog's thread: it must run while the threads that it watches hang. */
import { parentPort, workerData } from 'node:worker_threads';
import type { GuardDogInit } from '../snapshot/guard-dog.ts';
import { startGuardDogs } from './guard-dog-thread-main.ts';

if (parentPort === null) throw new Error('this file is the entry of the guard dog thread');
void startGuardDogs(workerData as GuardDogInit, parentPort);
