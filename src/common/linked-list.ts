/**
 * A doubly linked list through its elements: moving an element between lists allocates nothing.
 *
 * For what comes and goes by the thousand a second it stands in the place of Set and Map, whose tables point to the
 * tables that replaced them: once one of them is old, all that ever were members survive until the next full collection.
 */

export interface ListNode<T> {
  previous: T | undefined;
  next: T | undefined;
}

export class LinkedList<T extends ListNode<T>> {
  #first: T | undefined = undefined;
  #last: T | undefined = undefined;
  #size = 0;

  get first(): T | undefined {
    return this.#first;
  }

  get last(): T | undefined {
    return this.#last;
  }

  get size(): number {
    return this.#size;
  }

  addFirst(node: T): void {
    node.previous = undefined;
    node.next = this.#first;
    if (this.#first === undefined) this.#last = node;
    else this.#first.previous = node;
    this.#first = node;
    this.#size++;
  }

  addLast(node: T): void {
    node.next = undefined;
    node.previous = this.#last;
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size++;
  }

  /** The node must be in this list. */
  remove(node: T): void {
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
    node.previous = undefined;
    node.next = undefined;
    this.#size--;
  }

  /** A copy, for walks that may change the list. */
  toArray(): T[] {
    const all: T[] = [];
    for (let node = this.#first; node !== undefined; node = node.next) all.push(node);
    return all;
  }
}
