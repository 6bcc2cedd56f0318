/** Why the demo can't go on: a sentence for the person at the terminal, who needs no stack trace. */
export class Problem extends Error {
  /** What may help further, shown below the sentence. */
  readonly details: string

  constructor(message: string, details = '') {
    super(message)
    this.name = 'Problem'
    this.details = details
  }
}
