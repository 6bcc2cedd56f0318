import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    return specifier === './gateway.ts' && context.parentURL?.endsWith('/src/main.ts')
      ? next(new URL('./stub-gateway.ts', import.meta.url).href, context)
      : next(specifier, context)
  },
})
