import { hashWords } from '../../otlp/series/murmur.ts'
import type { Counter } from '../counted-series/counter.ts'
import { attributeMessage } from '../counted-series/labels.ts'
import { layoutOf, observe } from '../counted-series/layout.ts'
import { NO_ENTRY } from '../keyed/key-table.ts'
import type { Names } from './names.ts'

/** How two services are connected: Tempo's values of the label `connection_type`. */
export const PLAIN = 0
export const MESSAGING = 1
export const DATABASE = 2
export const VIRTUAL_NODE = 3
const CONNECTION_TYPES = ['', 'messaging_system', 'database', 'virtual_node']

/** A side whose duration nobody told. */
export const UNTOLD = -1

const NOTHING = Buffer.alloc(0)

/** Where they stand in `seconds`. */
export const OF_CLIENT = 0
export const OF_SERVER = 1

/** What is counted of an edge. */
export function edgeLayout(bounds: ReadonlyArray<number>) {
  const of = (name: string, description: string) => ({ name: `traces_service_graph_${name}`, description })
  return layoutOf([
    { ...of('request_total', 'Calls from client to server.'), unit: '{call}' },
    { ...of('request_failed_total', 'Calls that failed on either side.'), unit: '{call}' },
    { ...of('request_server_seconds', 'How long calls took, as the server saw them.'), unit: 's', bounds },
    { ...of('request_client_seconds', 'How long calls took, as the client saw them.'), unit: 's', bounds },
  ])
}

const TOTAL = 0
const FAILED = 1
const SERVER_SECONDS = 2

/** Counts calls per client, server and connection type. */
export class Edges {
  /** How long the call took that is counted next, as its client and its server saw it, or UNTOLD: numbers handed over would be boxed. */
  readonly seconds = new Float64Array(2)
  readonly #counter: Counter
  readonly #names: Names
  readonly #bounds: ReadonlyArray<number>
  readonly #clientSeconds: number
  readonly #words = new Uint32Array(5)
  readonly #key = new Uint32Array(2)

  constructor(counter: Counter, names: Names, bounds: ReadonlyArray<number>) {
    this.#counter = counter
    this.#names = names
    this.#bounds = bounds
    this.#clientSeconds = SERVER_SECONDS + bounds.length + 2
  }

  /** False if there is no room even for what is past the bound. */
  count(owner: number, client: number, server: number, type: number, failed: boolean): boolean {
    this.#names.putWords(this.#words, 0, client)
    this.#names.putWords(this.#words, 2, server)
    this.#words[4] = type
    hashWords(this.#key, this.#words, this.#words.length)
    const { series } = this.#counter
    let entry = series.find(this.#key[0]! | 0, this.#key[1]! | 0, owner)
    if (entry === NO_ENTRY) entry = this.#add(owner, client, server, type)
    if (entry === NO_ENTRY) return false
    const at = series.rowAt(entry)
    const { values } = series
    values[at + TOTAL]!++
    if (failed) values[at + FAILED]!++
    if (this.seconds[OF_SERVER] !== UNTOLD)
      observe(values, at + SERVER_SECONDS, this.#bounds, this.seconds[OF_SERVER]!)
    if (this.seconds[OF_CLIENT] !== UNTOLD)
      observe(values, at + this.#clientSeconds, this.#bounds, this.seconds[OF_CLIENT]!)
    return true
  }

  #add(owner: number, client: number, server: number, type: number): number {
    const tenantId = this.#counter.tenantOf(owner)
    if (tenantId === undefined) return NO_ENTRY
    const attributes = [
      attributeMessage('client', this.#names.textOf(client)),
      attributeMessage('server', this.#names.textOf(server)),
      attributeMessage('connection_type', CONNECTION_TYPES[type]!),
    ]
    const labels = { tenantId, resource: NOTHING, attributes }
    return this.#counter.add(this.#key[0]! | 0, this.#key[1]! | 0, labels, tenantId)
  }
}
