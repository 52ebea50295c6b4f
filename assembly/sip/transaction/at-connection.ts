// The client transactions whose requests went by a stream connection: a list through their records, so that the end of a
// connection need not look at all there are.

import { Transaction } from "./transaction";

/** The first. */
let listed: usize = 0;

export function resetList(): void { listed = 0; }

export function list(transaction: Transaction): void {
  if (transaction.isListed) return;
  transaction.isListed = true;
  transaction.listNext = listed;
  transaction.listPrevious = 0;
  if (listed != 0) changetype<Transaction>(listed).listPrevious = changetype<usize>(transaction);
  listed = changetype<usize>(transaction);
}

export function unlist(transaction: Transaction): void {
  if (!transaction.isListed) return;
  const next = transaction.listNext, previous = transaction.listPrevious;
  if (next != 0) changetype<Transaction>(next).listPrevious = previous;
  if (previous != 0) changetype<Transaction>(previous).listNext = next;
  else listed = next;
  transaction.isListed = false;
}

/** The client after `transaction`, or the first for null; null at the end. */
export function nextAtConnection(transaction: Transaction): Transaction {
  return changetype<Transaction>(changetype<usize>(transaction) == 0 ? listed : transaction.listNext);
}
