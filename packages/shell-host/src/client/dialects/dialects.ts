import type { ShellDialect } from '@holdfast/protocol/shell'
import type { Dialect } from './dialect.ts'
import { agentcore } from './dialect-agentcore.ts'
import { k8sV4 } from './dialect-k8s-v4.ts'
import { k8sV5 } from './dialect-k8s-v5.ts'

const DIALECTS: Readonly<Record<ShellDialect, Dialect>> = { agentcore, 'k8s-v5': k8sV5, 'k8s-v4': k8sV4 }

/** The dialect of that name. */
export function dialectOf(name: ShellDialect): Dialect {
  return DIALECTS[name]
}
