/** What happened, in order, and a way to wait for what will. */
export class Journal<Entry> {
  readonly all: Entry[] = []
  readonly #waiting = new Set<() => void>()

  push(entry: Entry): void {
    this.all.push(entry)
    for (const look of [...this.#waiting]) look()
  }

  /** The first entry at or after index `from` that fits, as soon as there is one. */
  find<Found extends Entry>(fits: (entry: Entry) => entry is Found, from?: number): Promise<Found>
  find(fits: (entry: Entry) => boolean, from?: number): Promise<Entry>
  find(fits: (entry: Entry) => boolean, from = 0): Promise<Entry> {
    return new Promise((resolve) => {
      let index = from
      const look = (): void => {
        for (; index < this.all.length; index++) {
          const entry = this.all[index]!
          if (!fits(entry)) continue
          this.#waiting.delete(look)
          resolve(entry)
          return
        }
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Resolves when `holds` does, looked at after every entry. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}
