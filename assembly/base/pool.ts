// A fixed number of equal records with a free list. A full pool answers 0; the caller turns that into a 503, a tone, a counter.

const END: i32 = -1;

/** Stands at the head of the memory it manages. A record keeps its place and may be anything; links live beside the records. */
@unmanaged
export class Pool {
  private records: usize = 0;
  private links: usize = 0;
  private recordSize: i32 = 0;
  capacity: i32 = 0;
  used: i32 = 0;
  private free: i32 = 0;
  /** Records from here on were never taken: their links mean nothing yet, and their pages are the system's still. */
  private fresh: i32 = 0;

  /** Bytes of link table that `capacity` records want. */
  @inline static linksSize(capacity: i32): i32 { return capacity << 2; }

  setup(records: usize, recordSize: i32, links: usize, capacity: i32): void {
    this.records = records;
    this.recordSize = recordSize;
    this.links = links;
    this.capacity = capacity;
    this.reset();
  }

  reset(): void {
    this.used = 0;
    this.free = END;
    this.fresh = 0;
  }

  /** A record, its bytes as the last user left them, or 0. */
  take(): usize {
    if (this.used == this.capacity) return 0;
    let index = this.free;
    if (index == END) index = this.fresh++;
    else this.free = load<i32>(this.links + (<usize>index << 2));
    store<i32>(this.links + (<usize>index << 2), index); // in use: points at itself
    this.used++;
    return this.at(index);
  }

  put(record: usize): void {
    const index = this.indexOf(record);
    assert(this.isUsed(index), "a record is given back once");
    store<i32>(this.links + (<usize>index << 2), this.free);
    this.free = index;
    this.used--;
  }

  @inline at(index: i32): usize { return this.records + <usize>index * <usize>this.recordSize; }
  @inline indexOf(record: usize): i32 { return <i32>((record - this.records) / <usize>this.recordSize); }
  @inline isUsed(index: i32): bool {
    return index < this.fresh && load<i32>(this.links + (<usize>index << 2)) == index;
  }
}
