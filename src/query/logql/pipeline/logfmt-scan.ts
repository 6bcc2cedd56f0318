/** Reads `key=value key="quoted value" key` pair by pair; one scanner is used for line after line. */
export class LogfmtScanner {
  key = ''
  value = ''
  /** What is wrong with the last pair; empty if nothing is. */
  problem = ''
  #line = ''
  #at = 0

  reset(line: string): void {
    this.#line = line
    this.#at = 0
  }

  /** Reads the next pair, which may be a wrong one; false at the end of the line. */
  next(): boolean {
    const line = this.#line
    while (this.#at < line.length && line.charCodeAt(this.#at) <= 0x20) this.#at++
    if (this.#at >= line.length) return false
    this.problem = ''
    this.value = ''
    if (this.#readKey() && line[this.#at] === '=') {
      this.#at++
      if (line[this.#at] === '"') this.#readQuoted()
      else this.#readPlain()
    }
    if (this.problem !== '') this.#skip()
    return true
  }

  #readKey(): boolean {
    const line = this.#line
    const start = this.#at
    for (; this.#at < line.length; this.#at++) {
      const code = line.charCodeAt(this.#at)
      if (code <= 0x20 || code === 0x3d) break
      if (code === 0x22) return this.#fail(`unexpected '"'`)
      if (code === 0xfffd) return this.#fail('invalid key')
    }
    if (this.#at === start) return this.#fail("unexpected '='")
    this.key = line.slice(start, this.#at)
    return true
  }

  #readPlain(): boolean {
    const line = this.#line
    const start = this.#at
    for (; this.#at < line.length; this.#at++) {
      const code = line.charCodeAt(this.#at)
      if (code <= 0x20) break
      if (code === 0x3d || code === 0x22) return this.#fail(`unexpected '${line[this.#at]}'`)
    }
    this.value = line.slice(start, this.#at)
    return true
  }

  #readQuoted(): boolean {
    const line = this.#line
    const start = this.#at
    let escaped = false
    for (this.#at++; this.#at < line.length; this.#at++) {
      const code = line.charCodeAt(this.#at)
      if (code === 0x5c) {
        escaped = true
        this.#at++
      } else if (code === 0x22) {
        this.#at++
        const raw = line.slice(start + 1, this.#at - 1)
        const value = escaped ? unquoted(raw) : raw
        if (value === undefined) return this.#fail('invalid quoted value')
        this.value = value
        // Something glued to the closing quote is no separator.
        if (this.#at < line.length && line.charCodeAt(this.#at) > 0x20)
          return this.#fail(`unexpected '${line[this.#at]}'`)
        return true
      }
    }
    this.#at = line.length
    return this.#fail('unterminated quoted value')
  }

  #fail(reason: string): false {
    this.problem = `logfmt syntax error at pos ${this.#at + 1} : ${reason}`
    return false
  }

  /** To the end of the pair that is wrong. */
  #skip(): void {
    while (this.#at < this.#line.length && this.#line.charCodeAt(this.#at) > 0x20) this.#at++
  }
}

function unquoted(raw: string): string | undefined {
  try {
    return String(JSON.parse(`"${raw.replaceAll('\t', '\\t')}"`))
  } catch {
    return undefined
  }
}
