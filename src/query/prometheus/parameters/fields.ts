import { z } from 'zod'
import { parsed } from '../../parameters/fields.ts'
import { parsePrometheusDuration, parsePrometheusStep, parsePrometheusTime } from './time.ts'

/** The parameters of Prometheus' API, as zod fields: text in, checked values out. */

export const promqlField = () =>
  z.string({ error: 'is missing: give a PromQL query such as sum(rate(x_total[5m]))' }).describe('PromQL')

export const timeField = (meaning: string) =>
  parsed(parsePrometheusTime).describe(`${meaning}; seconds since 1970, or RFC 3339`)

export const durationField = (meaning: string) =>
  parsed(parsePrometheusDuration).describe(`${meaning}; 15s, 5m, or seconds`)

export const stepField = (meaning: string) =>
  parsed(parsePrometheusStep).describe(`${meaning}; 15s, 5m, or seconds`)

/** 0 is no limit. */
export const limitField = (meaning: string) =>
  parsed((text) =>
    /^\d{1,15}$/.test(text) ? Number(text) : { problem: 'is no limit: expected a whole number, 0 for none' },
  )
    .describe(`${meaning}; 0 for all`)
    .default(0)

const SELECTORS_MAX = 50

export const selectorsField = () =>
  z
    .array(z.string())
    .max(SELECTORS_MAX, `is given more than ${SELECTORS_MAX} times`)
    .default([])
    .describe('Selector, such as up{job="shop"}; several are alternatives')
