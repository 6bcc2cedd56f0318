import { expect, it } from 'vitest'
import { xxh3, xxh128 } from '../../../src/processors/ottl/functions/xxh3.ts'

/** What the collector's own functions say (test/collector/ottl) of the first so many letters of the alphabet, over and over: a length on each side of every change of method. */
const VECTORS = [
  [0, '2d06800538d394c2', '99aa06d3014798d86001c324468d497f'],
  [1, 'e6c632b61e964e1f', 'a96faf705af16834e6c632b61e964e1f'],
  [3, '78af5f94892f3950', '06b05ab6733a618578af5f94892f3950'],
  [4, '6497a96f53a89890', '8d6b60383dfa90c21be79eecd1b1353d'],
  [8, '6f45a76842a96483', 'dac23237af37353342b702b313880f12'],
  [9, 'e0dde4fc174590a0', 'b43ff5bc5ff2e0adc0646b2d7986db98'],
  [16, '3d3ccac9af14d8a8', '1f58fc809b1b8c4b3e8e153ff12f6330'],
  [17, 'ca7f3571df47cacf', '11078c38a5ca3a8dc3acc9940596efab'],
  [128, '3e99edc6c76f21c6', 'a87f157ac617df254c5499b1fc6dae1e'],
  [129, '852cb20608c9d2c7', '8ebb4a9854af5bc41ac468f67a442b6a'],
  [240, 'ea0e0f78188232ed', 'ee81fc0343b09d3079750202eaee16bc'],
  [241, 'bb0a906af5b5c211', '4c1a7e587365bd1ebb0a906af5b5c211'],
  [1024, '5e6a406e127165a8', 'a0e8f48f4e7973c45e6a406e127165a8'],
  [1025, 'c180534771fac3f5', '3cfd5791794dbdf7c180534771fac3f5'],
  [3000, '2543c13b9577de82', 'aa29dca260e28e092543c13b9577de82'],
] as const

it.each(VECTORS)('of %i letters, both hashes are those of the collector', (length, short, long) => {
  const text = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(200).slice(0, length))
  expect([xxh3(text), xxh128(text)]).toEqual([short, long])
})
