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
    this.free = 0;
    for (let index = 0; index < this.capacity; index++) {
      store<i32>(this.links + (<usize>index << 2), index + 1 < this.capacity ? index + 1 : END);
    }
  }

  /** A record, its bytes as the last user left them, or 0. */
  take(): usize {
    if (this.free == END) return 0;
    const index = this.free;
    const link = this.links + (<usize>index << 2);
    this.free = load<i32>(link);
    store<i32>(link, index); // in use: points at itself
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
  @inline isUsed(index: i32): bool { return load<i32>(this.links + (<usize>index << 2)) == index; }
}
