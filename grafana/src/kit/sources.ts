/** Data sources that a dashboard's panels ask: variables, so that a tenant can be chosen. */
export type PanelSource = { readonly type: string; readonly variable: string }

export const PROMETHEUS: PanelSource = { type: 'prometheus', variable: 'tenant' }
export const OWN: PanelSource = { type: 'prometheus', variable: 'own' }
export const LOKI: PanelSource = { type: 'loki', variable: 'logs' }
export const TEMPO: PanelSource = { type: 'tempo', variable: 'traces' }

export const sourceRef = ({ type, variable }: PanelSource): { type: string; uid: string } => ({
  type,
  uid: `\${${variable}}`,
})
